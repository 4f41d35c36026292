using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Npgsql;

namespace Engine.Storage.Verification;

/// <summary>An order's stored row, read for comparison with the fold of its events.</summary>
internal sealed record StoredOrder(string Shop, string OrderId, bool InHistory, object?[] Values)
{
    public static readonly string[] Columns =
    [
        "merchant", "version", "status", "marketplace_status", "fulfiller", "shipping", "cancel_requested", "late",
        "placed_at", "updated_at", "changed_at", "released_at", "label_by", "dispatch_by", "cancel_unlabelled_at", "cancel_unscanned_at",
        "first_scan_at", "cancelled_at", "warehouse", "parked_reason",
    ];

    public static StoredOrder Read(NpgsqlDataReader row)
    {
        var values = new object?[Columns.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = row.IsDBNull(i + 3) ? null : row.GetValue(i + 3);
        }

        return new StoredOrder(row.GetString(0), row.GetString(1), row.GetBoolean(2), values);
    }

    /// <summary>The same values as the fold has them.</summary>
    public static object?[] Of(OrderState state) =>
    [
        state.Merchant.Value, state.Version, (short)state.Status, (short)state.MarketplaceStatus, (short)state.Fulfiller, (short)state.Shipping,
        state.CancelRequested, state.Late,
        Stored(state.PlacedAt), Stored(state.UpdatedAt), Stored(state.ChangedAt), Stored(state.ReleasedAt), Stored(state.Deadlines.LabelBy),
        Stored(state.Deadlines.DispatchBy), Stored(state.Deadlines.CancelledIfUnlabelledAt), Stored(state.Deadlines.CancelledIfUnscannedAt),
        Stored(state.FirstScanAt), Stored(state.CancelledAt), state.WarehouseId, state.ParkedReason,
    ];

    /// <summary>Null when equal; else the first columns that differ.</summary>
    public string? Difference(OrderState state)
    {
        var expected = Of(state);
        var differing = new List<string>();
        for (var i = 0; i < expected.Length; i++)
        {
            if (!Equals(Values[i], expected[i]))
            {
                differing.Add($"{Columns[i]} is {Values[i] ?? "null"}, its events say {expected[i] ?? "null"}");
            }
        }

        return differing.Count == 0 ? null : string.Join("; ", differing);
    }

    /// <summary>The database keeps microseconds.</summary>
    private static DateTime? Stored(DateTimeOffset? at) =>
        at is { } some ? new DateTime(some.UtcTicks - (some.UtcTicks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc) : null;
}

/// <summary>A parcel's stored row.</summary>
internal sealed record StoredParcel(
    short Status, int Attempt, string? RequestHash, string? PackageId, string? Tracking, string? CarrierId, string? LabelKey)
{
    public static StoredParcel Of(Parcel parcel) => new(
        (short)parcel.Status, parcel.Attempt?.Number ?? 0, parcel.Attempt?.RequestHash, parcel.PackageId, parcel.TrackingNumber, parcel.CarrierId, parcel.LabelKey);
}
