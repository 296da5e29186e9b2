using System.Text.RegularExpressions;
using Dapper;
using ProactiveCare.Access;
using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Notices;
using ProactiveCare.Payments;

namespace ProactiveCare.Tests;

public sealed partial class CodeTests
{
    private static readonly Dictionary<string, IEnumerable<Code>> Lists = new(StringComparer.Ordinal)
    {
        ["producer.role"] = KeyRole.All,
        ["credit.state"] = CreditState.All,
        ["credit.hold_reason"] = HoldReason.All,
        ["credit.kind"] = CreditKind.All,
        ["credit.entitlement"] = Entitlement.All,
        ["credit.family"] = [Family.Compensation, Family.Price],
        ["payment.status"] = PaymentStatus.All,
        ["care_case.state"] = CaseState.All,
        ["care_case.family"] = Family.All,
        ["care_case.reason"] = Reason.All,
        ["entitlement.family"] = Family.All,
        ["decision.outcome"] = Outcome.All,
        ["decision.reason"] = Reason.All,
        ["job_stop.kind"] = StopKind.All,
        ["run.state"] = RunState.All,
        ["notice.state"] = NoticeState.All,
        ["notice.event"] = NoticeEvent.All,
        ["quarantine.state"] = ProactiveCare.Telemetry.QuarantineState.All,
    };

    // A notice keeps its reason with a detail behind it, which no CHECK can list.
    private static readonly Type[] Unlisted = [typeof(NoticeReason)];

    public static TheoryData<string> Columns => [.. Lists.Keys];

    [Theory]
    [MemberData(nameof(Columns))]
    public void Check_of_a_column_lists_the_values_of_its_type(string column)
    {
        using var here = new Installed();
        var checks = here.Read(Checks);
        Assert.Equal(Lists[column].Select(code => code.Text).Order(), checks[column].Order());
    }

    [Fact]
    public void Every_type_of_code_is_compared_with_a_check()
    {
        var compared = Lists.Values.SelectMany(list => list).Select(code => code.GetType()).ToHashSet();
        Assert.DoesNotContain(Codes.Types, type => !compared.Contains(type) && !Unlisted.Contains(type));
    }

    [Fact]
    public void Codes_are_parsed_from_their_text_and_no_other()
    {
        foreach (var type in Codes.Types)
        {
            Assert.All(Codes.List(type), code => Assert.Same(code, Codes.Parse(type, code.Text)));
            Assert.Throws<FormatException>(() => Codes.Parse(type, "Pending "));
        }
        Assert.Equal(
            ["no-limit-for-currency", "limit-review", "andon", "approval", "budget"],
            HoldReason.All.Select(reason => reason.Text));
        Assert.Same(Reason.Andon, HoldReason.Parse("andon"));
        Assert.Throws<FormatException>(() => HoldReason.Parse("held-out"));
    }

    [Fact]
    public void Codes_cross_the_database_as_text()
    {
        using var here = new Installed();
        Assert.Equal("held-out", here.Read(db => db.ExecuteScalar<string>(
            "SELECT CAST(@state AS TEXT)", new { state = CaseState.HeldOut })));
        Assert.Null(here.Read(db => db.ExecuteScalar<string>(
            "SELECT CAST(@state AS TEXT)", new { state = (CaseState?)null })));
        Assert.Same(CaseState.HeldOut, here.Read(db => db.QuerySingle<CaseState>("SELECT 'held-out'")));
        Assert.Equal(
            new Held("a", Reason.Budget, null),
            here.Read(db => db.QuerySingle<Held>("SELECT 'a' AS name, 'budget' AS reason, NULL AS hold")));
    }

    private static Dictionary<string, string[]> Checks(System.Data.Common.DbConnection db)
    {
        var checks = TestDatabase.Server is null
            ? db.Query<(string Table, string Text)>("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
            : db.Query<(string Table, string Text)>(
                """
                SELECT relname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class t ON t.oid = conrelid
                WHERE contype = 'c' AND t.relnamespace = 'care'::regnamespace
                """);
        return checks
            .SelectMany(table => OneOf().Matches(table.Text).Select(match => (table.Table, match)))
            .ToDictionary(
                found => $"{found.Table}.{found.match.Groups["column"].Value}",
                found => Quoted().Matches(found.match.Groups["list"].Value)
                    .Select(value => value.Groups["value"].Value).ToArray(),
                StringComparer.Ordinal);
    }

    // SQLite keeps what the schema says; PostgreSQL says (column = ANY (ARRAY['a'::text, ...])).
    [GeneratedRegex(
        @"CHECK\s*\(+\s*(?<column>\w+)\)?\s+(IN\s*\(|=\s*ANY\s*\(+ARRAY\[)(?<list>'[^)\]]*)",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OneOf();

    [GeneratedRegex("'(?<value>[^']*)'", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Quoted();

    private sealed record Held(string Name, Reason Reason, HoldReason? Hold);
}
