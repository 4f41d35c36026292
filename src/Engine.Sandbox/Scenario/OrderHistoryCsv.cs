using System.Globalization;

namespace Engine.Sandbox.Scenario;

/// <summary>One unit that a real marketplace sold. Times are local, without offset.</summary>
public sealed record HistoryRow(string OrderId, int Line, string SellerId, string Sku, string Status, DateTime PurchasedAt, DateTime ShipBy, DateTime? HandedToCarrierAt,
    decimal Price, string SellerState, string BuyerState, string BuyerZip);

/// <summary>Reads the format of marketplace-orders: a header line, plain commas, no quoted fields.</summary>
public static class OrderHistoryCsv
{
    private static readonly string[] Columns = ["order_id", "line", "seller_id", "sku", "status", "purchased_at", "ship_by", "handed_to_carrier_at", "price_brl", "seller_state", "buyer_state", "buyer_zip"];

    public static async Task<List<HistoryRow>> ReadAsync(Stream csv, CancellationToken cancellation)
    {
        using var reader = new StreamReader(csv);
        var header = (await reader.ReadLineAsync(cancellation).ConfigureAwait(false) ?? "").Split(',');
        var at = Columns.ToDictionary(static c => c, c => Array.IndexOf(header, c), StringComparer.Ordinal);
        var missing = at.Where(static c => c.Value < 0).Select(static c => c.Key).ToList();
        if (missing.Count > 0)
        {
            throw new BadHttpRequestException("The CSV lacks the columns " + string.Join(", ", missing) + ".");
        }

        var rows = new List<HistoryRow>();
        while (await reader.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
        {
            if (line.Length == 0)
            {
                continue;
            }

            var fields = line.Split(',');
            if (fields.Length != header.Length)
            {
                throw new BadHttpRequestException($"Line {rows.Count + 2} has {fields.Length} fields instead of {header.Length}.");
            }

            rows.Add(new HistoryRow(fields[at["order_id"]], int.Parse(fields[at["line"]], CultureInfo.InvariantCulture), fields[at["seller_id"]], fields[at["sku"]],
                fields[at["status"]], Time(fields[at["purchased_at"]]), Time(fields[at["ship_by"]]),
                fields[at["handed_to_carrier_at"]] is { Length: > 0 } handed ? Time(handed) : null,
                decimal.Parse(fields[at["price_brl"]], CultureInfo.InvariantCulture), fields[at["seller_state"]], fields[at["buyer_state"]], fields[at["buyer_zip"]]));
        }

        return rows;
    }

    private static DateTime Time(string text) => DateTime.ParseExact(text, "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
