using System.Text.Json;
using System.Xml.Linq;

namespace Engine.Architecture.Tests;

/// <summary>Every package that any project restores carries a licence that may be used (engineering.md 1).</summary>
/// <remarks>Read from the lock files and from each package's own nuspec; licences change between minor versions.</remarks>
public sealed class Licences
{
    private const string MicrosoftsOwn = "Microsoft .NET library licence";

    private static readonly HashSet<string> Usable = new(StringComparer.OrdinalIgnoreCase)
    {
        "MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "PostgreSQL", "MS-PL", "CC0-1.0", MicrosoftsOwn,
    };

    /// <summary>Packages whose nuspec names no licence expression: what their licence file or address says, looked at by a person.</summary>
    private static readonly (string Prefix, string Licence)[] ByHand =
    [
        ("HdrHistogram", "BSD-2-Clause"),
        ("Microsoft.NETCore.Platforms", MicrosoftsOwn),
        ("NETStandard.Library", MicrosoftsOwn),
    ];

    private static readonly string[] Banned =
        ["PDFsharp", "QuestPDF", "itext", "SixLabors.ImageSharp", "MassTransit", "NBomber", "FluentAssertions", "AutoMapper", "MediatR", "Duende", "SonarAnalyzer"];

    [Fact]
    public void Every_restored_package_may_be_used()
    {
        var packages = Restored().ToList();
        Assert.NotEmpty(packages);

        var problems = packages.Select(p => (p.Id, p.Version, Licence: LicenceOf(p.Id, p.Version))).Where(p => !IsUsable(p.Licence)).ToList();

        Assert.True(problems.Count == 0, string.Join('\n', problems.Select(p => $"{p.Id} {p.Version}: {p.Licence ?? "no licence named; look at it and add it to the table"}")));
    }

    [Fact]
    public void No_banned_package_is_restored() =>
        Assert.DoesNotContain(Restored(), p => Banned.Any(b => p.Id.StartsWith(b, StringComparison.OrdinalIgnoreCase)));

    [Fact]
    public void Every_project_has_a_lock_file()
    {
        var projects = new[] { "src", "tests", "load-tests" }
            .SelectMany(f => Directory.EnumerateFiles(Path.Combine(Repository.Root, f), "*.csproj", SearchOption.AllDirectories)).ToList();

        Assert.NotEmpty(projects);
        Assert.All(projects, p => Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(p)!, "packages.lock.json")), $"{p} has no packages.lock.json"));
    }

    private static IEnumerable<(string Id, string Version)> Restored() =>
        new[] { "src", "tests", "load-tests" }
            .SelectMany(f => Directory.EnumerateFiles(Path.Combine(Repository.Root, f), "packages.lock.json", SearchOption.AllDirectories))
            .SelectMany(Locked)
            .Distinct();

    private static IEnumerable<(string Id, string Version)> Locked(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        return [.. json.RootElement.GetProperty("dependencies").EnumerateObject()
            .SelectMany(framework => framework.Value.EnumerateObject())
            .Where(package => package.Value.TryGetProperty("resolved", out _))
            .Select(package => (package.Name, package.Value.GetProperty("resolved").GetString()!))];
    }

    private static string? LicenceOf(string id, string version)
    {
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var nuspec = Path.Combine(cache, id.ToLowerInvariant(), version.ToLowerInvariant(), id.ToLowerInvariant() + ".nuspec");
        Assert.True(File.Exists(nuspec), $"{nuspec} is not there: restore first.");
        var licence = XDocument.Load(nuspec).Descendants().FirstOrDefault(e => e.Name.LocalName == "license" && (string?)e.Attribute("type") == "expression")?.Value;
        return licence ?? ByHand.Where(b => id.StartsWith(b.Prefix, StringComparison.OrdinalIgnoreCase)).Select(b => b.Licence).FirstOrDefault();
    }

    /// <summary>`A OR B` is usable when one of them is, `A AND B` when both are.</summary>
    private static bool IsUsable(string? expression) =>
        expression is not null
        && expression.Trim('(', ')').Split(" OR ").Any(choice => choice.Split(" AND ").All(part => Usable.Contains(part.Trim('(', ')', ' '))));
}
