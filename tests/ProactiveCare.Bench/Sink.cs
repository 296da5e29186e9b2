using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;

namespace ProactiveCare.Bench;

/// <summary>Postfix's smtp-sink, which takes every mail and forgets it.</summary>
internal sealed class Sink : IDisposable
{
    private readonly Process process;

    public Sink()
    {
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        string[] user = Environment.UserName == "root" ? ["-u", "nobody"] : [];
        process = Programs.Start("smtp-sink", [.. user, $"127.0.0.1:{Port}", "1000"]);
    }

    public int Port { get; }

    /// <summary>The product's own transport into it.</summary>
    public SmtpTransport Transport(int sessions) => new(
        new SmtpSettings("127.0.0.1", Port, SmtpSecurity.None, "worker.company.example", sessions),
        new(), TimeProvider.System);

    /// <summary>Waits until it takes connections.</summary>
    public async Task Answers()
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (tries < 100)
            {
                await Task.Delay(50);
            }
        }
    }

    public void Dispose() => Programs.End(process);
}
