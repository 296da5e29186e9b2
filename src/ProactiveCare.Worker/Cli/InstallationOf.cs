using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Cli;

/// <summary>Preconditions of the verbs about the database itself.</summary>
internal static class InstallationOf
{
    /// <exception cref="StorageException">It is not a file.</exception>
    public static void RequireFile(Session session, string instead) => session.Folder.RequireFile(
        place => $"The installation is in the database {place}: its server's own tools back it up and restore it. "
            + $"Use {instead}.");

    /// <exception cref="StorageException">There is none.</exception>
    public static void Require(Session session)
    {
        if (!session.Folder.Exists)
            throw new StorageException(
                $"There is no installation in {session.Settings.Place}. Make one with: proactive-care db init");
    }
}
