using Engine.Domain.Orders;
using Engine.Host.Verification;

namespace Engine.Host.Demo.Chaos;

/// <summary>The person before whom orders stand: looks at the exceptions queue after everything is healed and resumes what is in it.</summary>
internal sealed class Person(FrontDoorClient engine)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, string> resumed = new(StringComparer.Ordinal);
    private long lookedAt;

    /// <summary>Orders that had to be resumed, by the reason for which they were parked last.</summary>
    public IReadOnlyDictionary<string, int> AskedFor =>
        resumed.Values.GroupBy(r => r, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);

    /// <summary>A person's help must not hide what the engine should have done alone: of all that the schedule does, only poison orders need one.</summary>
    public InvariantCheck Check
    {
        get
        {
            var others = resumed.Where(r => r.Value != ParkReason.Untranslatable).Select(r => $"{r.Key}: {r.Value}").ToList();
            return new(
                "alone: people asked for poison orders only",
                others.Count == 0,
                others.Count == 0 ? $"{resumed.Count} orders resumed by a person" : $"{others.Count} orders: {string.Join("; ", others.Take(10))}");
        }
    }

    public async Task LookAsync(CancellationToken ct)
    {
        if (lookedAt != 0 && TimeProvider.System.GetElapsedTime(lookedAt) < LookEvery)
        {
            return;
        }

        lookedAt = TimeProvider.System.GetTimestamp();
        try
        {
            foreach (var waiting in await engine.ExceptionsAsync(ct))
            {
                if (resumed.TryAdd($"{waiting.Shop}/{waiting.OrderId}", waiting.Reason))
                {
                    Console.WriteLine($"  a person resumes {waiting.Shop}/{waiting.OrderId}: {waiting.Reason}: {waiting.Detail}");
                }

                await engine.ResumeAsync(waiting.Shop, waiting.OrderId, ct);
            }
        }
        catch (HttpRequestException e)
        {
            Console.WriteLine($"  the exceptions cannot be looked at ({e.Message}); trying again");
        }
    }
}
