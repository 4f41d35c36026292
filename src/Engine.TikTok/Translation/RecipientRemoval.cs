using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using System.Text.Json;

namespace Engine.TikTok.Translation;

/// <summary>Splits an order's document into what may be stored and the recipient.</summary>
/// <remarks>Keeps by name: a member that is not on the list is dropped, at every depth. The platform adds members without notice, and one that
/// this version does not know might be a person's; failing closed costs a detail, failing open a leak. Free text by people
/// (buyer message, seller note), account ids, nicknames, tax numbers and payment means are left out on purpose.</remarks>
internal readonly record struct RecipientRemoval(byte[] Document, byte[] Recipient)
{
    private const int NameCharsMax = 64;

    private static readonly FrozenSet<string> Kept = new[]
    {
        "auto_combine_group_id", "cancel_order_sla_time", "cancel_reason", "cancel_time", "cancellation_initiator", "collection_due_time",
        "collection_time", "commerce_platform", "create_time", "delivery_due_time", "delivery_option_id", "delivery_option_name",
        "delivery_option_required_delivery_time", "delivery_sla_time", "delivery_time", "delivery_type", "exchange_source_order_id",
        "fast_delivery_program", "fast_dispatch_sla_time", "fulfillment_priority_level", "fulfillment_type", "handling_duration", "days", "type",
        "has_updated_recipient_address", "id", "is_buyer_request_cancel", "is_cod", "is_exchange_order", "is_on_hold_order",
        "is_replacement_order", "is_sample_order", "is_subscription_order", "line_items", "order_type", "packages", "paid_time",
        "pick_up_cut_off_time", "recommended_shipping_time", "release_date", "replaced_order_id", "request_cancel_time", "rts_sla_time",
        "rts_time", "shipping_due_time", "shipping_provider", "shipping_provider_id", "shipping_type", "split_or_combine_tag", "status",
        "tracking_number", "tts_sla_time", "update_time", "warehouse_id",
        "buyer_service_fee", "cancel_user", "combined_listing_skus", "currency", "display_status", "distance_fee", "distance_shipping_fee",
        "gift_retail_price", "handling_duration_days", "is_dangerous_good", "is_gift", "is_unboxing_item", "item_tax", "tax_type",
        "tax_amount", "tax_rate", "needs_prescription", "original_price", "package_id", "package_status", "pfand_fee", "platform_discount",
        "product_id", "product_name", "retail_delivery_fee", "sale_price", "seller_discount", "seller_sku", "shipping_provider_name", "sku_count",
        "sku_id", "sku_image", "sku_name", "sku_type", "small_order_fee", "unboxing_sku_code", "room_id",
        "payment", "handling_fee", "item_insurance_fee", "item_insurance_tax", "original_shipping_fee", "original_total_product_price",
        "payment_discount_service_fee", "payment_platform_discount", "product_tax", "shipping_fee", "shipping_fee_cofunded_discount",
        "shipping_fee_platform_discount", "shipping_fee_seller_discount", "shipping_fee_tax", "shipping_insurance_fee", "sub_total", "tax",
        "total_amount",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> KeptNames = Kept.GetAlternateLookup<ReadOnlySpan<char>>();

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? scratch;

    [ThreadStatic]
    private static Utf8JsonWriter? writer;

    /// <param name="order">One order object of the wire.</param>
    /// <exception cref="JsonException">Not an object.</exception>
    public static RecipientRemoval Split(ReadOnlySpan<byte> order)
    {
        var buffer = scratch ??= new ArrayBufferWriter<byte>(8 * 1024);
        var target = writer ??= new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        buffer.ResetWrittenCount();
        target.Reset(buffer);

        var recipient = default(ReadOnlySpan<byte>);
        var reader = new Utf8JsonReader(order);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("an order is no object");
        }

        target.WriteStartObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("recipient_address"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                var usable = reader.TokenType == JsonTokenType.StartObject && IsUsable(reader);
                reader.Skip();
                recipient = usable ? order[start..(int)reader.BytesConsumed] : default;
            }
            else
            {
                CopyMember(ref reader, order, target);
            }
        }

        target.WriteEndObject();
        target.Flush();
        return new RecipientRemoval(buffer.WrittenSpan.ToArray(), recipient.ToArray());
    }

    private static void CopyMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> order, Utf8JsonWriter target)
    {
        var name = reader.ValueSpan;
        var keep = !reader.ValueIsEscaped && IsKept(name);
        reader.Read();
        if (!keep)
        {
            reader.Skip();
            return;
        }

        target.WritePropertyName(name);
        CopyValue(ref reader, order, target);
    }

    private static void CopyValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> order, Utf8JsonWriter target)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                target.WriteStartObject();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    CopyMember(ref reader, order, target);
                }

                target.WriteEndObject();
                break;
            case JsonTokenType.StartArray:
                target.WriteStartArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    CopyValue(ref reader, order, target);
                }

                target.WriteEndArray();
                break;
            default:
                target.WriteRawValue(order[(int)reader.TokenStartIndex..(int)reader.BytesConsumed], skipInputValidation: true);
                break;
        }
    }

    private static bool IsKept(ReadOnlySpan<byte> name)
    {
        if (name.Length > NameCharsMax)
        {
            return false;
        }

        Span<char> text = stackalloc char[NameCharsMax];
        return Encoding.UTF8.TryGetChars(name, text, out var length) && KeptNames.Contains(text[..length]);
    }

    /// <summary>On hold the address is there with empty members, in other states masked with asterisks: neither is a recipient to ship to.</summary>
    private static bool IsUsable(Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        var filled = false;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType == JsonTokenType.PropertyName
                && (reader.ValueTextEquals("name"u8) || reader.ValueTextEquals("full_address"u8) || reader.ValueTextEquals("address_line1"u8))
                && reader.Read() && reader.TokenType == JsonTokenType.String)
            {
                if (reader.ValueSpan.IndexOf("***"u8) >= 0)
                {
                    return false;
                }

                filled |= reader.ValueSpan.Length > 0;
            }
        }

        return filled;
    }
}
