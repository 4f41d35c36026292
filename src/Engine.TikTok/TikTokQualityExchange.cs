using System.Collections.Immutable;
using System.Text.Json;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.TikTok.Calls;
using Engine.TikTok.Translation;
using Engine.TikTok.Transport;
using Engine.TikTok.Wire;

namespace Engine.TikTok;

/// <summary>The platform's exchange for its Quality Engine (data_reconciliation 202401). The engine calls it only where a channel is set.</summary>
internal sealed class TikTokQualityExchange(SignedCaller caller) : IQualityExchange
{
    public Task<CallOutcome<ImmutableArray<QualityRefusal>>> ReportAsync(
        ShopId shop, string channel, ImmutableArray<QualityReport> orders, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(orders.Length, IQualityExchange.OrdersMax);
        if (!QualityTranslation.Channels.Contains(channel))
        {
            throw new ArgumentException($"'{channel}' is none of {string.Join(", ", QualityTranslation.Channels)}.", nameof(channel));
        }

        return caller.CallAsync(
            Endpoints.QualityExchange, shop, "/data_reconciliation/202401/orders/import", null,
            JsonSerializer.SerializeToUtf8Bytes(QualityTranslation.Of(channel, orders), WireJson.Default.QualityImportWire), QualityTranslation.Refused, ct);
    }
}
