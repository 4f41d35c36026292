using System.Text;

namespace Engine.TikTok.Tests;

public sealed class WebhookReadingTests
{
    [Fact]
    public void A_status_change_names_its_order()
    {
        var hint = Read("""
            {"type":1,"tts_notification_id":"7327112393057371910","shop_id":"7494049642642441621","timestamp":1760003661,
             "data":{"order_id":"576461413038785752","order_status":"AWAITING_SHIPMENT","is_on_hold_order":true,"update_time":1760003660}}
            """)!;

        Assert.Equal(WebhookType.OrderStatusChange, hint.Type);
        Assert.Equal("7327112393057371910", hint.NotificationId);
        Assert.Equal("7494049642642441621", hint.MarketplaceShopId);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1760003661), hint.SentAt);
        Assert.Equal("576461413038785752", hint.OrderId);
    }

    [Fact]
    public void A_package_update_names_all_its_orders_once()
    {
        var hint = Read("""
            {"type":4,"tts_notification_id":"1","shop_id":"2","timestamp":1760010003,
             "data":{"sc_type":"COMBINE","role_type":"ROLE_SELLER","update_time":1760010002,
              "package_list":[{"package_id":"3","order_id_list":["576461413038785752","576461413038785753"]},{"package_id":"4","order_id_list":["576461413038785752"]}]}}
            """)!;

        Assert.Equal(WebhookType.PackageUpdate, hint.Type);
        Assert.Equal(["576461413038785752", "576461413038785753"], hint.OrderIds);
        Assert.Null(hint.OrderId);
    }

    [Theory]
    [InlineData(3, WebhookType.RecipientAddressUpdate)]
    [InlineData(11, WebhookType.CancellationStatusChange)]
    [InlineData(12, WebhookType.ReturnStatusChange)]
    public void The_other_order_types_name_their_order_too(int type, WebhookType expected)
    {
        var hint = Read($$"""{"type":{{type}},"shop_id":"2","timestamp":1760010003,"data":{"order_id":"5","cancel_id":"6"} }""")!;

        Assert.Equal(expected, hint.Type);
        Assert.Equal("5", hint.OrderId);
        Assert.Null(hint.NotificationId);
    }

    [Theory]
    [InlineData("""{"type":6,"tts_notification_id":"1","shop_id":"2","timestamp":1760500000,"data":{"message":"bye"}}""")]
    [InlineData("""{"type":24,"tts_notification_id":"1","seller_open_id":"x","data":{"list":[{"a":[1,2,{"b":null}]}]}}""")]
    [InlineData("""{"type":68,"event_id":"e","occurred_at":"2026-04-01T00:00:00Z","change_detail":[{}]}""")]
    [InlineData("""{"type":999,"data":"text"}""")]
    [InlineData("""{"type":1,"data":null,"timestamp":-4}""")]
    [InlineData("""{"type":1,"data":{"order_id":null,"order_id_list":{"x":["1"]}},"timestamp":99999999999999999999}""")]
    [InlineData("""{"type":1,"data":{"order_id_list":[7,["8"],{"order_id":"9"}]}}""")]
    public void Other_types_and_shapes_are_tolerated_and_name_no_order(string body)
    {
        var hint = Read(body);

        Assert.NotNull(hint);
        Assert.Empty(hint.OrderIds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("""{"type":"soon"}""")]
    [InlineData("""{"type":1""")]
    [InlineData("""{"type":1,"data":{"order_id":"5"}""")]
    [InlineData("not json")]
    public void What_is_no_envelope_is_no_hint(string body) => Assert.Null(Read(body));

    [Fact]
    public void A_body_of_two_megabytes_names_at_most_a_hundred_orders()
    {
        var ids = string.Join(',', Enumerable.Range(0, 200_000).Select(number => $"\"{number:D8}\""));
        Assert.Equal(100, Read($$"""{"type":4,"data":{"order_id_list":[{{ids}}]} }""")!.OrderIds.Length);
    }

    private static WebhookHint? Read(string body) => TikTokWebhook.Read(Encoding.UTF8.GetBytes(body));
}
