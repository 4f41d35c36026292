using System.Text.RegularExpressions;

namespace Engine.Architecture.Tests;

/// <summary>What no source may hold.</summary>
public sealed partial class Source_rules
{
    [Fact]
    public void Nothing_is_left_to_do_in_the_sources()
    {
        var sources = Repository.Sources("src").Concat(Repository.Sources("load-tests")).ToList();

        Assert.NotEmpty(sources);
        Assert.Empty(Find(sources, Unfinished()));
    }

    [Fact]
    public void The_wire_names_of_the_marketplace_stay_in_its_client()
    {
        // design 2.4: order states are the engine's own. The channel's spellings are read by Engine.TikTok and played by the sandbox.
        var others = Repository.Sources("src").Where(f =>
            !Repository.Relative(f).StartsWith(Path.Combine("src", "Engine.TikTok"), StringComparison.Ordinal)
            && !Repository.Relative(f).StartsWith(Path.Combine("src", "Engine.Sandbox"), StringComparison.Ordinal));

        Assert.Empty(Find(others, WireNames()));
    }

    [Fact]
    public void Tests_neither_sleep_nor_are_switched_off()
    {
        var tests = Repository.Sources("tests").Where(f => Path.GetFileName(f) != "Source_rules.cs");

        Assert.Empty(Find(tests, SleepOrSwitchedOff()));
    }

    private static List<string> Find(IEnumerable<string> files, Regex pattern) =>
        [.. files.SelectMany(f => File.ReadLines(f)
            .Select((line, i) => (line, Number: i + 1))
            .Where(l => pattern.IsMatch(l.line))
            .Select(l => $"{Repository.Relative(f)}:{l.Number}: {l.line.Trim()}"))];

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex Unfinished();

    [GeneratedRegex("\"(rts_sla_time|tts_sla_time|AWAITING_SHIPMENT|AWAITING_COLLECTION|IN_TRANSIT)\"")]
    private static partial Regex WireNames();

    [GeneratedRegex(@"Thread\.Sleep|\bSkip\s*=\s*""")]
    private static partial Regex SleepOrSwitchedOff();
}
