using System.Buffers;
using System.Text.Json;
using Engine.Sandbox.Fulfillment;
using Engine.Sandbox.Http;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Shops;
using Engine.Sandbox.Webhooks;

namespace Engine.Sandbox.Ledger;

/// <summary>The ledger as NDJSON, one object a line in order of seq.</summary>
public static class LedgerWriter
{
    private const int LinesMax = 100_000;
    private const int FlushBytes = 64 * 1024;

    public static async Task WriteAsync(HttpContext http, Marketplace market, string? kind, int after, int limit)
    {
        var ledger = market.Ledger;
        (int Count, Action<Utf8JsonWriter, int>? Write) source = kind switch
        {
            "labels" => (ledger.Labels.Count, (json, i) => Label(json, ledger.Labels[i])),
            "calls" => (ledger.Calls.Count, (json, i) => Call(json, ledger.Calls[i])),
            "webhooks" => (ledger.Webhooks.Count, (json, i) => Webhook(json, ledger.Webhooks[i])),
            "orders" => (ledger.Orders.Count, (json, i) => Order(json, ledger.Orders[i])),
            "tokens" => (ledger.Tokens.Count, (json, i) => Token(json, ledger.Tokens[i])),
            "buyers" => (ledger.Orders.Count, (json, i) => Buyer(json, ledger.Orders[i])),
            _ => (0, null),
        };
        if (source.Write is null || after < 0 || limit is < 1 or > LinesMax)
        {
            http.Response.StatusCode = 400;
            await http.Response.WriteAsync("{\"error\":\"kind must be labels, calls, webhooks, orders, tokens or buyers; after 0 or more; limit 1 to 100000.\"}").ConfigureAwait(false);
            return;
        }

        http.Response.ContentType = "application/x-ndjson";
        var buffer = new ArrayBufferWriter<byte>(FlushBytes * 2);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        var last = (int)Math.Min(source.Count, (long)after + limit);
        for (var i = after + 1; i <= last; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("seq"u8, i);
            source.Write(json, i);
            json.WriteEndObject();
            json.Flush();
            json.Reset();
            buffer.Write("\n"u8);
            if (buffer.WrittenCount >= FlushBytes)
            {
                await http.Response.Body.WriteAsync(buffer.WrittenMemory, http.RequestAborted).ConfigureAwait(false);
                buffer.ResetWrittenCount();
            }
        }

        await http.Response.Body.WriteAsync(buffer.WrittenMemory, http.RequestAborted).ConfigureAwait(false);
    }

    private static void Label(Utf8JsonWriter json, LabelSale sale)
    {
        var package = sale.Package;
        lock (package.Shop.Gate)
        {
            json.WriteString("package_id"u8, package.Id);
            json.WriteString("shop_id"u8, package.Shop.Id);
            json.WriteStrings("order_ids"u8, package.Orders.Select(static o => o.Id));
            json.WriteStrings("line_ids"u8, package.Lines.Select(static l => l.Id));
            json.WriteMoney("price"u8, package.PriceCents);
            json.WriteString("currency"u8, package.Shop.Currency);
            json.WriteNumber("sold_at_ms"u8, sale.SoldAtMs);
            json.WriteNumber("sold_system_ms"u8, sale.SoldSystemMs);
            json.WriteString("tracking_number"u8, package.TrackingNumber);
            json.WriteString("state"u8, package.Status == PackageStatus.Cancelled ? "cancelled"u8 : "live"u8);
            Optional(json, "scanned_at_ms"u8, sale.ScannedAtMs);
            json.WriteBoolean("charged_again"u8, sale.ChargedAgain);
            json.WriteStrings("live_before"u8, sale.LiveBefore);
            json.WriteString("bought_by"u8, package.BoughtInSellerCenter ? "seller_center"u8 : "api"u8);
            Optional(json, "bought_by_call"u8, sale.CallSequence > 0 ? sale.CallSequence : null);
        }
    }

    private static void Call(Utf8JsonWriter json, in CallRecord call)
    {
        json.WriteString("app_key"u8, call.AppKey);
        if (call.ShopId is null)
        {
            json.WriteNull("shop_id"u8);
        }
        else
        {
            json.WriteString("shop_id"u8, call.ShopId);
        }

        json.WriteString("api"u8, call.Api);
        json.WriteNumber("http"u8, call.Http);
        json.WriteNumber("code"u8, call.Code);
        json.WriteNumber("arrived_system_ms"u8, Math.Round(call.ArrivedSystemMs, 4));
        json.WriteNumber("business_ms"u8, call.BusinessMs);
        json.WriteNumber("took_ms"u8, Math.Round(call.TookMs, 4));
        json.WriteNumber("limit_in_force"u8, call.LimitInForce);
        json.WriteBoolean("limited"u8, call.Limited);
        if (call.Note is { } note)
        {
            json.WriteString("fault"u8, note.Fault);
            json.WriteString("effect"u8, note.Effect);
            if (note.LateCode is { } code)
            {
                json.WriteNumber("late_code"u8, code);
                json.WriteNumber("late_system_ms"u8, note.LateSystemMs ?? 0);
            }
        }
    }

    private static void Webhook(Utf8JsonWriter json, Notification notification)
    {
        json.WriteString("id"u8, notification.Id);
        json.WriteNumber("type"u8, notification.Type);
        json.WriteString("shop_id"u8, notification.ShopId);
        json.WriteString("order_id"u8, notification.OrderId);
        json.WriteStartArray("attempts"u8);
        foreach (var attempt in notification.Attempts())
        {
            json.WriteStartObject();
            json.WriteNumber("at_ms"u8, attempt.AtMs);
            json.WriteNumber("system_ms"u8, attempt.SystemMs);
            json.WriteString("result"u8, attempt.Result);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("state"u8, notification.State);
        if (notification.Fault is { } fault)
        {
            json.WriteString("fault"u8, fault);
        }
    }

    private static void Order(Utf8JsonWriter json, Order order)
    {
        lock (order.Shop.Gate)
        {
            json.WriteString("order_id"u8, order.Id);
            json.WriteString("shop_id"u8, order.Shop.Id);
            json.WriteString("status"u8, order.Status);
            json.WriteNumber("update_time"u8, order.UpdateTime);
            json.WriteBoolean("fbt"u8, order.IsFbt);
            json.WriteString("shipping_type"u8, order.ShippingType);
            json.WriteNumber("placed_at_ms"u8, order.PlacedAtMs);
            Optional(json, "shippable_at_ms"u8, order.ShippableAtMs);
            if (order.ShippableSystemMs is { } system)
            {
                json.WriteNumber("shippable_system_ms"u8, system);
            }
            else
            {
                json.WriteNull("shippable_system_ms"u8);
            }

            Optional(json, "rts_sla_ms"u8, order.Deadlines.RtsSla > 0 ? order.Deadlines.RtsSla * 1000 : null);
            Optional(json, "tts_sla_ms"u8, order.Deadlines.TtsSla > 0 ? order.Deadlines.TtsSla * 1000 : null);
            Optional(json, "scanned_at_ms"u8, order.ScannedAtMs);
            Optional(json, "cancelled_at_ms"u8, order.CancelledAtMs);
            json.WriteBoolean("cancel_pending"u8, order.PendingCancel is not null);
            json.WriteStrings("line_ids"u8, order.Lines.Select(static l => l.Id));
            json.WriteStrings("package_ids"u8, order.Packages.Select(static p => p.Id));
            json.WriteString("unfinishable"u8, order.Unfinishable);
        }
    }

    /// <summary>What a test looks for where it must not be.</summary>
    private static void Token(Utf8JsonWriter json, TokenPair token)
    {
        json.WriteString("shop_id"u8, token.Shop.Id);
        json.WriteString("access_token"u8, token.AccessToken);
        json.WriteString("refresh_token"u8, token.RefreshToken);
    }

    /// <inheritdoc cref="Token"/>
    private static void Buyer(Utf8JsonWriter json, Order order)
    {
        lock (order.Shop.Gate)
        {
            json.WriteString("order_id"u8, order.Id);
            json.WriteString("name"u8, order.Buyer.Name);
            json.WriteString("phone"u8, order.Buyer.Phone);
            json.WriteString("email"u8, order.Buyer.Email);
            json.WriteString("address_line"u8, order.Buyer.AddressLine1);
        }
    }

    private static void Optional(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
