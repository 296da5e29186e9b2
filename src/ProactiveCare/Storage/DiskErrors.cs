using Microsoft.Data.Sqlite;

namespace ProactiveCare.Storage;

/// <summary>Describes the error of the disk, and the remedy, when the database did not confirm a write.</summary>
internal static class DiskErrors
{
    // https://www.sqlite.org/rescode.html
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Full = 13;
    private const int CannotOpen = 14;

    public static StorageException ToStorageException(Exception e, string path) => e as StorageException ?? new(e switch
    {
        SqliteException { SqliteErrorCode: Full } =>
            $"The disk that holds {path} is full, so the last write was not stored; what was confirmed before it is. "
            + "Make room on it; a running worker goes on by itself.",
        SqliteException { SqliteErrorCode: ReadOnly or CannotOpen } =>
            $"{path} cannot be written now, so nothing was stored ({e.Message}). Check that the disk is mounted for "
            + "writing and that this user may write there; a running worker goes on by itself.",
        SqliteException { SqliteErrorCode: InputOutput } =>
            $"The disk that holds {path} did not confirm a write ({e.Message}), so what was under way may be stored or "
            + "not. Check the disk; a running worker looks at what is there before it takes anything new.",
        IOException or UnauthorizedAccessException => $"{path} cannot be written: {e.Message}",
        _ => $"The database did not confirm a write: {e.Message}",
    }, e);
}
