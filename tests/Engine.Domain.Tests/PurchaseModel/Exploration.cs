using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Engine.Domain.Tests.PurchaseModel;

/// <summary>A way from the beginning to a state, as it is printed and read again.</summary>
internal sealed record Path(string Rules, string Scope, IReadOnlyList<string> Steps)
{
    public override string ToString() => $"rules: {Rules}\nscope: {Scope}\n" + string.Join('\n', Steps.Select(s => "  " + s));

    public static Path Parse(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return new Path(lines[0]["rules: ".Length..], lines[1]["scope: ".Length..], [.. lines[2..].Select(l => l.Trim())]);
    }
}

internal sealed record Counterexample(string What, Path Path, string Key)
{
    public override string ToString() => $"{What}\n{Path}";
}

internal sealed record Explored(int States, int Transitions, int Ends, Counterexample? Found);

/// <summary>Visits every state that can be reached, nearest first.</summary>
internal sealed class Exploration(EngineRules rules, ModelScope scope)
{
    private readonly Steps steps = new(rules, scope);
    private readonly Dictionary<UInt128, int> numbers = [];
    private readonly List<(int From, string Step)> reachedBy = [];
    private readonly List<World?> worlds = [];

    /// <summary>Healthy transitions, for the question whether every state has a way to an end.</summary>
    private readonly List<(int From, int To)> forward = [];

    /// <summary>Where a way on is not asked for: ends, and states that lead out of the scope.</summary>
    private readonly HashSet<int> ends = [];

    private readonly SortedDictionary<string, int> endKinds = new(StringComparer.Ordinal);

    /// <summary>How many ends there are of each kind.</summary>
    public IReadOnlyDictionary<string, int> Ends => endKinds;

    public Explored Run()
    {
        Number(Market.Begin(), -1, "");
        var transitions = 0;
        var endCount = 0;
        for (var at = 0; at < worlds.Count; at++)
        {
            var world = worlds[at]!;
            worlds[at] = null;
            if (Properties.IsEnd(world))
            {
                ends.Add(at);
                endCount++;
                var kind = $"{world.Stored.Status}{(world.Stored.ParkedReason is { } r ? " " + r : "")}, labels of ours {world.Sales.Count(s => s.Attempt > 0)}, of others {world.Sales.Count(s => s.Attempt == 0)}";
                endKinds[kind] = endKinds.GetValueOrDefault(kind) + 1;
            }

            foreach (var step in steps.Of(world))
            {
                transitions++;
                if (step.After.Violation is { } what)
                {
                    return new Explored(worlds.Count, transitions, endCount, new Counterexample(what, PathTo(at, step.Name), step.After.Key()));
                }

                if (step.After.BeyondScope)
                {
                    // Not followed, and a way on all the same.
                    ends.Add(at);
                    continue;
                }

                var to = Number(step.After, at, step.Name);
                if (step.Healthy && to != at)
                {
                    forward.Add((at, to));
                }
            }
        }

        return new Explored(worlds.Count, transitions, endCount, DeadEnd());
    }

    /// <summary>Goes a printed way again: the world at its end.</summary>
    public World Replay(Path path)
    {
        var world = Market.Begin();
        foreach (var name in path.Steps)
        {
            var next = steps.Of(world).Where(s => s.Name == name).ToList();
            if (next.Count != 1)
            {
                throw new ArgumentException($"The way cannot be gone: {next.Count} steps are called '{name}' where there is: {string.Join("; ", steps.Of(world).Select(s => s.Name))}.", nameof(path));
            }

            world = next[0].After;
        }

        return world;
    }

    private int Number(World world, int from, string step)
    {
        var key = Fingerprint(world.Key());
        if (numbers.TryGetValue(key, out var known))
        {
            return known;
        }

        numbers[key] = worlds.Count;
        worlds.Add(world);
        reachedBy.Add((from, step));
        return worlds.Count - 1;
    }

    /// <summary>128 bits stand for a key: among a million states the chance that two share one is below 10^-26.</summary>
    private static UInt128 Fingerprint(string key)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(MemoryMarshal.AsBytes(key.AsSpan()), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    /// <summary>A state from which no end is reached by healthy steps alone: the order is stuck.</summary>
    private Counterexample? DeadEnd()
    {
        var back = forward.ToLookup(e => e.To, e => e.From);
        var alive = new bool[worlds.Count];
        var open = new Stack<int>(ends);
        while (open.TryPop(out var at))
        {
            if (!alive[at])
            {
                alive[at] = true;
                foreach (var from in back[at])
                {
                    open.Push(from);
                }
            }
        }

        var stuck = Array.FindIndex(alive, a => !a);
        return stuck < 0 ? null : new Counterexample("the order is stuck: no healthy step leads to an end", PathTo(stuck, null), "");
    }

    private Path PathTo(int at, string? last)
    {
        var names = new List<string>();
        if (last is not null)
        {
            names.Add(last);
        }

        for (; at > 0; at = reachedBy[at].From)
        {
            names.Add(reachedBy[at].Step);
        }

        names.Reverse();
        return new Path(rules.Name, scope.Name, names);
    }
}
