using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Engine.Contracts;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;

namespace Engine.FrontDoor.Tests.Fakes;

/// <summary>The ports of the database, in memory, by their own contracts.</summary>
internal sealed class InMemoryStore : IOrderQueries, IParcelProfiles, IShopRegistry, IApiKeys, IIdempotencyKeys, ILabelVault
{
    private readonly Lock gate = new();
    private readonly List<JournalEvent> journal = [];

    public ConcurrentDictionary<OrderKey, OrderState> Orders { get; } = new();

    public ConcurrentDictionary<OrderKey, ImmutableArray<OrderHistoryEntry>> Histories { get; } = new();

    public ConcurrentDictionary<(MerchantId, string), ParcelMeasure> Profiles { get; } = new();

    public ConcurrentBag<ShopRecord> Shops { get; } = [];

    public ConcurrentDictionary<string, ApiKeyRecord> Keys { get; } = new();

    public ConcurrentDictionary<(string, string), IdempotencyRecord> Idempotency { get; } = new();

    public ConcurrentDictionary<(MerchantId, ShopId, string), byte[]> Labels { get; } = new();

    public InMemoryIncidents Quality { get; } = new();

    /// <summary>Thrown by every read, when set.</summary>
    public Exception? Down { get; set; }

    public int KeyReads;

    public int ShopReads;

    public void Append(OrderKey key, MerchantId merchant, params ReadOnlySpan<OrderEvent> events)
    {
        lock (gate)
        {
            var state = Orders.GetValueOrDefault(key) ?? OrderState.Empty(key, merchant);
            var history = Histories.GetValueOrDefault(key, []);
            foreach (var happened in events)
            {
                state = OrderFold.Evolve(state, happened, TestFrontDoor.Now.AddSeconds(state.Version));
                journal.Add(new JournalEvent(
                    new JournalPosition(1, (ulong)journal.Count + 1, journal.Count + 1), merchant, key, state.Version, state.ChangedAt, happened, "platform", Guid.Empty, "test"));
                history = history.Add(new OrderHistoryEntry(
                    state.Version, state.ChangedAt, OrderEventNames.Of(happened).Name, JsonSerializer.Serialize(happened, happened.GetType()), "platform", "test"));
            }

            Orders[key] = state;
            Histories[key] = history;
        }
    }

    /// <summary>Everything that was appended, in that order.</summary>
    public ImmutableArray<JournalEvent> Journal()
    {
        ThrowIfDown();
        lock (gate)
        {
            return [.. journal];
        }
    }

    public OrderAnswer Decide(OrderKey key, OrderQuestion question)
    {
        lock (gate)
        {
            var order = Orders.GetValueOrDefault(key) ?? OrderState.Empty(key, question.Merchant);
            switch (OrderDecider.Decide(order, question.Command, new FulfillmentPolicy()))
            {
                case Decision.Accepted accepted:
                    foreach (var happened in accepted.Events)
                    {
                        Append(key, question.Merchant, happened);
                    }

                    if (question.Idempotency is { } record)
                    {
                        Assert.True(Idempotency.TryAdd((record.Scope, record.Key), record));
                    }

                    return new OrderAnswer(AskResult.Accepted, Orders[key]);
                case Decision.Refused refused:
                    return new OrderAnswer(AskResult.Refused, order, refused.Reason, refused.Message);
                default:
                    return new OrderAnswer(AskResult.AlreadyDone, order);
            }
        }
    }

    public Task<ImmutableArray<OrderRow>> ListAsync(OrderListQuery query, CancellationToken ct)
    {
        ThrowIfDown();
        return Task.FromResult<ImmutableArray<OrderRow>>(
        [
            .. Orders.Values
                .Where(o => o.Merchant == query.Merchant && (query.Shop is null || o.Key.Shop == query.Shop))
                .Where(o => query.Statuses.IsEmpty || query.Statuses.Contains(o.Status))
                .Where(o => query.DueBefore is null || o.Deadlines.DispatchBy < query.DueBefore)
                .OrderBy(o => o.ChangedAt).ThenBy(o => o.Key.Shop.Value, StringComparer.Ordinal).ThenBy(o => o.Key.OrderId, StringComparer.Ordinal)
                .Where(o => query.After is not { } a || Compare(o, a) > 0)
                .Take(query.Limit)
                .Select(o => new OrderRow(
                    o.Key, o.Status, o.Version, o.PlacedAt, o.ChangedAt, o.Deadlines.LabelBy, o.Deadlines.DispatchBy, o.FirstScanAt, o.Late, o.ParkedReason)),
        ]);
    }

    public Task<ImmutableArray<ExceptionRow>> ExceptionsAsync(ExceptionQuery query, CancellationToken ct)
    {
        ThrowIfDown();
        return Task.FromResult<ImmutableArray<ExceptionRow>>(
        [
            .. Orders.Values
                .Where(o => o.Status == OrderStatus.Parked && o.Merchant == query.Merchant && (query.Shops.IsEmpty || query.Shops.Contains(o.Key.Shop)))
                .Where(o => query.Reason is null || o.ParkedReason == query.Reason)
                .OrderBy(o => o.ParkedAt).ThenBy(o => o.Key.Shop.Value, StringComparer.Ordinal).ThenBy(o => o.Key.OrderId, StringComparer.Ordinal)
                .Where(o => query.After is not { } a || Compare(o with { ChangedAt = o.ParkedAt!.Value }, (a.Since, a.Shop, a.OrderId)) > 0)
                .Take(query.Limit)
                .Select(o => new ExceptionRow(o.Key, o.ParkedReason!, o.ParkedDetail!, o.ParkedAt!.Value, ExceptionRules.DeadlineOf(o, new FulfillmentPolicy()))),
        ]);
    }

    public Task<ImmutableArray<ExceptionCount>> CountExceptionsAsync(CancellationToken ct) => throw new NotSupportedException();

    private static int Compare(OrderState o, (DateTimeOffset ChangedAt, ShopId Shop, string OrderId) after)
    {
        var at = o.ChangedAt.CompareTo(after.ChangedAt);
        var shop = string.CompareOrdinal(o.Key.Shop.Value, after.Shop.Value);
        return at != 0 ? at : shop != 0 ? shop : string.CompareOrdinal(o.Key.OrderId, after.OrderId);
    }

    public Task<ImmutableArray<OrderHistoryEntry>> HistoryAsync(MerchantId merchant, OrderKey key, CancellationToken ct)
    {
        ThrowIfDown();
        return Task.FromResult(Orders.TryGetValue(key, out var order) && order.Merchant == merchant ? Histories[key] : []);
    }

    public Task<ImmutableArray<StatusCount>> CountAsync(DateTimeOffset businessNow, CancellationToken ct) => throw new NotSupportedException();

    public Task<ImmutableDictionary<string, DateTimeOffset>> UpdatedAtAsync(ShopId shop, ImmutableArray<string> orderIds, CancellationToken ct) =>
        throw new NotSupportedException("The front door does not ask for this.");

    public Task<ImmutableArray<string>> OpenOrdersAsync(ShopId shop, DateTimeOffset changedBefore, int max, CancellationToken ct) =>
        throw new NotSupportedException();

    public ValueTask<ImmutableDictionary<string, ParcelMeasure>> FindAsync(MerchantId merchant, ImmutableArray<string> skus, CancellationToken ct)
    {
        ThrowIfDown();
        return new(skus.Where(s => Profiles.ContainsKey((merchant, s))).ToImmutableDictionary(s => s, s => Profiles[(merchant, s)]));
    }

    public Task PutAsync(ImmutableArray<ParcelProfile> profiles, CancellationToken ct)
    {
        ThrowIfDown();
        foreach (var p in profiles)
        {
            Profiles[(p.Merchant, p.Sku)] = p.Measure;
        }

        return Task.CompletedTask;
    }

    public Task BindAsync(ShopRecord shop, CancellationToken ct) => throw new NotSupportedException();

    public Task<ImmutableArray<ShopRecord>> ListAsync(CancellationToken ct)
    {
        Interlocked.Increment(ref ShopReads);
        ThrowIfDown();
        return Task.FromResult(Shops.ToImmutableArray());
    }

    ValueTask<ApiKeyRecord?> IApiKeys.FindAsync(string keyId, CancellationToken ct)
    {
        Interlocked.Increment(ref KeyReads);
        ThrowIfDown();
        return new(Keys.GetValueOrDefault(keyId));
    }

    public Task AddAsync(ApiKeyRecord key, CancellationToken ct)
    {
        Keys[key.KeyId] = key;
        return Task.CompletedTask;
    }

    ValueTask<IdempotencyRecord?> IIdempotencyKeys.FindAsync(string scope, string key, CancellationToken ct)
    {
        ThrowIfDown();
        return new(Idempotency.GetValueOrDefault((scope, key)));
    }

    public ValueTask<string> StoreAsync(MerchantId merchant, ShopId shop, ParcelId parcel, ReadOnlyMemory<byte> content, CancellationToken ct) =>
        throw new NotSupportedException();

    public ValueTask<byte[]?> ReadAsync(MerchantId merchant, ShopId shop, string labelKey, CancellationToken ct)
    {
        ThrowIfDown();
        return new(Labels.GetValueOrDefault((merchant, shop, labelKey)));
    }

    private void ThrowIfDown()
    {
        if (Down is { } exception)
        {
            throw exception;
        }
    }
}
