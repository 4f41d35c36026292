using Engine.Domain.Orders;
using Engine.Storage.Journal;
using Npgsql;

namespace Engine.Storage.Verification;

/// <summary>Folds one order's events and watches what they must keep among themselves.</summary>
internal sealed class OrderFolder(OrderKey key, MerchantId merchant)
{
    private readonly Dictionary<ParcelId, int> intents = [];
    private readonly Dictionary<ParcelId, string> packages = [];

    public OrderState State { get; private set; } = OrderState.Empty(key, merchant);

    /// <summary>Every parcel that was ever planned for the order; a later plan may have replaced it, its row stays.</summary>
    public HashSet<ParcelId> Planned { get; } = [];

    /// <summary>Versions seen, in a row or not.</summary>
    public int LastVersion { get; private set; }

    public bool IsBroken { get; private set; }

    public void Take(NpgsqlDataReader row, FindingList fold, FindingList oneLabel, FindingList intent)
    {
        var version = row.GetInt32(2);
        if (version != LastVersion + 1)
        {
            fold.Add(key.ToString(), version == LastVersion + 2
                ? $"version {LastVersion + 1} is missing in the journal"
                : $"versions {LastVersion + 1} to {version - 1} are missing in the journal");
            IsBroken = true;
        }

        LastVersion = version;
        OrderEvent happened;
        try
        {
            happened = EventCodec.Decode(row.GetString(5), row.GetInt16(4), row.GetFieldValue<byte[]>(7));
            State = OrderFold.Evolve(State, happened, row.Instant(6));
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or KeyNotFoundException or NotSupportedException or InvalidOperationException)
        {
            fold.Add(key.ToString(), $"version {version} cannot be read: {e.Message}");
            IsBroken = true;
            return;
        }

        Watch(happened, version, oneLabel, intent);
    }

    private void Watch(OrderEvent happened, int version, FindingList oneLabel, FindingList intent)
    {
        switch (happened)
        {
            case OrderAllocated e:
                Planned.UnionWith(e.Parcels.Select(p => p.Id));
                break;
            case PurchaseIntended e:
                intents[e.Parcel] = e.Attempt.Number;
                break;
            case PurchaseUnknown e:
                RequireIntent(e.Parcel, e.Attempt, "an unknown purchase", version, intent);
                break;
            case PurchaseRejected e:
                RequireIntent(e.Parcel, e.Attempt, "a refused purchase", version, intent);
                break;
            case LabelPurchased e:
                RequireIntent(e.Parcel, e.Attempt, "a bought label", version, intent);
                Label(e.Parcel, e.PackageId, version, oneLabel);
                break;
            case TrackingConfirmed e:
                RequireIntent(e.Parcel, e.Attempt, "a tracking number sent", version, intent);
                break;
            case LabelAdopted e:
                if (e.Attempt > 0)
                {
                    RequireIntent(e.Parcel, e.Attempt, "an adopted label", version, intent);
                }

                Label(e.Parcel, e.PackageId, version, oneLabel);
                break;
        }
    }

    private void RequireIntent(ParcelId parcel, int attempt, string what, int version, FindingList intent)
    {
        intent.Checked++;
        if (!intents.TryGetValue(parcel, out var intended) || intended < attempt)
        {
            intent.Add(key.ToString(), $"version {version} records {what} (parcel {parcel}, attempt {attempt}) that no intent preceded");
        }
    }

    private void Label(ParcelId parcel, string packageId, int version, FindingList oneLabel)
    {
        oneLabel.Checked++;
        if (packages.TryGetValue(parcel, out var earlier) && earlier != packageId)
        {
            oneLabel.Add(key.ToString(), $"parcel {parcel} has the labels {earlier} and, at version {version}, {packageId}");
        }

        packages[parcel] = packageId;
    }
}
