using System.Text.RegularExpressions;
using Dapper;
using ProactiveCare.Detection;

namespace ProactiveCare.Tests.Storage.PostgreSql;

/// <summary>The functions that the product makes in a PostgreSQL database, and their list in the documents.</summary>
public sealed partial class LentFunctionsTests : IDisposable
{
    private readonly Installed here;

    public LentFunctionsTests()
    {
        TestDatabase.SkipUnlessServer();
        here = new Installed();
    }

    public void Dispose() => here.Dispose();

    [Fact]
    public void Documents_list_every_function_that_is_lent_from_sqlite()
    {
        Readable.Prepare(here.Folder);
        var text = TidyTree.Read("docs/sql.md");
        var section = text[text.IndexOf("## Functions that PostgreSQL lends from SQLite", StringComparison.Ordinal)..];
        var listed = Row().Matches(section.Split("\n## ")[0]).Select(row => row.Groups["function"].Value);
        Assert.Equal(listed.Order(StringComparer.Ordinal), Made("care_detection"));
        // Arrivals are numbered by a function of the product's own.
        Assert.Equal(["number_arrivals(bigint)"], Made("care"));
    }

    // Operators call functions; a view or table with SQLite's name would be as wrong.
    private IEnumerable<string> Made(string schema) => here.Read(db => db.Query<string>(
        """
        SELECT proname || '(' || pg_get_function_identity_arguments(oid) || ')' FROM pg_proc
        WHERE pronamespace = CAST(@schema AS regnamespace) AND prorettype <> 'trigger'::regtype
        UNION ALL
        SELECT oprname || ' operator' FROM pg_operator WHERE oprnamespace = CAST(@schema AS regnamespace)
        UNION ALL
        SELECT relname || ' table' FROM pg_class
        WHERE relnamespace = CAST(@schema AS regnamespace) AND relname LIKE 'sqlite%'
        """,
        new { schema }).Select(Unnamed).Order(StringComparer.Ordinal).ToList());

    // The names of arguments do not identify a function.
    private static string Unnamed(string function) => Argument().Replace(function, "${before}");

    [GeneratedRegex(@"^\| `(?<function>[^`]+)`", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Row();

    [GeneratedRegex(
        @"(?<before>\(|, )\w+ (?=bigint|double precision|integer|text)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Argument();
}
