using System.Collections.Immutable;
using System.Text.Json;
using Engine.Domain.Orders;
using Engine.TikTok.Wire;

namespace Engine.TikTok.Translation;

/// <summary>An order of the wire in the engine's words, without the buyer's person.</summary>
internal static class OrderTranslation
{
    /// <summary>Largest order object that is taken in; a real one has a few kilobytes a line (invented).</summary>
    private const int OrderBytesMax = 1024 * 1024;

    private const int WordMax = 40;

    /// <summary>The orders of an answer's data, the token of the next page, and how many orders the whole list is said to have.</summary>
    /// <param name="isKnown">Orders of which the caller has this update already (by id and update time) are left out, untranslated.</param>
    /// <exception cref="JsonException">The data is no such page, or an order without id.</exception>
    public static (ImmutableArray<MarketplaceOrder> Orders, string? NextPageToken, long? Counted) Page(
        ReadOnlyMemory<byte> data, Func<string, DateTimeOffset, bool>? isKnown = null)
    {
        if (data.IsEmpty)
        {
            return ([], null, null);
        }

        var orders = ImmutableArray.CreateBuilder<MarketplaceOrder>();
        string? next = null;
        long? counted = null;
        var reader = new Utf8JsonReader(data.Span);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("the data is no object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("orders"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.Null)
                {
                    continue;
                }

                if (reader.TokenType != JsonTokenType.StartArray)
                {
                    throw new JsonException("orders is no list");
                }

                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    var start = (int)reader.TokenStartIndex;
                    if (isKnown is null)
                    {
                        reader.Skip();
                    }
                    else if (SkipOrder(ref reader) is ({ } id, { } at) && isKnown(id, at))
                    {
                        continue;
                    }

                    orders.Add(Order(data[start..(int)reader.BytesConsumed]));
                }
            }
            else if (reader.ValueTextEquals("next_page_token"u8))
            {
                reader.Read();
                next = LenientText.Read(ref reader);
            }
            else if (reader.ValueTextEquals("total_count"u8))
            {
                reader.Read();
                counted = LenientNumber.Read(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return (orders.DrainToImmutable(), string.IsNullOrEmpty(next) ? null : next, counted);
    }

    /// <param name="json">One order object of the wire.</param>
    public static MarketplaceOrder Order(ReadOnlyMemory<byte> json)
    {
        if (json.Length > OrderBytesMax)
        {
            return Unreadable(json.Span, default, $"its detail has more than {OrderBytesMax} bytes");
        }

        // One order of an unexpected shape must not hide its neighbours: it is kept, in a status that nobody acts on, and shown to a person.
        var document = RecipientRemoval.Split(json.Span);
        try
        {
            return Translate(JsonSerializer.Deserialize(json.Span, WireJson.Default.OrderWire) ?? throw new JsonException("an order is null"), document);
        }
        catch (JsonException e)
        {
            return Unreadable(json.Span, document.Document, e.Path is { } path ? $"its shape at {path}" : "its shape");
        }
    }

    private static MarketplaceOrder Translate(OrderWire wire, RecipientRemoval document)
    {
        var id = string.IsNullOrEmpty(wire.Id) ? throw new JsonException("an order has no id") : wire.Id;
        var (fulfiller, fulfillerKnown) = Fulfiller(wire.FulfillmentType);
        var (shipping, shippingKnown) = Shipping(wire.ShippingType);
        var status = OrderWords.Status(wire.Status);
        var lines = Lines(wire.LineItems, status == MarketplaceStatus.PartiallyShipping ? null : Filled(wire.TrackingNumber));
        var address = wire.RecipientAddress;
        var placed = Instants.Of(wire.CreateTime);
        return new MarketplaceOrder
        {
            OrderId = id,

            // An unknown kind of fulfilment or shipping is as little to be acted on as an unknown status.
            Status = fulfillerKnown && shippingKnown ? status : MarketplaceStatus.Unrecognised,
            NotUnderstood = fulfillerKnown && shippingKnown && status != MarketplaceStatus.Unrecognised
                ? null
                : !fulfillerKnown ? $"fulfillment_type {Word(wire.FulfillmentType)}" : !shippingKnown ? $"shipping_type {Word(wire.ShippingType)}" : $"status {Word(wire.Status)}",
            UpdatedAt = Instants.Of(wire.UpdateTime) ?? placed ?? DateTimeOffset.UnixEpoch,
            PlacedAt = placed ?? Instants.Of(wire.UpdateTime) ?? DateTimeOffset.UnixEpoch,
            PaidAt = Instants.Of(wire.PaidTime),
            Fulfiller = fulfiller,
            Shipping = shipping,
            LabelBy = Instants.Of(wire.RtsSlaTime),
            DispatchBy = Instants.Of(wire.TtsSlaTime),
            CancelledIfUnlabelledAt = Instants.Of(wire.ShippingDueTime) ?? Instants.Of(wire.CancelOrderSlaTime),
            CancelledIfUnscannedAt = Instants.Of(wire.CollectionDueTime),
            FirstScanAt = Instants.Of(wire.CollectionTime),
            DeliveredAt = Instants.Of(wire.DeliveryTime),
            CancelledAt = Instants.Of(wire.CancelTime),
            CancelRequested = wire.IsBuyerRequestCancel ?? false,
            CancelReason = status == MarketplaceStatus.Cancelled ? CancelReason(wire) : null,
            WarehouseId = Filled(wire.WarehouseId),
            DeliveryOptionId = Filled(wire.DeliveryOptionId),
            Lines = lines,
            PackageIds = Packages(wire, lines),
            TrackingNumber = Filled(wire.TrackingNumber) ?? OnlyOne(wire.LineItems, static line => line.TrackingNumber),
            CarrierName = Filled(wire.ShippingProvider) ?? OnlyOne(wire.LineItems, static line => line.ShippingProviderName),
            Country = Filled(address?.RegionCode),
            State = Filled(address?.DistrictInfo?.FirstOrDefault(static district => district?.AddressLevel == "L1")?.AddressName),
            PostalPrefix = PostalPrefix(address?.PostalCode),
            Document = document.Document,
            Recipient = shipping == ShippingMode.SellerCarrier && fulfiller == Domain.Orders.Fulfiller.Seller ? document.Recipient : default,
        };
    }

    private static (Fulfiller Fulfiller, bool Known) Fulfiller(string? word) => word switch
    {
        null or "" or "FULFILLMENT_BY_SELLER" => (Domain.Orders.Fulfiller.Seller, true),
        "FULFILLMENT_BY_TIKTOK" or "FULFILLMENT_BY_DILAYANI_TOKOPEDIA" => (Domain.Orders.Fulfiller.Platform, true),
        _ => (Domain.Orders.Fulfiller.Platform, false),
    };

    private static (ShippingMode Mode, bool Known) Shipping(string? word) => word switch
    {
        null or "" or "TIKTOK" => (ShippingMode.PlatformLabel, true),
        "SELLER" => (ShippingMode.SellerCarrier, true),
        _ => (ShippingMode.PlatformLabel, false),
    };

    /// <param name="tracking">The order's own number, where it stands for all lines.</param>
    private static ImmutableArray<OrderLine> Lines(LineItemWire[]? items, string? tracking)
    {
        if (items is null || items.Length == 0)
        {
            return [];
        }

        var lines = ImmutableArray.CreateBuilder<OrderLine>(items.Length);
        foreach (var item in items)
        {
            if (string.IsNullOrEmpty(item?.Id))
            {
                throw new JsonException("an order line has no id");
            }

            // One line item is one unit: the platform sends a line for each.
            lines.Add(new OrderLine(
                item.Id, item.SkuId ?? "", Filled(item.SellerSku), item.ProductId ?? "", 1,
                OrderWords.Status(item.DisplayStatus) == MarketplaceStatus.Cancelled, Filled(item.PackageId), Filled(item.TrackingNumber) ?? tracking));
        }

        return lines.DrainToImmutable();
    }

    private static ImmutableArray<string> Packages(OrderWire wire, ImmutableArray<OrderLine> lines)
    {
        if (wire.Packages is not { Length: > 0 } && lines.All(static line => line.PackageId is null))
        {
            return [];
        }

        return [.. (wire.Packages ?? [])
            .Select(static package => package?.Id)
            .Concat(lines.Select(static line => line.PackageId))
            .OfType<string>()
            .Where(static id => id.Length > 0)
            .Distinct(StringComparer.Ordinal)];
    }

    private static string? CancelReason(OrderWire wire) => (Filled(wire.CancelReason), Filled(wire.CancellationInitiator)) switch
    {
        (null, null) => null,
        ({ } reason, null) => reason,
        (null, { } initiator) => initiator,
        ({ } reason, { } initiator) => $"{initiator}: {reason}",
    };

    /// <summary>What a split order cannot say: only where all lines agree.</summary>
    private static string? OnlyOne(LineItemWire[]? items, Func<LineItemWire, string?> value)
    {
        string? one = null;
        foreach (var item in items ?? [])
        {
            var found = Filled(value(item));
            if (found is null)
            {
                continue;
            }

            if (one is not null && one != found)
            {
                return null;
            }

            one = found;
        }

        return one;
    }

    /// <summary>At most three characters, and none from the first masked one on.</summary>
    private static string? PostalPrefix(string? code)
    {
        if (string.IsNullOrEmpty(code))
        {
            return null;
        }

        var end = code.IndexOf('*');
        var clear = (end < 0 ? code : code[..end]).Trim();
        return Filled(clear.Length > 3 ? clear[..3] : clear);
    }

    /// <summary>A word of the platform's vocabulary as it may be shown: letters, digits and underscores only.</summary>
    private static string Word(string? word) => string.IsNullOrEmpty(word) ? "(none)" : string.Concat(word.Take(WordMax).Select(c => char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '?'));

    private static string? Filled(string? text) => string.IsNullOrEmpty(text) ? null : text;

    /// <summary>Goes to the end of the value, and tells which order it was if it is one.</summary>
    private static (string? Id, DateTimeOffset? UpdatedAt) SkipOrder(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return default;
        }

        string? id = null;
        long? updated = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isId = reader.ValueTextEquals("id"u8);
            var isUpdate = !isId && reader.ValueTextEquals("update_time"u8);
            reader.Read();
            if (isId && reader.TokenType == JsonTokenType.String)
            {
                id = reader.GetString();
            }
            else if (isUpdate && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var seconds))
            {
                updated = seconds;
            }
            else
            {
                reader.Skip();
            }
        }

        return (id, Instants.Of(updated));
    }

    private static MarketplaceOrder Unreadable(ReadOnlySpan<byte> json, ReadOnlyMemory<byte> document, string problem)
    {
        string? id = null;
        long? updated = null, placed = null;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.TokenType == JsonTokenType.StartObject || reader.TokenType != JsonTokenType.EndObject)
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
            {
                break;
            }

            if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                id = LenientText.Read(ref reader);
            }
            else if (reader.ValueTextEquals("update_time"u8))
            {
                reader.Read();
                updated = LenientNumber.Read(ref reader);
            }
            else if (reader.ValueTextEquals("create_time"u8))
            {
                reader.Read();
                placed = LenientNumber.Read(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return new MarketplaceOrder
        {
            OrderId = string.IsNullOrEmpty(id) ? throw new JsonException("an order has no id") : id,
            Status = MarketplaceStatus.Unrecognised,
            UpdatedAt = Instants.Of(updated) ?? Instants.Of(placed) ?? DateTimeOffset.UnixEpoch,
            PlacedAt = Instants.Of(placed) ?? Instants.Of(updated) ?? DateTimeOffset.UnixEpoch,
            Document = document,
            NotUnderstood = problem,
        };
    }
}
