using System.Text;
using System.Text.Json;
using Dapper;
using ProactiveCare.Notices;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Hosting;

/// <summary>The words of a notice, from the job version that decided, which is kept whole for ever.</summary>
internal static class StoredWords
{
    public static NoticeSource Of(Store store) => (job, version, locale, kind) => store.Read(db =>
    {
        var files = db.QuerySingleOrDefault<string>(
            "SELECT files FROM job_version WHERE job_id = @job AND version = @version", new { job, version });
        if (files is null) return null;
        using var folder = JsonDocument.Parse(files);
        var names = folder.RootElement.EnumerateObject().Select(file => file.Name)
            .Where(name => NoticeFiles.TryParse(name, out _, out _));
        return NoticeFiles.Choose(names, locale, kind) is { } name
            ? Encoding.UTF8.GetString(folder.RootElement.GetProperty(name).GetBytesFromBase64())
            : null;
    });
}
