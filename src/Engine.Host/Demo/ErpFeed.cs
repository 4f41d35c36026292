using System.Text.Json;
using Engine.Host.Verification;

namespace Engine.Host.Demo;

/// <summary>An ERP that follows `/v1/events` while hosts die: asks whichever host answers, keeps what it was told together with the cursor, and asks
/// again with the old cursor where no answer came.</summary>
internal sealed class ErpFeed : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>System time: a host that stands still takes the call and never answers.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(3);

    /// <summary>System time in which it must have heard everything once nothing happens any more.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly IReadOnlyList<FrontDoorClient> hosts;
    private readonly CancellationTokenSource stop = new();
    private readonly Dictionary<string, int> heard = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> broken = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private readonly Task following;
    private string? cursor;
    private int host;
    private long events;
    private int unanswered;

    private ErpFeed(IReadOnlyList<FrontDoorClient> hosts)
    {
        this.hosts = hosts;
        following = FollowAsync();
    }

    public static ErpFeed Follow(IReadOnlyList<FrontDoorClient> hosts) => new(hosts);

    /// <summary>Every event of every order was told, each order's in their order, none twice to one who keeps its cursor. Ends the following.</summary>
    public async Task<InvariantCheck> CheckAsync(RunDatabase database)
    {
        var started = TimeProvider.System.GetTimestamp();
        var different = await DifferentAsync(database);
        while (different.Count > 0 && !following.IsCompleted && TimeProvider.System.GetElapsedTime(started) < Patience)
        {
            await Task.Delay(LookEvery, TimeProvider.System);
            different = await DifferentAsync(database);
        }

        await stop.CancelAsync();
        await following;
        var wrong = broken.Values.Concat(different).ToList();
        return new(
            "5 journal, as told to an ERP",
            wrong.Count == 0 && events > 0,
            wrong.Count == 0
                ? $"{events} events of {heard.Count} orders, each once and in its order; {unanswered} calls had no answer and were made again"
                : $"{wrong.Count} orders: {string.Join("; ", wrong.Take(10))}");
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task<List<string>> DifferentAsync(RunDatabase database)
    {
        var stored = await database.EventVersionsAsync(CancellationToken.None);
        lock (gate)
        {
            return
            [
                .. stored.Keys.Union(heard.Keys, StringComparer.Ordinal)
                    .Where(order => heard.GetValueOrDefault(order) != stored.GetValueOrDefault(order))
                    .Select(order => $"{order} is at {stored.GetValueOrDefault(order)}, and was told up to {heard.GetValueOrDefault(order)}")
                    .Order(StringComparer.Ordinal),
            ];
        }
    }

    private async Task FollowAsync()
    {
        try
        {
            while (true)
            {
                var page = await AskAsync();
                if (page is not null)
                {
                    Keep(page);
                }

                if (page is not { HasMore: true })
                {
                    await Task.Delay(LookEvery, TimeProvider.System, stop.Token);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    /// <returns>Null: no answer, for whatever reason; the next host is asked the same.</returns>
    private async Task<EventsAnswer?> AskAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        limit.CancelAfter(AnswerTimeout);
        try
        {
            return await hosts[host].EventsAsync(cursor, limit.Token);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            unanswered++;
            host = (host + 1) % hosts.Count;
            return null;
        }
    }

    private void Keep(EventsAnswer page)
    {
        lock (gate)
        {
            foreach (var told in page.Events)
            {
                var order = $"{told.Data.Shop}/{told.Data.OrderId}";
                var before = heard.GetValueOrDefault(order);
                if (told.Data.Version != before + 1)
                {
                    broken.TryAdd(order, $"{order} was told its event {told.Data.Version} ({told.Type}) after its event {before}");
                }

                heard[order] = Math.Max(before, told.Data.Version);
                events++;
            }

            cursor = page.NextCursor;
        }
    }
}
