using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Work;

namespace Engine.Testing.Postgres;

/// <summary>What a desk knows that loads its work when it starts, and again only when the journal's reader tells it to.</summary>
/// <param name="now">Business time by which work must be due.</param>
public sealed class TestDesk(TestStorage storage, ShopId shop, Desk desk, DateTimeOffset now)
{
    private ImmutableArray<DueWork> known = [];

    public async Task LoadAsync() =>
        known = await storage.Work.LoadAsync(shop, DeskRules.KindsOf(desk), now, now, int.MaxValue, CancellationToken.None);

    public Task ToldAsync(JournalBatch batch) =>
        batch.Events.Any(e => e.Order.Shop == shop && DeskRules.ToldOf(e.Event) == desk) ? LoadAsync() : Task.CompletedTask;

    /// <summary>Work that these orders need from this desk, and of which it does not know. Rows of orders that have moved on are the desk's to drop.</summary>
    public IEnumerable<(string OrderId, WorkKind Kind)> Missing(IEnumerable<OrderAppend> last) =>
        last.SelectMany(order => order.Work
                .Where(w => DeskRules.DoneBy(w.Kind) == desk && w.DueAt <= now)
                .Select(w => (order.After.Key.OrderId, w.Kind)))
            .Except(known.Select(d => (d.Order.OrderId, d.Kind)));
}
