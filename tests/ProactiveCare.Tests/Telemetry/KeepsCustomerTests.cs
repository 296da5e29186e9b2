using Dapper;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Tests.Telemetry;

/// <summary>A stored row stays that of its customer: money follows the customer.</summary>
public sealed class KeepsCustomerTests : IDisposable
{
    private const string At = "2026-03-14T10:00:00Z";

    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Theory]
    [InlineData("sessions", 1)]
    [InlineData("sessions", 60)]
    [InlineData("events", 1)]
    [InlineData("events", 60)]
    [InlineData("contacts", 1)]
    [InlineData("contacts", 60)]
    [InlineData("purchases", 1)]
    [InlineData("purchases", 60)]
    public void Revision_of_another_customer_is_set_aside_and_names_both(string kind, int count)
    {
        Assert.Equal(count, here.Import(kind, Rows(kind, count, "ada", "Film")).Stored);
        var moved = here.Import(kind, Rows(kind, count, "bob", "Film"));
        Assert.Equal($"{count} = 0 stored + 0 revised + 0 duplicate + {count} quarantined", moved.Counts());
        var first = moved.FirstQuarantined.OrderBy(row => row.Line).First();
        Assert.Contains("customer ada", first.Reason, StringComparison.Ordinal);
        Assert.Contains("customer bob", first.Reason, StringComparison.Ordinal);
        Assert.Equal(Rows(kind, 1, "bob", "Film").Split('\n')[1], first.Content);
        Assert.Equal($"{count} = 0 stored + {count} revised + 0 duplicate + 0 quarantined",
            here.Import(kind, Rows(kind, count, "ada", "Other film")).Counts());
        Assert.Equal($"{count} = 0 stored + 0 revised + {count} duplicate + 0 quarantined",
            here.Import(kind, Rows(kind, count, "ada", "Other film")).Counts());
        Assert.Equal(["ada"], here.Read(db => db.Query<string>(
            $"SELECT DISTINCT customer_id FROM {Kinds.All.Single(each => each.Name == kind).Table}")));
    }

    [Fact]
    public void Home_may_have_new_people()
    {
        here.Import("premises", "premises_id,customer_id\nh1,ada");
        Assert.Equal(1, here.Import("premises", "premises_id,customer_id\nh1,bob").Revised);
    }

    private static string Rows(string kind, int count, string customer, string text)
    {
        var (header, row) = kind switch
        {
            "sessions" => (Importing.SessionHeader, $"c,v,{text},{At},{At},0,0,0,false"),
            "events" => ("event_id,customer_id,kind,subject,occurred_at,data", $"c,k,{text},{At},1"),
            "purchases" => (
                "purchase_id,customer_id,kind,title,amount,currency,purchased_at", $"c,rental,{text},1,USD,{At}"),
            _ => ("contact_id,customer_id,topic,contacted_at", $"c,{text},{At}"),
        };
        return header + "\n" + string.Join('\n', Enumerable.Range(0, count).Select(i => $"x{i},{customer}{row[1..]}"));
    }
}
