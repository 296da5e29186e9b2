using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Storage;

/// <summary>The time from one restore of the database to the next. Numbers that others have seen belong to an epoch, so
/// that none is used twice.</summary>
/// <param name="Number">0 until the first restore.</param>
/// <param name="Tag">Stands in keys and Message-IDs: <c>-r1-5f2a9c31</c>; empty in the first epoch.</param>
/// <param name="BeganAt">When it began; null for the first.</param>
/// <param name="Looked">Whether it is known what had left before it began.</param>
public sealed record Epoch(long Number, string Tag, Instant? BeganAt, bool Looked)
{
    // Numbers of payment batches carry their epoch, in decimal for the reader of a database.
    private const long Numbers = 1_000_000_000;

    /// <summary>The name for people, as in the names of files: <c>r1</c>; empty for the first.</summary>
    public string Name => NameOf(Number);

    /// <summary>The name of an epoch.</summary>
    internal static string NameOf(long epoch) =>
        epoch == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"r{epoch}");

    /// <summary>The epoch of a number, and its number within the epoch.</summary>
    internal static (long Epoch, long Number) Split(long number) => Math.DivRem(number, Numbers);

    /// <summary>The number of an epoch's number; null when it is out of bounds.</summary>
    internal static long? Join(long epoch, long number) =>
        epoch is >= 0 and < Numbers && number is > 0 and < Numbers ? (epoch * Numbers) + number : null;

    /// <summary>The last number that an epoch can have.</summary>
    internal static long Last(long epoch) => ((epoch + 1) * Numbers) - 1;

    /// <summary>The present epoch.</summary>
    public static Epoch Load(DbConnection db) => db.QuerySingle<Epoch>(
        "SELECT epoch AS number, epoch_tag AS tag, epoch_at AS began_at, looked FROM installation");

    /// <summary>Begins an epoch: no number or name of an earlier one is used from here on.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="after">The newest epoch that is known from outside of the database.</param>
    /// <param name="random">Makes its tag, which no epoch had that the folders have forgotten.</param>
    /// <param name="now">The present.</param>
    public static Epoch Begin(DbConnection db, long after, Random random, Instant now)
    {
        var number = Math.Max(Load(db).Number, after) + 1;
        var tag = string.Create(CultureInfo.InvariantCulture, $"-{NameOf(number)}-{random.Next():x8}");
        db.Execute(
            "UPDATE installation SET epoch = @number, epoch_tag = @tag, epoch_at = @now, looked = 0",
            new { number, tag, now });
        ContinueAfter(db, "payment_batch", "batch", number * Numbers);
        return Load(db);
    }

    /// <summary>Lets the numbers of a table continue above a number.</summary>
    internal static void ContinueAfter(DbConnection db, string table, string key, long last) => db.Execute(
        db is PostgresConnection
            ? """
              SELECT setval(
                pg_get_serial_sequence(@table, @key),
                GREATEST(@last, nextval(pg_get_serial_sequence(@table, @key)) - 1, 1))
              """
            : """
              INSERT INTO sqlite_sequence (name, seq)
              SELECT @table, 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = @table);
              UPDATE sqlite_sequence SET seq = MAX(seq, @last) WHERE name = @table
              """,
        new { table, key, last });

    /// <summary>The newest epoch that the data folder remembers, also where its database was rolled back.</summary>
    public static long Remembered(DataFolder folder)
    {
        try
        {
            return long.Parse(File.ReadAllText(folder.Inside("epoch")), CultureInfo.InvariantCulture);
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>Lets the data folder remember an epoch.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Remember(DataFolder folder, long epoch)
    {
        if (Remembered(folder) >= epoch) return;
        DurableFolder.Create(folder.Path);
        var aside = folder.Inside("epoch.part");
        using (var file = File.Create(aside))
        {
            file.Write(Encoding.ASCII.GetBytes(epoch.ToString(CultureInfo.InvariantCulture)));
            file.Flush();
            DurableFolder.Flush(file.SafeFileHandle, aside);
        }
        DurableFolder.Move(aside, folder.Inside("epoch"), overwrite: true);
    }
}
