using System.ComponentModel;
using System.Globalization;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.FrontDoor.Access;
using Engine.FrontDoor.Orders;
using Engine.FrontDoor.Problems;
using Engine.FrontDoor.Shops;
using Engine.FrontDoor.Wire;
using Microsoft.AspNetCore.Http;

namespace Engine.FrontDoor.Events;

/// <summary>`/v1/events`: the journal, as an ERP follows it.</summary>
/// <remarks>Nothing is kept here of who has read what: the reader's own cursor says it, so that a host may die at any moment and another goes on.</remarks>
internal sealed class EventApi(IJournalFeed journal, ShopDirectory shops, EventCursor cursors, IPausePoints points)
{
    private const string FromStart = "start";
    private const string FromNow = "now";

    public async Task<IResult> ListAsync(
        HttpContext http,
        [Description("Only this shop's events.")] string? shop,
        [Description("Without a cursor: `start` (the default) for everything there ever was, `now` for what happens from now on.")] string? from,
        [Description("next_cursor of the page before, with the same filter. Good for ever; ask with it again when the answer was lost.")] string? cursor,
        [Description(PageLimit.Description)] int? limit,
        CancellationToken ct)
    {
        Check(from, cursor, limit);
        var caller = http.Caller();
        ShopId? only = shop is null ? null : (await http.ShopAsync(shops, shop)).Shop;

        // Not of the key itself: one that takes its place goes on where it stood.
        var filter = $"{caller.Merchant}\n{only}\n{string.Join(',', caller.Key.Shops.Select(s => s.Value).Order(StringComparer.Ordinal))}";
        var positions = cursor is not null ? cursors.Open(cursor, journal.Partitions, filter) : await BeginAsync(from, ct);
        var (read, more) = await ReadAsync(PartitionsOf(caller, only), positions, limit ?? PageLimit.Default, ct);
        var mine = read.Where(e => e.Merchant == caller.Merchant && (only is { } one ? e.Order.Shop == one : caller.Covers(e.Order.Shop))).ToList();
        return new Told(new EventPage([.. mine.Select(Of)], cursors.Seal(positions, filter), more), [.. mine.Select(e => e.Order).Distinct()], points);
    }

    private async Task<JournalPosition[]> BeginAsync(string? from, CancellationToken ct)
    {
        var positions = new JournalPosition[journal.Partitions];
        if (from == FromNow)
        {
            Array.Fill(positions, await journal.HorizonAsync(ct));
        }

        return positions;
    }

    /// <summary>A shop is always in the same partition.</summary>
    private IEnumerable<int> PartitionsOf(Caller caller, ShopId? only) =>
        only is { } one ? [journal.PartitionOf(one)]
        : caller.Key.Shops.IsEmpty ? Enumerable.Range(0, journal.Partitions)
        : caller.Key.Shops.Select(journal.PartitionOf).Distinct();

    /// <summary>The next rows of all these partitions, oldest first, of whichever merchant: so one page costs the same for everybody. Moves the positions behind them.</summary>
    private async Task<(List<JournalEvent> Read, bool More)> ReadAsync(IEnumerable<int> partitions, JournalPosition[] positions, int limit, CancellationToken ct)
    {
        var ahead = new List<(int Partition, JournalEvent Event)>();
        foreach (var partition in partitions)
        {
            var batch = await journal.ReadAsync(partition, positions[partition], limit, ct);
            ahead.AddRange(batch.Events.Select(e => (partition, e)));
        }

        var page = ahead.OrderBy(a => a.Event.Position).Take(limit).ToList();
        foreach (var (partition, happened) in page)
        {
            positions[partition] = happened.Position;
        }

        return ([.. page.Select(p => p.Event)], page.Count == limit);
    }

    private static EventView Of(JournalEvent happened)
    {
        var version = happened.Version.ToString(CultureInfo.InvariantCulture);
        return new EventView(
            "1.0",
            $"{happened.Order}/{version}",
            OrderView.Path(happened.Order),
            OrderEventNames.Of(happened.Event).Name,
            happened.Order.ToString(),
            happened.At,
            "application/json",
            version,
            "Integer",
            new EventData(happened.Order.Shop.Value, happened.Order.OrderId, happened.Version, OrderEventSubject.ParcelOf(happened.Event)?.Value));
    }

    private static void Check(string? from, string? cursor, int? limit)
    {
        var wrong = new List<FieldProblem>();
        if (PageLimit.WrongIn(limit) is { } unfit)
        {
            wrong.Add(unfit);
        }

        if (from is not (null or FromStart or FromNow))
        {
            wrong.Add(new FieldProblem("from", $"One of {FromStart}, {FromNow}."));
        }
        else if (from is not null && cursor is not null)
        {
            wrong.Add(new FieldProblem("from", "Where to begin, for the first page only: leave it out where there is a cursor."));
        }

        if (wrong.Count > 0)
        {
            throw new ProblemException(Problem.WrongParameters([.. wrong]));
        }
    }

    /// <summary>The page; and behind its last byte the moment in which the reader has it and nobody here knows that.</summary>
    private sealed class Told(EventPage page, IReadOnlyList<OrderKey> orders, IPausePoints points) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            await Answer.Ok(page).ExecuteAsync(httpContext);
            await httpContext.Response.CompleteAsync();
            await Task.WhenAll(orders.Select(o => points.ReachAsync(KillPoint.ErpTold, o).AsTask()));
        }
    }
}
