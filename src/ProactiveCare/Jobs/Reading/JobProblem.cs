using static ProactiveCare.HarmlessText;

namespace ProactiveCare.Jobs.Reading;

/// <summary>One thing that is wrong in a job's folder, in words that say what to do.</summary>
/// <param name="File">The file, relative to the job's folder.</param>
/// <param name="Line">The line, from 1; 0 when the file as a whole is meant.</param>
/// <param name="Key">The path of keys, such as <c>limits.budget.per</c>; empty when no key is meant.</param>
/// <param name="Message">What is expected and what was given.</param>
public sealed record JobProblem(string File, int Line, string Key, string Message)
{
    /// <summary>The place and the message on one line, as compilers write it.</summary>
    public override string ToString() =>
        (Line > 0 ? $"{File}:{Line}: " : $"{File}: ") + (Key.Length > 0 ? $"{Key}: " : "") + Message;
}

/// <summary>A file's problems as they are found, so that all are told at once.</summary>
/// <param name="file">The file, relative to the job's folder.</param>
/// <param name="found">Where the problems go.</param>
internal sealed class Problems(string file, List<JobProblem> found)
{
    /// <summary>How many there are, of all files.</summary>
    public int Count => found.Count;

    /// <summary>Notes a problem.</summary>
    public void Add(int line, string key, string message) => 
        found.Add(new JobProblem(file, line, Shown(key), message));
}
