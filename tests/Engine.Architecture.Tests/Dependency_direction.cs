using System.Reflection;
using System.Xml.Linq;

namespace Engine.Architecture.Tests;

/// <summary>Design 4: who may know whom. Held twice: in the project files, and in what was really compiled in.</summary>
public sealed class Dependency_direction
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Engine.Domain"] = [],
        ["Engine.Contracts"] = ["Engine.Domain"],
        ["Engine.Grains"] = ["Engine.Domain", "Engine.Contracts"],
        ["Engine.Storage"] = ["Engine.Domain"],
        ["Engine.TikTok"] = ["Engine.Domain"],
        ["Engine.FrontDoor"] = ["Engine.Contracts", "Engine.Domain"],
        ["Engine.Host"] = ["Engine.Domain", "Engine.Contracts", "Engine.Grains", "Engine.Storage", "Engine.TikTok", "Engine.FrontDoor"],
        ["Engine.Sandbox"] = [],
    };

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Fact]
    public void Every_project_below_src_is_named_here() =>
        Assert.Equal(
            Allowed.Keys.Order(StringComparer.Ordinal),
            Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src")).Where(d => Directory.EnumerateFiles(d, "*.csproj").Any()).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_file_references_only_what_the_design_allows(string project)
    {
        var references = XDocument.Load(Path.Combine(Repository.Root, "src", project, project + ".csproj"))
            .Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension((string)r.Attribute("Include")!));

        Assert.Empty(references.Except(Allowed[project]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void An_assembly_uses_only_what_the_design_allows(string project)
    {
        var references = Assembly.Load(project).GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("Engine.", StringComparison.Ordinal));

        Assert.Empty(references.Except(Allowed[project]));
    }

    [Fact]
    public void The_domain_uses_no_package_but_NodaTime()
    {
        var references = Assembly.Load("Engine.Domain").GetReferencedAssemblies().Select(a => a.Name!);

        Assert.DoesNotContain(references, n => n != "NodaTime" && n != "netstandard" && !n.StartsWith("System", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Engine.Domain")]
    [InlineData("Engine.Contracts")]
    [InlineData("Engine.Grains")]
    [InlineData("Engine.FrontDoor")]
    public void The_database_driver_is_known_only_to_storage_and_host(string project) =>
        Assert.DoesNotContain(Assembly.Load(project).GetReferencedAssemblies(), a => a.Name == "Npgsql");

    [Fact]
    public void The_sandbox_shares_no_type_with_the_engine()
    {
        var sandbox = Assembly.Load("Engine.Sandbox");
        var engine = Allowed.Keys.Where(p => p != "Engine.Sandbox").ToHashSet(StringComparer.Ordinal);

        Assert.DoesNotContain(sandbox.GetReferencedAssemblies(), a => engine.Contains(a.Name!));
        Assert.All(engine, p => Assert.DoesNotContain(Assembly.Load(p).GetReferencedAssemblies(), a => a.Name == "Engine.Sandbox"));
        var linked = Repository.Sources("src").Where(f => !Repository.Relative(f).StartsWith(Path.Combine("src", "Engine.Sandbox"), StringComparison.Ordinal));
        Assert.DoesNotContain(
            XDocument.Load(Path.Combine(Repository.Root, "src", "Engine.Sandbox", "Engine.Sandbox.csproj")).Descendants("Compile"),
            c => ((string?)c.Attribute("Include"))?.Contains("..", StringComparison.Ordinal) == true);
        Assert.NotEmpty(linked);
    }
}
