using System.Text.Json;

namespace Engine.LoadTests.Chaos;

/// <summary>What all seeds were put through, and what became of it.</summary>
internal sealed class ChaosTotals
{
    private readonly SortedDictionary<string, long> byKind = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> impossible = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> persons = new(StringComparer.Ordinal);
    private long seeds, survived, violated, kills, faults, chargedTwice, orphans, missing, late;

    /// <summary>0: every run survived; 1: a run ended with a violated invariant; 3: no violation was seen, but a run did not come to its end.</summary>
    public int ExitCode => violated > 0 ? 1 : seeds > 0 && survived == seeds ? 0 : 3;

    /// <summary>What became of the run whose summary this is.</summary>
    public ChaosEnd Add(JsonElement? summary)
    {
        seeds++;
        if (summary is not { } s)
        {
            return ChaosEnd.Unfinished;
        }

        var chaos = s.GetProperty("chaos");
        kills += chaos.GetProperty("kills").GetInt64();
        faults += FaultsOf(s);
        late += LateOf(s);
        chargedTwice += s.GetProperty("labels_charged_twice").GetInt64();
        orphans += s.GetProperty("packages_without_order").GetInt64();
        missing += s.GetProperty("orders_placed").GetInt64() - s.GetProperty("orders_imported").GetInt64();
        foreach (var group in (string[])["processes", "faults"])
        {
            Sum(byKind, chaos.GetProperty(group));
        }

        Sum(persons, chaos.GetProperty("asked_a_person"));
        foreach (var what in chaos.GetProperty("impossible").EnumerateObject())
        {
            impossible[what.Name] = what.Value.GetString()!;
        }

        if (s.GetProperty("labels_charged_twice").GetInt64() > 0 || s.GetProperty("packages_without_order").GetInt64() > 0
            || s.GetProperty("invariants").EnumerateArray().Any(i => !i.GetProperty("ok").GetBoolean()))
        {
            violated++;
            return ChaosEnd.Violation;
        }

        if (!s.GetProperty("finished").GetBoolean())
        {
            return ChaosEnd.Unfinished;
        }

        survived++;
        return ChaosEnd.Survived;
    }

    public static long FaultsOf(JsonElement summary) => SumOf(summary.GetProperty("chaos").GetProperty("faults")) + SumOf(summary.GetProperty("chaos").GetProperty("processes"));

    public static long LateOf(JsonElement summary) => summary.GetProperty("chaos").GetProperty("late_by_our_fault").GetInt64();

    public Dictionary<string, object?> Flat() => new(StringComparer.Ordinal)
    {
        ["seeds"] = seeds,
        ["kills"] = kills,
        ["faults_injected"] = faults,
        ["charged_twice"] = chargedTwice,
        ["orphans"] = orphans,
        ["missing"] = missing,
        ["late_by_our_fault"] = late,
        ["invariants_ok"] = ExitCode == 0,
    };

    public void Print()
    {
        Console.WriteLine($"\n{survived} of {seeds} seeds survived; {kills} SIGKILLs, {faults} faults injected; charged twice {chargedTwice}, orphans {orphans}, missing {missing}, late by our fault {late}\n");
        Console.WriteLine("| fault | injected |\n|---|---:|");
        foreach (var (kind, count) in byKind)
        {
            Console.WriteLine($"| {kind} | {count} |");
        }

        foreach (var (what, why) in impossible)
        {
            Console.WriteLine($"not possible here: {what}: {why}");
        }

        foreach (var (reason, count) in persons)
        {
            Console.WriteLine($"asked a person: {count} orders, {reason}");
        }
    }

    private static long SumOf(JsonElement counts) => counts.EnumerateObject().Sum(c => c.Value.GetInt64());

    private static void Sum(SortedDictionary<string, long> into, JsonElement counts)
    {
        foreach (var count in counts.EnumerateObject())
        {
            into[count.Name] = into.GetValueOrDefault(count.Name) + count.Value.GetInt64();
        }
    }
}
