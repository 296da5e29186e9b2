using System.Runtime.InteropServices;

namespace ProactiveCare.Worker;

/// <summary>The permissions that new files and folders of this process do not get.</summary>
internal static class Umask
{
    // None for others, no writing for the group: files are 0640 and folders 0750.
    private const uint Least = 0b000_010_111;

    /// <summary>Denies at least this much; a process that was started with a stricter mask keeps it.</summary>
    public static void Restrict()
    {
        if (OperatingSystem.IsWindows()) return;
        var before = Set(Least);
        _ = Set(before | Least);
    }

    [DllImport("libc", EntryPoint = "umask")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint Set(uint mask);
}
