using Dapper;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Storage;

/// <summary>A store refuses a database without the triggers and constraints of the schema.</summary>
public sealed class MissingRulesTests : IDisposable
{
    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Fact]
    public void Database_as_the_schema_makes_it_lacks_nothing() =>
        Assert.Empty(DatabaseCheck.Run(here.Folder).Problems);

    [Theory]
    [InlineData("audit", "audit_is_never_changed")]
    [InlineData("credit", "credit_goes_its_way")]
    [InlineData("entry", "entry_balances")]
    [InlineData("posting", "posting_is_never_deleted")]
    [InlineData("seal", "seal_follows_the_one_before")]
    public void Missing_trigger_is_named_and_refused(string table, string trigger) => Refused(
        $"trigger {trigger} of table {table}", $"DROP TRIGGER {trigger}", $"DROP TRIGGER {trigger} ON {table}");

    [Fact]
    public void Trigger_with_another_body_is_refused() => Refused(
        "trigger audit_is_never_deleted of table audit (it differs from the schema)",
        """
        DROP TRIGGER audit_is_never_deleted;
        CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit BEGIN SELECT 1; END
        """,
        """
        DROP TRIGGER audit_is_never_deleted ON audit;
        CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
        FOR EACH ROW WHEN (OLD.audit_id < 0) EXECUTE FUNCTION refuse('the audit trail is append-only')
        """);

    [Fact]
    public void Trigger_that_is_switched_off_is_refused()
    {
        TestDatabase.SkipUnlessServer();
        Refused(
            "trigger audit_is_never_deleted of table audit (it is switched off)", "",
            "ALTER TABLE audit DISABLE TRIGGER audit_is_never_deleted");
    }

    [Fact]
    public void Missing_check_is_refused() => Refused(
        here.Folder.Server is null
            ? "table purchase (it differs from the schema)"
            : "constraint never_more_than_was_paid of table purchase",
        """
        PRAGMA writable_schema = ON;
        UPDATE sqlite_master
        SET sql = replace(sql, 'CHECK (refunded_minor + pending_minor <= amount_minor)', 'CHECK (1)')
        WHERE name = 'purchase';
        PRAGMA writable_schema = RESET
        """,
        "ALTER TABLE purchase DROP CONSTRAINT never_more_than_was_paid");

    [Fact]
    public void Missing_unique_index_is_refused() => Refused(
        "index payment_once of table payment", "DROP INDEX payment_once", "DROP INDEX payment_once");

    [Fact]
    public void Function_of_a_trigger_with_another_body_is_refused()
    {
        TestDatabase.SkipUnlessServer();
        Refused(
            "function entry_balances (it differs from the schema)", "",
            """
            CREATE OR REPLACE FUNCTION entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RETURN NEW; END $$
            """);
    }

    [Fact]
    public void Foreign_key_that_is_switched_off_is_refused()
    {
        TestDatabase.SkipUnlessServer();
        Refused(
            "constraint audit_actor_id_fkey of table audit (it is switched off)", "",
            "ALTER TABLE audit DISABLE TRIGGER ALL");
    }

    [Fact]
    public void Column_of_an_operator_is_no_missing_rule_on_a_server()
    {
        TestDatabase.SkipUnlessServer();
        here.Write(db => db.Execute("ALTER TABLE customer ADD COLUMN shoe_size BIGINT"));
        here.Reopen();
        Assert.Empty(DatabaseCheck.Run(here.Folder).Problems);
    }

    private void Refused(string missing, string inFile, string onServer)
    {
        here.Write(db => db.Execute(here.Folder.Server is null ? inFile : onServer));
        Assert.Contains(
            DatabaseCheck.Run(here.Folder).Problems, problem => problem.Contains(missing, StringComparison.Ordinal));
        here.Reopen();
        var refused = Assert.Throws<StorageException>(() => here.Store);
        Assert.Contains(missing, refused.Message);
        Assert.Contains("proactive-care db check", refused.Message);
        Assert.False(here.Folder.IsHeld());
    }
}
