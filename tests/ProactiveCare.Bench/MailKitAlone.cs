using System.Diagnostics;
using System.Net.Sockets;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using ProactiveCare.Notices;

namespace ProactiveCare.Bench;

/// <summary>
/// MailKit as a careful program uses it: sessions that stay open, sockets without Nagle's delay, each mail composed.
/// </summary>
internal static class MailKitAlone
{
    public static async Task<double> Send(OutgoingMail mail, int port, int sessions, int count)
    {
        var watch = Stopwatch.StartNew();
        var left = count;
        await Task.WhenAll(Enumerable.Range(0, sessions).Select(_ => Task.Run(Session)));
        return watch.Elapsed.TotalSeconds;

        async Task Session()
        {
            using var client = new SmtpClient();
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync("127.0.0.1", port);
            await client.ConnectAsync(socket, "127.0.0.1", port, SecureSocketOptions.None);
            while (Interlocked.Decrement(ref left) >= 0)
            {
                using var message = Compose(mail);
                await client.SendAsync(message);
            }
            await client.DisconnectAsync(quit: true);
        }
    }

    private static MimeMessage Compose(OutgoingMail mail)
    {
        var message = new MimeMessage();
        message.From.Add(new MailboxAddress(mail.From.Name, mail.From.Address));
        message.ReplyTo.Add(new MailboxAddress(mail.ReplyTo.Name, mail.ReplyTo.Address));
        message.To.Add(new MailboxAddress(mail.To.Name, mail.To.Address));
        message.Subject = mail.Subject;
        message.Body = new BodyBuilder { TextBody = mail.Text, HtmlBody = mail.Html }.ToMessageBody();
        return message;
    }
}
