using System.Reflection;
using System.Text.Json;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Prints the version of the program.</summary>
internal sealed class VersionShow : PlainVerb
{
    public VersionShow() : base(
        "version", "Says which version this is.", "proactive-care version")
    {
    }

    protected override int Show(Session session)
    {
        var version = typeof(VersionShow).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];
        session.Answer(new { product = "proactive-care", version }, to => to.Line($"proactive-care {version}"));
        return Failures.Done;
    }
}
