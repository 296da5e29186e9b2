using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ProactiveCare.Notices.Mail;

namespace ProactiveCare.Bench;

/// <summary>A mail server of its own on a free port.</summary>
internal abstract class MailServer : IDisposable
{
    protected MailServer()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public abstract string Name { get; }

    public int Port { get; }

    /// <summary>The product's own transport into it.</summary>
    public SmtpTransport Transport(int sessions) => new(
        new SmtpSettings("127.0.0.1", Port, SmtpSecurity.None, "worker.company.example", sessions), new(),
        TimeProvider.System);

    /// <summary>Waits until it accepts connections.</summary>
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
            catch (SocketException) when (tries < 200)
            {
                await Task.Delay(50);
            }
        }
    }

    public abstract void Dispose();
}

/// <summary>Postfix's smtp-sink, which accepts and discards every mail.</summary>
internal sealed class Sink : MailServer
{
    private readonly Process process;

    public Sink()
    {
        string[] user = Environment.UserName == "root" ? ["-u", "nobody"] : [];
        process = Programs.Start("smtp-sink", [.. user, $"127.0.0.1:{Port}", "1000"]);
    }

    public override string Name => "smtp-sink";

    public override void Dispose() => Programs.End(process);
}

/// <summary>
/// A whole Postfix that queues every mail on disk and then discards it. It has a folder of its own and leaves the
/// machine's alone; its master needs root.
/// </summary>
internal sealed class Postfix : MailServer
{
    private static readonly string[] Services =
    [
        "pickup unix n - n 60 1", "cleanup unix n - n - 0", "qmgr unix n - n 300 1",
        "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0", "defer unix - - n - 0 bounce",
        "trace unix - - n - 0 bounce", "verify unix - - n - 1", "flush unix n - n 1000? 0",
        "proxymap unix - - n - -", "proxywrite unix - - n - 1 proxymap", "showq unix n - n - -",
        "error unix - - n - -", "retry unix - - n - - error", "discard unix - - n - -", "anvil unix - - n - 1",
        "scache unix - - n - 1", "tlsmgr unix - - n 1000? 1", "postlog unix-dgram n - n - 1 postlogd",
    ];

    // Not in the bench's folder: users other than root must enter it.
    private readonly string folder = Directory.CreateTempSubdirectory("proactive-care-postfix-").FullName;

    private string Settings => Path.Combine(folder, "settings");

    public override string Name => "Postfix";

    public async Task Start()
    {
        foreach (var part in new[] { "settings", "data", "queue" })
            Directory.CreateDirectory(Path.Combine(folder, part));
        await File.WriteAllTextAsync(Path.Combine(Settings, "main.cf"), $"""
            compatibility_level = 3.6
            queue_directory = {folder}/queue
            data_directory = {folder}/data
            command_directory = /usr/sbin
            daemon_directory = /usr/lib/postfix/sbin
            mail_owner = postfix
            setgid_group = postdrop
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            myhostname = relay.company.example
            mydestination =
            mynetworks = 127.0.0.0/8
            smtpd_relay_restrictions = permit_mynetworks, reject
            default_transport = discard:
            alias_maps =
            alias_database =
            maillog_file = {folder}/log
            maillog_file_prefixes = {folder}

            """);
        var services = Services.Select(each =>
            each.Split(' ').Length == 8 ? each : each + " " + each.Split(' ')[0]);
        await File.WriteAllLinesAsync(
            Path.Combine(Settings, "master.cf"),
            [$"127.0.0.1:{Port} inet n - n - - smtpd", .. services]);
        await Programs.Run("chown", ["postfix", Path.Combine(folder, "data")]);
        await Programs.Run("chmod", ["711", folder]);
        await Programs.Run("postfix", ["-c", Settings, "start"]);
    }

    public override void Dispose()
    {
        Programs.Run("postfix", ["-c", Settings, "stop"]).GetAwaiter().GetResult();
        Directory.Delete(folder, recursive: true);
    }
}
