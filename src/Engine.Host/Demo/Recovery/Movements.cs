using Engine.Host.Verification;
using Npgsql;

namespace Engine.Host.Demo.Recovery;

/// <summary>A time in which an order waited for the engine: from its last step (or from when it could be shipped) to its next.</summary>
/// <param name="To">Null: it never went on.</param>
/// <param name="InDoubt">A purchase attempt of the order was open: nobody may go on before the fence.</param>
internal sealed record OrderWait(string Shop, string OrderId, string After, string? Next, DateTimeOffset From, DateTimeOffset? To, bool InDoubt);

/// <summary>When orders went on, by the commits of their events; PostgreSQL must keep the instants of commits (`track_commit_timestamp`).</summary>
internal sealed class Movements(IReadOnlyList<OrderWait> waits)
{
    public static readonly IReadOnlyDictionary<string, string> DatabaseSettings = new Dictionary<string, string> { ["track_commit_timestamp"] = "on" };

    /// <summary>Events that the marketplace's doings bring, and that bring an order no step nearer to its label.</summary>
    private const string NoStep = "order.updated";

    /// <summary>With these the engine's part is done, or a person's begins. A parcel that was scanned needs no label file any more.</summary>
    private static readonly HashSet<string> Ends = new(StringComparer.Ordinal) { "label.document_ready", "package.first_scan", "order.cancelled", "exception.opened" };

    public static async Task<Movements> ReadAsync(NpgsqlDataSource database, SandboxLedger ledger, CancellationToken ct)
    {
        var steps = await StepsAsync(database, ct);
        var waits = new List<OrderWait>();
        await foreach (var order in ledger.OrdersAsync(ct))
        {
            if (order.ShippableSystemMs is { } shippable && !order.Fbt)
            {
                waits.AddRange(WaitsOf(order, DateTimeOffset.UnixEpoch.AddMilliseconds(shippable), steps.GetValueOrDefault(order.OrderId) ?? []));
            }
        }

        return new Movements(waits);
    }

    /// <summary>Waits that overlap a time, each from its begin or the time's begin, whichever is later.</summary>
    /// <param name="to">Waits that begin later belong to somebody else; those that end later are whole.</param>
    public IEnumerable<(OrderWait Wait, TimeSpan Took)> In(DateTimeOffset from, DateTimeOffset to) =>
        waits.Where(w => w.From < to && (w.To is not { } end || end > from))
            .Select(w => (w, w.To is { } ended ? ended - (w.From > from ? w.From : from) : TimeSpan.MaxValue));

    private static IEnumerable<OrderWait> WaitsOf(LedgerOrder order, DateTimeOffset shippableAt, List<(string Name, DateTimeOffset At, string Shop)> steps)
    {
        var after = "shippable";
        var from = shippableAt;
        var inDoubt = false;
        var shop = steps.Count > 0 ? steps[0].Shop : order.ShopId;
        foreach (var (name, at, _) in steps)
        {
            yield return new OrderWait(shop, order.OrderId, after, name, from, at, inDoubt);
            inDoubt = name switch
            {
                "label.intended" or "label.unknown" or "label.read_back_empty" => true,
                _ when name.StartsWith("label.", StringComparison.Ordinal) => false,
                _ => inDoubt,
            };
            (after, from) = (name, at);
            if (Ends.Contains(name))
            {
                yield break;
            }
        }

        if (order.CancelledAtMs is null)
        {
            yield return new OrderWait(shop, order.OrderId, after, null, from, null, inDoubt);
        }
    }

    /// <summary>Several events of one commit are one step: the last of them.</summary>
    private static async Task<Dictionary<string, List<(string Name, DateTimeOffset At, string Shop)>>> StepsAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select order_id, shop, name, pg_xact_commit_timestamp(xid::xid)
            from order_events where name <> $1 order by shop, order_id, version
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = NoStep });
        command.CommandTimeout = 300;
        var steps = new Dictionary<string, List<(string, DateTimeOffset At, string)>>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var order = reader.GetString(0);
            if (!steps.TryGetValue(order, out var own))
            {
                steps[order] = own = [];
            }

            var step = (reader.GetString(2), At: reader.GetFieldValue<DateTimeOffset>(3), reader.GetString(1));
            if (own.Count > 0 && own[^1].At == step.At)
            {
                own[^1] = step;
            }
            else
            {
                own.Add(step);
            }
        }

        return steps;
    }
}
