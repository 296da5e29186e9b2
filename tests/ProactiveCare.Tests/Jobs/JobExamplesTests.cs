using NodaTime;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;

namespace ProactiveCare.Tests.Jobs;

public sealed class JobExamplesTests
{
    private const string Yaml =
        """
        examples:
          - name: one
            given:
              contacts: [{ contact_id: k, customer_id: c1, contacted_at: "2026-11-15T00:00:00Z", topic: bill }]
              events:
                - { event_id: e, kind: parcel-promised, customer_id: c1, subject: s, occurred_at: x, data: '{"a":1}' }
              alerts: notice.en.md
            at: "2026-11-15T01:40:00+01:00"
            expect:
              findings: [{ subject: "purchase:p1", customer_id: c1, ratio: 0.1, cdn: }]
              decisions:
                - { subject: "purchase:p1", outcome: refund, amount: 4.99 USD }
                - { customer_id: c1, outcome: notice }
        """;

    [Fact]
    public void Example_is_read_row_by_row()
    {
        var example = Assert.Single(JobExamples.Of(SampleJob.Folder(SampleJob.Yaml, ("examples.yaml", Yaml))));
        Assert.Equal(("one", 2), (example.Name, example.Line));
        Assert.Equal(Instant.FromUtc(2026, 11, 15, 0, 40), example.At);
        Assert.Equal("bill", Assert.Single(example.Given["contacts"]).Columns["topic"]);
        Assert.Equal("""{"a":1}""", Assert.Single(example.Given["events"]).Columns["data"]);
        Assert.Equal(["notice.en.md"], example.Alerts);
        Assert.Equal(["subject", "customer_id", "ratio"], Assert.Single(example.Findings).Columns.Keys);
        Assert.Equal(
            [
                new ExpectedDecision("purchase:p1", null, "refund", Money.Parse("4.99 USD")),
                new ExpectedDecision(null, new CustomerId("c1"), "notice", null),
            ],
            example.Decisions);
    }

    [Theory]
    [InlineData("name: one", "nome: one", "examples.name", "missing")]
    [InlineData("topic: bill", "topics: bill", "examples.given.contacts.topics", "did you mean 'topic'")]
    [InlineData(", topic: bill", "", "examples.given.contacts.topic", "missing")]
    [InlineData("topic: bill", "topic: [bill]", "examples.given.contacts.topic", "single value")]
    [InlineData("alerts: notice.en.md", "alerts: storm.json", "examples.given.alerts", "not a file")]
    [InlineData("+01:00", "", "examples.at", "offset")]
    [InlineData("customer_id: c1, ratio", "ratio", "examples.expect.findings", "no customer_id")]
    [InlineData("customer_id: c1, outcome: notice", "outcome: notice", "examples.expect.decisions.subject", "missing")]
    [InlineData("4.99 USD", "4.999 USD", "examples.expect.decisions.amount", "decimals")]
    [InlineData("contacts:", "contracts:", "examples.given.contracts", "did you mean 'contacts'")]
    public void Mistake_is_an_error_with_its_key(string from, string to, string key, string message)
    {
        var load = SampleJob.Load(
            SampleJob.Yaml, ("examples.yaml", Yaml.Replace(from, to, StringComparison.Ordinal)));
        var problem = Assert.Single(load.Problems, problem => problem.Key == key);
        Assert.Equal("examples.yaml", problem.File);
        Assert.True(problem.Line > 0);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
    }
}
