using ProactiveCare.Finance;
using ProactiveCare.Storage;

namespace ProactiveCare.Scenarios;

/// <summary>Backups, and their return.</summary>
internal sealed partial class Story
{
    private int backups;

    /// <summary>Copies the database, without the folders beside it.</summary>
    public string Backup()
    {
        var file = Path.Combine(root, $"backup-{++backups}.db");
        ProactiveCare.Storage.Backup.Write(Folder, file);
        return file;
    }

    /// <summary>Stops the worker and puts a backup in the place of the database, as the command does.</summary>
    public RestoreReport Restore(string backup)
    {
        var newest = RestoreOperations.NewestOutside(Folder, Product.Settlement.Gateways);
        Product.Store.Dispose();
        ProactiveCare.Storage.Backup.Restore(Folder, backup, clock, db =>
            Epoch.Remember(Folder, Epoch.Begin(db, newest, new Random(3), Now).Number));
        Product = Open();
        return Do(Product.Restores.Look(User("root", "admin")));
    }

    /// <summary>A person says that the database was restored.</summary>
    public RestoreReport Restored() => Do(Product.Restores.Begin(User("root", "admin")));

    /// <summary>Does everything due, whatever the troubles.</summary>
    public Payments.SettlementReport Try()
    {
        Assert.All(Run(), run => Assert.Null(run.Error));
        return Do(Product.RunOnce(CancellationToken.None)).Paid;
    }

    /// <summary>The subjects of the mails in the outbox folder that tell of an event.</summary>
    public IReadOnlyList<string> Outbox(string told) =>
        [.. Relay.Kept.Select(mail => mail.Subject).Where(subject => subject.Contains(told, StringComparison.Ordinal))];

    /// <summary>Puts a backup in the place of the database behind the product's back.</summary>
    public Story RollBack(string backup)
    {
        Product.Store.Dispose();
        foreach (var log in (string[])["-wal", "-shm"]) File.Delete(Folder.Database + log);
        File.Copy(backup, Folder.Database, overwrite: true);
        Product = Open();
        return this;
    }
}
