namespace ProactiveCare.PowerLoss;

/// <summary>A call to the file system, or the mark of an acknowledgement.</summary>
internal abstract record Op;

/// <summary>Bytes given to a file; durable only once the file is synced.</summary>
internal sealed record Write(int File, long Offset, byte[] Bytes) : Op;

/// <summary>A file's new length.</summary>
internal sealed record Truncate(int File, long Length) : Op;

/// <summary>fsync or fdatasync of a file has returned.</summary>
internal sealed record SyncFile(int File) : Op;

/// <summary>
/// fsync or fdatasync of a file has failed: unwritten pages never reach the disk, whatever a later call
/// returns, because the system marks them as clean.
/// </summary>
internal sealed record SyncFailed(int File) : Op;

/// <summary>fsync of a folder has returned.</summary>
internal sealed record SyncFolder(string Folder) : Op;

/// <summary>A change of names: of <paramref name="From"/>, of <paramref name="To"/>, or of both at once.</summary>
internal sealed record Naming(NamingKind Kind, string? From, string? To, int File) : Op;

/// <summary>An acknowledgement to a caller at this moment, or an observation by one.</summary>
internal sealed record Mark(string Text) : Op;

internal enum NamingKind
{
    Create,
    Link,
    Rename,
    Unlink,
    MakeFolder,
}
