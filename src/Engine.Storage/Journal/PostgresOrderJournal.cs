using System.Security.Cryptography;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Storage.Secrets;
using Npgsql;

namespace Engine.Storage.Journal;

/// <summary>The journal in PostgreSQL: gathered writes in two lanes, gathered reads.</summary>
/// <remarks>Dispose it after everything that writes; what was queued is still answered.</remarks>
public sealed class PostgresOrderJournal : IOrderJournal, IAsyncDisposable
{
    private static readonly AppendAnswer QueueFull = new(AppendResult.NotApplied, "The journal's queue is full.");

    private readonly CommitLane[] lanes;
    private readonly OrderLoader loader;
    private readonly ShopDataKeys keys;
    private readonly JournalOptions options;
    private readonly IJournalInstruments instruments;

    /// <param name="source">For reading; pooled.</param>
    /// <param name="lanes">Opens the connections of the lanes; see <see cref="EngineDataSources"/>.</param>
    public PostgresOrderJournal(
        NpgsqlDataSource source,
        NpgsqlDataSource lanes,
        ShopDataKeys keys,
        JournalSignals signals,
        JournalOptions options,
        IJournalInstruments instruments,
        TimeProvider systemClock)
    {
        this.keys = keys;
        this.options = options;
        this.instruments = instruments;
        loader = new OrderLoader(source, options);
        this.lanes = new CommitLane[options.Lanes];
        for (var i = 0; i < options.Lanes; i++)
        {
            this.lanes[i] = new CommitLane(options, new BatchWriter(lanes.OpenConnectionAsync, options, signals, instruments, systemClock));
        }
    }

    public ValueTask<LoadedOrder?> LoadAsync(OrderKey key, CancellationToken ct) => loader.LoadAsync(key, ct);

    public ValueTask<AppendAnswer> AppendAsync(AppendUnit unit, CancellationToken ct)
    {
        Check(unit, options.EventsLeftOutToMeasure);
        foreach (var append in unit.Orders)
        {
            if (!append.Recipient.IsEmpty)
            {
                return new ValueTask<AppendAnswer>(AppendWithRecipientsAsync(unit, CopyRecipients(unit), ct));
            }
        }

        return Enqueue(unit, recipients: null);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var lane in lanes)
        {
            await lane.DisposeAsync().ConfigureAwait(false);
        }

        await loader.DisposeAsync().ConfigureAwait(false);
    }

    private ValueTask<AppendAnswer> Enqueue(AppendUnit unit, byte[]?[]? recipients)
    {
        var request = new AppendRequest(unit, recipients);
        if (request.Bytes > options.UnitBytes)
        {
            instruments.NotAccepted(AppendResult.Refused);
            return new(new AppendAnswer(
                AppendResult.Refused, $"{unit.Orders[0].After.Key}: the unit has {request.Bytes} bytes; at most {options.UnitBytes} are stored."));
        }

        var lane = lanes[ShopHash.LaneOf(unit.Orders[0].After.Key.Shop.Value, lanes.Length)];
        if (!lane.TryEnqueue(request))
        {
            instruments.NotAccepted(AppendResult.NotApplied);
            return new(QueueFull);
        }

        // Not cancelled by the caller: once queued it may be committed, and the caller must hear of that.
        return new(request.Answered);
    }

    private async Task<AppendAnswer> AppendWithRecipientsAsync(AppendUnit unit, byte[]?[] recipients, CancellationToken ct)
    {
        var first = unit.Orders[0].After;
        try
        {
            var key = await keys.GetAsync(first.Merchant, first.Key.Shop, ct).ConfigureAwait(false);
            for (var i = 0; i < recipients.Length; i++)
            {
                if (recipients[i] is { } clear)
                {
                    recipients[i] = key.Protect(clear, RecipientPurpose(unit.Orders[i].After.Key));
                    CryptographicOperations.ZeroMemory(clear);
                }
            }
        }
        catch (NpgsqlException e)
        {
            return new AppendAnswer(AppendResult.NotApplied, WriteFaults.Describe(e));
        }

        return await Enqueue(unit, recipients).ConfigureAwait(false);
    }

    internal static string RecipientPurpose(OrderKey key) => $"recipients/{key}/recipient";

    private static byte[]?[] CopyRecipients(AppendUnit unit)
    {
        var copies = new byte[unit.Orders.Length][];
        for (var i = 0; i < copies.Length; i++)
        {
            if (!unit.Orders[i].Recipient.IsEmpty)
            {
                copies[i] = unit.Orders[i].Recipient.ToArray();
            }
        }

        return copies;
    }

    /// <summary>A unit that contradicts itself is a mistake of its maker, not of the database.</summary>
    private static void Check(AppendUnit unit, bool eventsLeftOut)
    {
        if (unit.Orders.IsDefaultOrEmpty)
        {
            throw new ArgumentException("A unit needs at least one order.", nameof(unit));
        }

        for (var i = 0; i < unit.Orders.Length; i++)
        {
            var append = unit.Orders[i];
            var events = eventsLeftOut ? append.After.Version - append.ExpectedVersion : append.Events.IsDefault ? 0 : append.Events.Length;
            if (events < 1 || append.ExpectedVersion < 0 || append.After.Version != append.ExpectedVersion + events)
            {
                throw new ArgumentException(
                    $"{append.After.Key}: {append.Events.Length} events on version {append.ExpectedVersion} do not lead to version {append.After.Version}.", nameof(unit));
            }

            for (var j = 0; j < i; j++)
            {
                if (unit.Orders[j].After.Key == append.After.Key)
                {
                    throw new ArgumentException($"{append.After.Key} is twice in a unit.", nameof(unit));
                }
            }

            if (append.After.Key.Shop != unit.Orders[0].After.Key.Shop)
            {
                throw new ArgumentException($"{append.After.Key} and {unit.Orders[0].After.Key} are of two shops: a unit is of one.", nameof(unit));
            }
        }
    }
}
