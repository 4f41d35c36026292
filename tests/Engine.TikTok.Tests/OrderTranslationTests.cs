using System.Text;
using System.Text.Json;
using Engine.Domain.Orders;
using Engine.TikTok.Translation;

namespace Engine.TikTok.Tests;

public sealed class OrderTranslationTests
{
    /// <summary>The fact sheet's order example (6.10), with what its tables add; every canary is personal and must not be stored.</summary>
    private const string Example = """
        {"id":"576461413038785752","status":"AWAITING_SHIPMENT","order_type":"NORMAL",
         "fulfillment_type":"FULFILLMENT_BY_SELLER","shipping_type":"TIKTOK","delivery_type":"HOME_DELIVERY",
         "delivery_option_id":"7091146663229654785","delivery_option_name":"Standard Shipping",
         "warehouse_id":"6955005333819123123","create_time":1760000000,"paid_time":1760000060,"update_time":1760003661,
         "rts_sla_time":1760176860,"tts_sla_time":1760263260,"cancel_order_sla_time":1760432460,
         "shipping_due_time":1760432461,"collection_due_time":1760432462,"is_on_hold_order":true,"is_buyer_request_cancel":false,
         "is_sample_order":false,"is_cod":false,"auto_combine_group_id":"12345677","packages":[],
         "buyer_email":"canary-mail@relay","buyer_message":"canary-message","buyer_nickname":"canary-nick","buyer_avatar":"https://canary-avatar",
         "seller_note":"canary-note","user_id":"canary-user","cpf":"canary-cpf","cpf_name":"canary-cpfname","payment_auth_code":"canary-auth",
         "brand_new_member":{"contact":"canary-new"},
         "payment":{"currency":"USD","sub_total":"38.00","shipping_fee":"4.99","tax":"3.14","total_amount":"46.13"},
         "recipient_address":{"name":"canary-name","phone_number":"canary-phone","region_code":"US","postal_code":"95110",
           "full_address":"canary-full","address_line1":"canary-line","delivery_preferences":{"drop_off_location":"canary-drop"},
           "district_info":[{"address_level":"L0","address_level_name":"Country","address_name":"United States"},
                            {"address_level":"L1","address_level_name":"State","address_name":"California"},
                            {"address_level":"L3","address_level_name":"City","address_name":"canary-city"}]},
         "line_items":[
          {"id":"577086512123755123","sku_id":"1729388324987897824","seller_sku":"SOCK-RED-M","product_id":"1729592969712207008",
           "product_name":"Trail socks","sku_name":"Red, M","sale_price":"19.00","currency":"USD","display_status":"AWAITING_SHIPMENT",
           "package_status":"TO_FULFILL","is_gift":false,"is_dangerous_good":false,"engraving":"canary-engraving"},
          {"id":"577086512123755124","sku_id":"1729388324987897824","seller_sku":"","product_id":"1729592969712207008",
           "display_status":"CANCELLED","package_id":"1152321127278713123"}]}
        """;

    [Fact]
    public void The_fact_sheets_order_is_translated()
    {
        var order = Read(Example);

        Assert.Equal("576461413038785752", order.OrderId);
        Assert.Equal(MarketplaceStatus.AwaitingShipment, order.Status);
        Assert.Equal(Fulfiller.Seller, order.Fulfiller);
        Assert.Equal(ShippingMode.PlatformLabel, order.Shipping);
        Assert.Equal(At(1760000000), order.PlacedAt);
        Assert.Equal(At(1760000060), order.PaidAt);
        Assert.Equal(At(1760003661), order.UpdatedAt);
        Assert.Equal(At(1760176860), order.LabelBy);
        Assert.Equal(At(1760263260), order.DispatchBy);
        Assert.Equal(At(1760432461), order.CancelledIfUnlabelledAt);
        Assert.Equal(At(1760432462), order.CancelledIfUnscannedAt);
        Assert.Null(order.FirstScanAt);
        Assert.False(order.CancelRequested);
        Assert.Equal("6955005333819123123", order.WarehouseId);
        Assert.Equal("7091146663229654785", order.DeliveryOptionId);
        Assert.Equal("US", order.Country);
        Assert.Equal("California", order.State);
        Assert.Equal("951", order.PostalPrefix);
        Assert.Equal(
            [
                new OrderLine("577086512123755123", "1729388324987897824", "SOCK-RED-M", "1729592969712207008", 1, false, null),
                new OrderLine("577086512123755124", "1729388324987897824", null, "1729592969712207008", 1, true, "1152321127278713123"),
            ],
            order.Lines.AsEnumerable());
        Assert.Equal(["1152321127278713123"], order.PackageIds);
    }

    [Fact]
    public void What_is_stored_keeps_the_order_and_nothing_of_the_person()
    {
        var order = Read(Example);
        var text = Encoding.UTF8.GetString(order.Document.Span);
        var document = JsonDocument.Parse(order.Document).RootElement;

        Assert.DoesNotContain("canary", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("recipient_address", text, StringComparison.Ordinal);
        Assert.DoesNotContain("95110", text, StringComparison.Ordinal);
        Assert.Equal("576461413038785752", document.GetProperty("id").GetString());
        Assert.Equal("46.13", document.GetProperty("payment").GetProperty("total_amount").GetString());
        Assert.Equal(2, document.GetProperty("line_items").GetArrayLength());
        Assert.Equal("Trail socks", document.GetProperty("line_items")[0].GetProperty("product_name").GetString());
        Assert.Equal("12345677", document.GetProperty("auto_combine_group_id").GetString());
        Assert.True(document.GetProperty("is_on_hold_order").GetBoolean());
        Assert.Equal(0, order.Recipient.Length);
        Assert.DoesNotContain("canary", order.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_seller_ships_the_recipient_comes_apart_from_the_document()
    {
        var order = Read(Example.Replace("\"shipping_type\":\"TIKTOK\"", "\"shipping_type\":\"SELLER\"", StringComparison.Ordinal));

        Assert.Equal(ShippingMode.SellerCarrier, order.Shipping);
        var recipient = JsonDocument.Parse(order.Recipient).RootElement;
        Assert.Equal("canary-name", recipient.GetProperty("name").GetString());
        Assert.Equal("canary-city", recipient.GetProperty("district_info")[2].GetProperty("address_name").GetString());
        Assert.False(recipient.TryGetProperty("buyer_email", out _));
        Assert.DoesNotContain("canary", Encoding.UTF8.GetString(order.Document.Span), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void On_hold_there_is_no_recipient()
    {
        var order = Read("""
            {"id":"1","status":"ON_HOLD","shipping_type":"SELLER","create_time":5,"update_time":6,
             "recipient_address":{"name":"","phone_number":"","full_address":"","postal_code":"","region_code":"US","district_info":[]}}
            """);

        Assert.Equal(MarketplaceStatus.OnHold, order.Status);
        Assert.Equal(0, order.Recipient.Length);
        Assert.Equal("US", order.Country);
        Assert.Null(order.State);
        Assert.Null(order.PostalPrefix);
    }

    [Fact]
    public void A_masked_address_is_no_recipient()
    {
        var order = Read("""
            {"id":"1","status":"CANCELLED","shipping_type":"SELLER","update_time":6,"recipient_address":{"name":"J*** D***","full_address":"***, Reno","address_line1":"***"}}
            """);

        Assert.Equal(0, order.Recipient.Length);
    }

    [Fact]
    public void An_order_that_the_platform_ships_itself_has_no_recipient_either()
    {
        var order = Read("""
            {"id":"1","status":"AWAITING_SHIPMENT","shipping_type":"SELLER","fulfillment_type":"FULFILLMENT_BY_TIKTOK","update_time":6,
             "recipient_address":{"name":"canary"}}
            """);

        Assert.Equal(Fulfiller.Platform, order.Fulfiller);
        Assert.Equal(0, order.Recipient.Length);
    }

    [Theory]
    [InlineData("951**", "951")]
    [InlineData("9****", "9")]
    [InlineData("*****", null)]
    [InlineData("95110", "951")]
    [InlineData("", null)]
    public void Of_a_postal_code_at_most_three_clear_characters_are_kept(string code, string? prefix) =>
        Assert.Equal(prefix, Read($$"""{"id":"1","update_time":6,"recipient_address":{"postal_code":"{{code}}"} }""").PostalPrefix);

    [Theory]
    [InlineData("UNPAID", MarketplaceStatus.Unpaid)]
    [InlineData("ON_HOLD", MarketplaceStatus.OnHold)]
    [InlineData("AWAITING_SHIPMENT", MarketplaceStatus.AwaitingShipment)]
    [InlineData("PARTIALLY_SHIPPING", MarketplaceStatus.PartiallyShipping)]
    [InlineData("AWAITING_COLLECTION", MarketplaceStatus.AwaitingCollection)]
    [InlineData("IN_TRANSIT", MarketplaceStatus.InTransit)]
    [InlineData("DELIVERED", MarketplaceStatus.Delivered)]
    [InlineData("COMPLETED", MarketplaceStatus.Completed)]
    [InlineData("CANCELLED", MarketplaceStatus.Cancelled)]
    [InlineData("CANCEL", MarketplaceStatus.Cancelled)]
    [InlineData("LEVITATING", MarketplaceStatus.Unrecognised)]
    [InlineData("", MarketplaceStatus.Unrecognised)]
    public void Every_status_word_has_its_status(string word, MarketplaceStatus expected) =>
        Assert.Equal(expected, Read($$"""{"id":"1","status":"{{word}}","update_time":6}""").Status);

    [Theory]
    [InlineData("\"fulfillment_type\":\"FULFILLMENT_BY_DRONES\"")]
    [InlineData("\"shipping_type\":\"TIKTOK_DIGITAL\"")]
    public void An_unknown_kind_of_fulfilment_is_never_acted_on(string member) =>
        Assert.Equal(MarketplaceStatus.Unrecognised, Read($$"""{"id":"1","status":"AWAITING_SHIPMENT","update_time":6,{{member}}}""").Status);

    [Fact]
    public void Without_the_newer_due_time_the_older_one_counts() =>
        Assert.Equal(At(77), Read("""{"id":"1","update_time":6,"cancel_order_sla_time":77}""").CancelledIfUnlabelledAt);

    [Fact]
    public void A_cancelled_order_says_who_and_why()
    {
        var order = Read("""{"id":"1","status":"CANCELLED","update_time":6,"cancel_time":7,"cancellation_initiator":"SYSTEM","cancel_reason":"system_cancel_order_reason_shipping_timeout"}""");

        Assert.Equal("SYSTEM: system_cancel_order_reason_shipping_timeout", order.CancelReason);
        Assert.Equal(At(7), order.CancelledAt);
    }

    [Fact]
    public void Numbers_as_text_and_text_as_numbers_are_read()
    {
        var order = Read("""{"id":576461413038785752,"status":"DELIVERED","update_time":"1760003661","tts_sla_time":"","rts_sla_time":null,"collection_time":0,"is_buyer_request_cancel":"true","delivery_time":1.5}""");

        Assert.Equal("576461413038785752", order.OrderId);
        Assert.Equal(At(1760003661), order.UpdatedAt);
        Assert.True(order.CancelRequested);
        Assert.Null(order.DispatchBy);
        Assert.Null(order.LabelBy);
        Assert.Null(order.FirstScanAt);
        Assert.Null(order.DeliveredAt);
    }

    [Fact]
    public void Times_beyond_the_calendar_count_as_absent() =>
        Assert.Null(Read("""{"id":"1","update_time":6,"tts_sla_time":99999999999999}""").DispatchBy);

    [Fact]
    public void A_split_order_has_no_tracking_number_of_its_own_unless_its_lines_agree()
    {
        Assert.Equal("T1", Read("""{"id":"1","update_time":6,"line_items":[{"id":"a","tracking_number":"T1"},{"id":"b","tracking_number":"T1"}]}""").TrackingNumber);
        Assert.Null(Read("""{"id":"1","update_time":6,"line_items":[{"id":"a","tracking_number":"T1"},{"id":"b","tracking_number":"T2"}]}""").TrackingNumber);
    }

    [Theory]
    [InlineData("""{"id":"9","status":"AWAITING_SHIPMENT","update_time":60,"line_items":"none","buyer_email":"canary"}""")]
    [InlineData("""{"id":"9","status":"AWAITING_SHIPMENT","update_time":60,"packages":{"id":7}}""")]
    [InlineData("""{"recipient_address":[[1]],"id":"9","status":"AWAITING_SHIPMENT","update_time":60}""")]
    [InlineData("""{"id":"9","status":"AWAITING_SHIPMENT","update_time":60,"line_items":[{"sku_id":"x"}]}""")]
    public void One_order_of_an_unexpected_shape_does_not_hide_its_neighbours(string poison)
    {
        var data = $$"""{"next_page_token":"t","orders":[{"id":"8","status":"DELIVERED","update_time":5},{{poison}},{"id":"10","status":"COMPLETED","update_time":7}]}""";

        var (orders, next, _) = OrderTranslation.Page(Encoding.UTF8.GetBytes(data));

        Assert.Equal("t", next);
        Assert.Equal(["8", "9", "10"], orders.Select(order => order.OrderId));
        Assert.Equal([MarketplaceStatus.Delivered, MarketplaceStatus.Unrecognised, MarketplaceStatus.Completed], orders.Select(order => order.Status));
        Assert.Equal(At(60), orders[1].UpdatedAt);
        Assert.StartsWith("its shape", orders[1].NotUnderstood, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", Encoding.UTF8.GetString(orders[1].Document.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"orders":[{"status":"DELIVERED"}]}""")]
    [InlineData("""{"orders":[7]}""")]
    [InlineData("""{"orders":{}}""")]
    [InlineData("[]")]
    public void A_page_that_cannot_be_told_order_by_order_is_no_page(string data) =>
        Assert.ThrowsAny<JsonException>(() => OrderTranslation.Page(Encoding.UTF8.GetBytes(data)));

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"orders":null,"total_count":0}""")]
    public void A_page_without_orders_is_empty(string data) => Assert.Empty(OrderTranslation.Page(Encoding.UTF8.GetBytes(data)).Orders);

    [Theory]
    [InlineData("status", "TELE<b>PORTED", "status TELE?b?PORTED")]
    [InlineData("shipping_type", "DRONE", "shipping_type DRONE")]
    [InlineData("fulfillment_type", "BY_DRONE", "fulfillment_type BY_DRONE")]
    public void A_word_that_is_not_known_is_named(string member, string word, string problem) =>
        Assert.Equal(problem, Read($$"""{"id":"1","update_time":6,"status":"DELIVERED","{{member}}":"{{word}}" }""").NotUnderstood);

    [Fact]
    public void A_detail_that_is_too_large_keeps_its_id_and_nothing_else()
    {
        var order = Read($$"""{"id":"1","update_time":6,"status":"DELIVERED","buyer_message":"{{new string('x', 1 << 20)}}"}""");
        Assert.Equal(("1", MarketplaceStatus.Unrecognised, 0), (order.OrderId, order.Status, order.Document.Length));
        Assert.Contains("bytes", order.NotUnderstood, StringComparison.Ordinal);
    }

    private static MarketplaceOrder Read(string json) => OrderTranslation.Order(Encoding.UTF8.GetBytes(json));

    private static DateTimeOffset At(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);
}
