using ProactiveCare.Jobs.Reading;

namespace ProactiveCare.Jobs;

/// <summary>Creates a new job from a working one: the same folder under a new id, comments included.</summary>
public static class JobTemplate
{
    /// <summary>Copies a whole jobs folder to a place where none is, with the files beside the jobs.</summary>
    /// <exception cref="IOException">There is one, or it cannot be written.</exception>
    public static void CopyAll(string jobsFolder, string to)
    {
        // Aside and moved as a whole, so that a worker never sees half of it.
        var aside = Directory.CreateDirectory($"{to}.{Path.GetRandomFileName()}").FullName;
        foreach (var job in JobFolder.ReadAll(jobsFolder)) job.Write(Path.Combine(aside, job.Name));
        foreach (var file in Directory.EnumerateFiles(jobsFolder))
            File.Copy(file, Path.Combine(aside, Path.GetFileName(file)));
        Directory.Move(aside, to);
    }

    /// <summary>A copy of a folder, named like the new id, in which only <c>id</c> differs.</summary>
    /// <exception cref="FormatException">The id is not 1 to 64 lower-case letters, digits and hyphens.</exception>
    /// <exception cref="InvalidDataException">The folder has no readable <c>job.yaml</c> with an id.</exception>
    public static JobFolder Copy(JobFolder from, JobId id)
    {
        Scalars.Name(id.Value);
        var problems = new List<JobProblem>();
        if (!from.Files.TryGetValue(JobLoader.JobFile, out var bytes)
            || YamlTree.Read(bytes, new Problems(JobLoader.JobFile, problems)) is not { } map
            || map.Entries.Find(entry => entry.Key.Text == "id").Value is not YamlText old)
        {
            throw new InvalidDataException($"{from.Name} has no job.yaml with an id: nothing to begin from.");
        }

        var text = YamlTree.Decode(bytes)!;
        var changed = string.Concat(text.AsSpan(0, old.Start), id.Value, text.AsSpan(old.Start + old.Length));
        return new JobFolder(id.Value, new Dictionary<string, byte[]>(from.Files, StringComparer.Ordinal)
        {
            [JobLoader.JobFile] = Encoding.UTF8.GetBytes(changed),
        });
    }
}
