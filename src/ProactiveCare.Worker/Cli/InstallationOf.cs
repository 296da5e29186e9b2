using ProactiveCare.Storage;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Cli;

/// <summary>What verbs about the database itself ask of the installation.</summary>
internal static class InstallationOf
{
    /// <exception cref="UsageException">It is not a file.</exception>
    public static void RequireFile(Session session, string instead)
    {
        if (session.Settings.Server is not { } server) return;
        throw new UsageException(
            $"The installation is in the database {ServerWords.Of(server)}: its server's own tools back it up and "
            + $"restore it. Use {instead}.");
    }

    /// <exception cref="StorageException">There is none.</exception>
    public static void Require(Session session)
    {
        if (!session.Folder.Exists)
            throw new StorageException(
                $"There is no installation in {session.Settings.Place}. Make one with: proactive-care db init");
    }
}
