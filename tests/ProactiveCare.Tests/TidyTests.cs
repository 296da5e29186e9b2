using ProactiveCare.Storage;

namespace ProactiveCare.Tests;

/// <summary>Keeps the house in order; every rule first shows that it sees what it forbids.</summary>
public sealed class TidyTests
{
    [Fact]
    public void Files_methods_lines_and_constructors_stay_within_the_maxima() =>
        None(TidyTree.Sources.SelectMany(TidyMaxima.Problems));

    [Fact]
    public void Folders_use_only_those_before_them() => None(TidyOrder.Problems(TidyTree.Sources));

    [Fact]
    public void Command_line_calls_operations_and_no_storage() => None(TidyDoor.Problems(TidyTree.Sources));

    [Fact]
    public void Verb_that_bypasses_the_operations_is_seen()
    {
        var problems = TidyDoor.Problems([.. TidyTree.Sources, new("src/ProactiveCare.Worker/Cli/Verbs/Sample.cs", """
            namespace ProactiveCare.Worker.Cli.Verbs;
            using ProactiveCare.Worker.Http.Api;
            class Sample
            {
                void Storage(Session session) => session.Store.Write(_ => { });
                object[] Two = [Operations.AddUser, Operations.PullAndon];
            }
            """)]).ToList();
        Assert.Contains(problems, problem => problem.Contains("Sample.cs:5: Write is of ProactiveCare.Storage"));
        Assert.Contains(problems, problem => problem.Contains("Sample.cs: calls AddUser, PullAndon"));
        Assert.Contains(problems, problem => problem.Contains("PullAndon has the clients AndonPull.cs, Sample.cs"));
    }

    [Fact]
    public void Order_of_folders_is_checked_with_every_name_bound() => None(TidyOrder.Unbound(TidyTree.Sources));

    [Fact]
    public void Schemas_are_made_in_the_order_of_the_features() =>
        Assert.Equal(TidyOrder.Product.Folders[1..], Migrations.Folders);

    [Fact]
    public void Storage_hides_which_database_it_is()
    {
        None(TidyDatabases.Uses(TidyTree.Sources));
        var questions = TidyDatabases.Questions(TidyTree.Sources).ToArray();
        Assert.True(questions.Length <= 10, string.Join('\n', questions));
    }

    [Fact]
    public void Database_that_is_named_or_asked_for_outside_Storage_is_seen()
    {
        Source[] sources =
        [
            new("src/ProactiveCare/Storage/Store.cs", """
                namespace ProactiveCare.Storage; class Store { internal bool IsShared; }
                """),
            new("src/ProactiveCare/Storage/Moving/Move.cs", "namespace ProactiveCare.Storage.Moving; class Move;"),
            new("src/ProactiveCare/Cases/A.cs", """
                namespace ProactiveCare.Cases; class A { ProactiveCare.Storage.Moving.Move? b; }
                """),
            new("src/ProactiveCare/Cases/B.cs", """
                namespace ProactiveCare.Cases; class B { bool A(ProactiveCare.Storage.Store b) => b.IsShared; }
                """),
        ];
        Assert.Contains(
            TidyDatabases.Uses(sources), problem => problem.Contains("Cases/A.cs", StringComparison.Ordinal));
        Assert.Contains("Cases/B.cs", Assert.Single(TidyDatabases.Questions(sources)), StringComparison.Ordinal);
    }

    [Fact]
    public void Libraries_stay_where_they_belong() => None(TidyTree.Sources.SelectMany(TidyPlaces.Libraries));

    [Fact]
    public void Names_use_no_replaced_word() => None(TidyWords.Names(TidyTree.Sources));

    [Theory]
    [InlineData("Cases/A.cs", "class Sitting;")]
    [InlineData("Cases/A.cs", "record Matter(int A);")]
    [InlineData("Storage/A.cs", "record struct Answer<T>(T Value);")]
    [InlineData("Detection/A.cs", "static class Claims;")]
    [InlineData("Detection/A.cs", "class A { class Holder; }")]
    [InlineData("Storage/A.cs", "class A { bool GoOn() => true; }")]
    [InlineData("Storage/A.cs", "class A { object? TroubleOf { get; } }")]
    [InlineData("Storage/A.cs", "class A { object? Vitals; }")]
    [InlineData("Storage/A.cs", "record A(object Manners);")]
    [InlineData("Storage/A.cs", "enum A { Silence }")]
    [InlineData("Storage/Db.cs", "static class Db { static void Post(object db) { } }")]
    public void Replaced_word_is_seen(string file, string text) =>
        Assert.NotEmpty(TidyWords.Names([new("src/ProactiveCare/" + file, text)]));

    [Theory]
    [InlineData("Notices/A.cs", "record A(int Claims) { string? Refusal() => null; int Product => 1; }")]
    [InlineData("Notices/A.cs", "class Answer { void Post() { } void Ask() { } void Send() { } }")]
    [InlineData("Notices/Claims.cs", "class Claims;")]
    public void Current_word_is_allowed(string file, string text) =>
        None(TidyWords.Names([new("src/ProactiveCare/" + file, text)]));

    [Fact]
    public void Types_are_written_in_one_file() => None(TidyWords.Parts(TidyTree.Sources));

    [Fact]
    public void Type_in_two_files_is_seen()
    {
        Source one = new("src/ProactiveCare/A.One.cs", "namespace N; partial class A { partial class B; }");
        Assert.Equal(
            ["src/ProactiveCare/A.One.cs, src/ProactiveCare/A.Two.cs: N.A is cut in parts"],
            TidyWords.Parts([one, new("src/ProactiveCare/A.Two.cs", "namespace N { partial class A; }")]));
        None(TidyWords.Parts([one, new("src/ProactiveCare/A.Two.cs", "namespace M; partial class A; class B;")]));
        None(TidyWords.Parts([one, new("src/ProactiveCare/A.Two.cs", "namespace N; class A<T>; class B;")]));
    }

    [Fact]
    public void No_text_has_unfinished_notes_or_names_of_machines() =>
        None(TidyTree.Texts.SelectMany(text => TidyMaxima.Marks(text).Concat(TidyPlaces.Machines(text))));

    [Fact]
    public void Names_of_folders_are_specific() => None(TidyTree.Files.SelectMany(TidyPlaces.Folders));

    [Fact]
    public void Compiler_requires_documentation_of_every_public_member()
    {
        var texts = TidyTree.Texts.ToArray();
        None(TidyPlaces.Project(texts.Single(text => text.Path == "src/ProactiveCare/ProactiveCare.csproj")));
        None(from text in texts
             where !text.Path.StartsWith("tests/", StringComparison.Ordinal)
             from problem in TidyPlaces.Silenced(text)
             select problem);
        var common = TidyTree.Read("Directory.Build.props");
        Assert.Contains("<TreatWarningsAsErrors>true<", common, StringComparison.Ordinal);
    }

    [Fact]
    public void Scripts_can_be_executed()
    {
        var all = TidyTree.Texts.Where(text => text.Text.StartsWith("#!", StringComparison.Ordinal))
            .Select(text => text.Path).ToArray();
        foreach (var script in new[] { ".ci/run", "scripts/bench", "scripts/demo", "scripts/journey",
            "scripts/proactive-care", "scripts/soak", "scripts/test" })
            Assert.Contains(script, all);
        None(all.Where(file => !TidyTree.IsExecutable(file)));
    }

    [Fact]
    public void Image_restores_every_project_of_the_worker()
    {
        var image = TidyTree.Read("Dockerfile");
        foreach (var project in new[] { "ProactiveCare", "ProactiveCare.Demo", "ProactiveCare.Worker" })
            Assert.Contains($"\nCOPY src/{project}/{project}.csproj src/{project}/packages.lock.json", image,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Code_beyond_a_maximum_is_reported()
    {
        Sees("300 at most", string.Concat(Enumerable.Repeat("\n", 300)) + "class C;");
        Sees("120 at most", "// " + new string('x', 118));
        Sees("70 at most", "class C { void M() {" + new string('\n', 70) + "} }");
        Sees("70 at most", "class C { int P { get {" + new string('\n', 70) + "return 1; } } }");
        Sees("70 at most", "var a = 1;" + new string('\n', 70) + "var b = 2;");
        Sees("5 at most", "class C { C(int a, int b, int c, int d, int e, int f) { } }");
        Sees("5 at most", "class C(int a, int b, int c, int d, int e, int f);");
        Sees("a region", "#region A\n#endregion");
        Sees("unfinished", "// TO" + "DO later");
        Sees("not implemented", "class C { int M() => throw new System.NotImplementedException(); }");
        Sees("a skipped test", "class C { [Fact(Skip = \"slow\")] void M() { } }");
    }

    [Fact]
    public void Code_exactly_at_the_maxima_passes()
    {
        None(TidyMaxima.Problems(new("a.cs", new string('\n', 299) + "class C;\n")));
        None(TidyMaxima.Problems(new("a.cs", "// " + new string('x', 117))));
        None(TidyMaxima.Problems(new("a.cs", "class C { void M() {" + new string('\n', 69) + "} }")));
        None(TidyMaxima.Problems(new("a.cs", "record R(int A, int B, int C, int D, int E, int F);")));
        None(TidyMaxima.Problems(new("a.cs", "class C(int a, int b, int c, int d, int e);")));
    }

    [Theory]
    [InlineData("Ledger/L.cs", "using ProactiveCare.Cases;\nnamespace ProactiveCare.Ledger; class L;")]
    [InlineData("Ledger/L.cs", "namespace ProactiveCare.Ledger; class L { ProactiveCare.Cases.Case? c; }")]
    [InlineData("Ledger/L.cs", "namespace ProactiveCare.Ledger; class L { Cases.Case? c; }")]
    [InlineData("Ledger/L.cs",
        "using static ProactiveCare.Cases.Case;\nnamespace ProactiveCare.Ledger; class L { int o = Open(); }")]
    [InlineData("Ledger/L.cs", "namespace ProactiveCare.Cases; class L;")]
    [InlineData("Cases/L.cs", "namespace ProactiveCare.Cases; class L { CareServices? s; }")]
    [InlineData("L.cs", "namespace ProactiveCare; class L { Cases.Case? c; }")]
    public void Use_of_a_later_folder_is_seen(string file, string text) =>
        Assert.NotEmpty(WithOthers("src/ProactiveCare/" + file, text));

    [Theory]
    [InlineData("Settings/S.cs", "namespace ProactiveCare.Worker.Settings; class S { Cli.Verb? v; }")]
    [InlineData("Hosting/S.cs",
        "namespace ProactiveCare.Worker.Hosting; class S { void M() { var v = Maker.New(); } }")]
    [InlineData("Http/Health/S.cs", "namespace ProactiveCare.Worker.Cli; class S;")]
    [InlineData("Verbs/S.cs", "namespace ProactiveCare.Worker.Verbs; class S;")]
    [InlineData("S.cs", "namespace ProactiveCare.Worker; class S { Cli.Verb? v; }")]
    public void Use_of_a_later_folder_is_seen_in_the_worker(string file, string text) =>
        Assert.NotEmpty(WithOthers("src/ProactiveCare.Worker/" + file, text));

    [Fact]
    public void Use_of_an_earlier_folder_is_allowed()
    {
        Assert.Empty(WithOthers("src/ProactiveCare/Outcomes/O.cs",
            "using ProactiveCare.Cases;\nnamespace ProactiveCare.Outcomes; class O { Case c = Case.Open(); }"));
        Assert.Empty(WithOthers("src/ProactiveCare.Worker/Cli/O.cs",
            "namespace ProactiveCare.Worker.Cli; class O { Cases.Case? c; object o = Hosting.Host.New(); }"));
    }

    [Theory]
    [InlineData("src/ProactiveCare/Cases/A.cs", "using Quartz;")]
    [InlineData("src/ProactiveCare/Cases/A.cs", "using Microsoft.AspNetCore.Http;")]
    [InlineData("src/ProactiveCare/Cases/A.cs", "class C { object o = new Microsoft.Data.Sqlite.SqliteConnection(); }")]
    [InlineData("src/ProactiveCare.Worker/A.cs", "using Npgsql;")]
    [InlineData("src/ProactiveCare/Cases/A.cs", "using System.Net.Sockets;")]
    [InlineData("src/ProactiveCare/Notices/A.cs", "using MailKit.Net.Smtp;")]
    [InlineData("src/ProactiveCare/Notices/A.cs", "class C { object o = new MimeKit.MimeMessage(); }")]
    public void Library_out_of_place_is_seen(string path, string text) =>
        Assert.NotEmpty(TidyPlaces.Libraries(new(path, text)));

    [Fact]
    public void Names_of_machines_vague_folders_and_suppressions_are_seen()
    {
        Assert.NotEmpty(TidyPlaces.Machines(new("README.md", "from nuget" + ".org")));
        Assert.NotEmpty(TidyPlaces.Machines(new("README.md", "see /ho" + "me/ann/notes")));
        Assert.Empty(TidyPlaces.Machines(new("Dockerfile", "FROM mcr." + "microsoft.com/dotnet/sdk:10.0 AS build")));
        Assert.NotEmpty(TidyPlaces.Folders("src/ProactiveCare/Services/A.cs"));
        Assert.NotEmpty(TidyPlaces.Silenced(new(".editorconfig", "[*.cs]\ndotnet_diagnostic.CS1591.severity = none")));
        Assert.Empty(TidyPlaces.Silenced(new(".editorconfig", "[tests/**.cs]\ndotnet_diagnostic.CS1591 = none")));
        Assert.Equal(3, TidyPlaces.Project(new("a.csproj", """
            <Project Sdk="Microsoft.NET.Sdk.Web"><PackageReference Include="Quartz" /></Project>
            """)).Count());
    }

    private static IEnumerable<string> WithOthers(string file, string text) => TidyOrder.Problems(
    [
        new("src/ProactiveCare/Cases/Case.cs",
            "namespace ProactiveCare.Cases; class Case { public static Case Open() => new(); }"),
        new("src/ProactiveCare/CareServices.cs", "namespace ProactiveCare; class CareServices;"),
        new("src/ProactiveCare.Worker/Cli/Verb.cs", "namespace ProactiveCare.Worker.Cli; class Verb;"),
        new("src/ProactiveCare.Worker/Hosting/Host.cs",
            "namespace ProactiveCare.Worker.Hosting; class Host { public static object New() => 1; }"),
        new("src/ProactiveCare.Worker/Cli/Maker.cs",
            "namespace ProactiveCare.Worker.Hosting; class Maker { public static Cli.Verb New() => new(); }"),
        new(file, text),
    ]).Where(problem => problem.StartsWith(file, StringComparison.Ordinal));

    private static void Sees(string problem, string text) =>
        Assert.Contains(
            problem, string.Join('\n', TidyMaxima.Problems(new("sample.cs", text))), StringComparison.Ordinal);

    private static void None(IEnumerable<string> problems)
    {
        var all = problems.ToArray();
        Assert.True(all.Length == 0, string.Join('\n', all));
    }
}
