using System.Diagnostics;

namespace ProactiveCare.Scenarios;

public sealed class LedgerTests
{
    [Theory]
    [InlineData("hledger", "books.journal", "hledger", "-f", "FILE", "check", "--strict")]
    [InlineData("beancount", "books.beancount", "bean-check", "FILE")]
    public void Other_programs_accept_the_books_of_a_whole_story(string format, string name, params string[] command)
    {
        using var story = Story.OfSlowStreams();
        story.With("25.00 USD", "8.00 USD").BadEvening("ada").BadEvening("bob", "9.99").BadEvening("cyd", "9.99");
        story.Customer("dan").Watched("s-dan", "dan", null).Later(minutes: 35).BillingAnswers();
        story.Reject("paid by voucher").BadEvening("eve", "3.50", "EUR").Later(minutes: 35).BillingAnswers("refused");

        var file = story.Folder.Inside(name);
        using (var output = File.Create(file))
            story.Export(format, output);
        var arguments = command[1..].Select(a => a == "FILE" ? file : a);
        using var program = Process.Start(new ProcessStartInfo(command[0], arguments)
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        var said = program.StandardError.ReadToEnd();
        program.WaitForExit();
        Assert.True(program.ExitCode == 0, said);
        Assert.Equal("dan 1.00 USD, ada 4.99 USD", string.Join(", ", story.Paid().Split(", ").OrderDescending()));
        story.BooksBalance();
    }
}
