using Engine.Host.Verification;

namespace Engine.Host.Demo;

/// <summary>Invariant 9, the half that only the one who started the processes can check: no secret of the run is in a log.</summary>
internal static class Silence
{
    public const string Name = "9 silence";

    public static InvariantCheck Check(DemoFolder folder, IReadOnlyList<string> secrets, InvariantCheck tables)
    {
        var findings = new List<string>();
        var files = 0;
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(folder.LogOf("x"))!))
        {
            files++;
            foreach (var line in ReadLines(file))
            {
                if (secrets.Any(s => line.Contains(s, StringComparison.Ordinal)))
                {
                    findings.Add($"{Path.GetFileName(file)} holds a secret of this run");
                    break;
                }
            }
        }

        return new InvariantCheck(
            Name,
            tables.Ok && findings.Count == 0,
            $"tables: {tables.Detail}; logs: {(findings.Count == 0 ? $"{files} files, none holds a secret of this run" : string.Join("; ", findings))}");
    }

    private static IEnumerable<string> ReadLines(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}
