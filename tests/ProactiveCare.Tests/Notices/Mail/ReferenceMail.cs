using System.Text.Json;
using ProactiveCare.Tests.RealData;

namespace ProactiveCare.Tests.Notices.Mail;

/// <summary>A mail as the parser of another language reads it.</summary>
internal sealed record ReferenceMail(
    IReadOnlyList<IReadOnlyList<string>> Headers, IReadOnlyList<ReferenceMail.Part> Parts,
    IReadOnlyList<string> Defects)
{
    public static ReferenceMail Read(byte[] mail)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, mail);
            var lines = Reference.Run("read_mail.py", file);
            return JsonSerializer.Deserialize<ReferenceMail>(Assert.Single(lines), JsonSerializerOptions.Web)!;
        }
        finally
        {
            File.Delete(file);
        }
    }

    public string Header(string name) => Headers.Single(each => each[0] == name)[1];

    internal sealed record Part(string Type, string Charset, string Encoding, string Text);
}
