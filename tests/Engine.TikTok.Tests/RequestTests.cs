using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.TikTok.Tests.Support;

namespace Engine.TikTok.Tests;

/// <summary>What goes out: path, query and body of each call, as the fact sheet has them.</summary>
public sealed class RequestTests : IAsyncLifetime
{
    private FakeTikTok tikTok = null!;
    private Harness harness = null!;

    public async ValueTask InitializeAsync()
    {
        tikTok = await FakeTikTok.StartAsync();
        harness = new Harness(tikTok.Url);
    }

    public async ValueTask DisposeAsync()
    {
        await harness.DisposeAsync();
        await tikTok.DisposeAsync();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_order_search_walks_oldest_first_and_carries_its_page_token_unharmed()
    {
        const string token = "6AsPQsUMvH3RkchNUPPh22NROHkE0D8pmq/N5M1kHYcZmtRyv9a+rNv65W7Q6tFA+7D1ud64MPNz5OaT==";
        tikTok.AnswerData($$"""{"orders":[],"next_page_token":"{{token}}","total_count":0}""");

        var outcome = await harness.Marketplace.SearchOrdersAsync(
            Harness.Shop,
            new OrderSearch
            {
                UpdatedFrom = DateTimeOffset.FromUnixTimeMilliseconds(1759913600_900),
                UpdatedTo = DateTimeOffset.FromUnixTimeMilliseconds(1760000000_100),
                PageToken = token,
            },
            Ct);

        Assert.Equal(token, Assert.IsType<CallOutcome<OrderPage>.Succeeded>(outcome).Value.NextPageToken);
        var request = Single();
        Assert.Equal("/order/202309/orders/search", request.Path);
        Assert.Equal(token, request.Query["page_token"]);
        Assert.Equal("100", request.Query["page_size"]);
        Assert.Equal("update_time", request.Query["sort_field"]);
        Assert.Equal("ASC", request.Query["sort_order"]);
        Assert.Equal("TTP_cipher-shop-1", request.Query["shop_cipher"]);

        // Whole seconds on the wire: the window is widened, never narrowed.
        Assert.Equal("""{"update_time_ge":1759913600,"update_time_lt":1760000001}""", request.Text);
    }

    [Fact]
    public async Task An_order_search_by_creation_asks_for_creation()
    {
        await harness.Marketplace.SearchOrdersAsync(
            Harness.Shop, new OrderSearch { ByUpdateTime = false, PlacedFrom = DateTimeOffset.FromUnixTimeSeconds(5), PageSize = 20 }, Ct);

        Assert.Equal("create_time", Single().Query["sort_field"]);
        Assert.Equal("""{"create_time_ge":5}""", Single().Text);
    }

    [Fact]
    public async Task A_search_without_bounds_sends_no_empty_object()
    {
        await harness.Marketplace.SearchOrdersAsync(Harness.Shop, new OrderSearch(), Ct);

        Assert.Empty(Single().Body);
        Assert.Equal("application/json", Single().Headers["content-type"]);
    }

    [Fact]
    public async Task The_last_page_has_no_next_token()
    {
        tikTok.AnswerData("""{"orders":[],"next_page_token":"","total_count":0}""");

        var outcome = await harness.Marketplace.SearchOrdersAsync(Harness.Shop, new OrderSearch(), Ct);

        Assert.Null(Assert.IsType<CallOutcome<OrderPage>.Succeeded>(outcome).Value.NextPageToken);
    }

    [Fact]
    public async Task Packages_are_searched_a_page_and_a_call_at_a_time()
    {
        tikTok.Respond = context => FakeTikTok.Json(context, 200, context.Request.Query["page_token"] == "t2"
            ? """{"code":0,"data":{"packages":[{"id":"p2","orders":[{"id":"o2"}],"order_line_item_ids":["l2"],"status":"CANCELLED"}],"next_page_token":""}}"""
            : """{"code":0,"data":{"packages":[{"id":"p1","orders":[{"id":"o1"}],"order_line_item_ids":["l1"],"status":"PROCESSING","tracking_number":"92","create_time":1760010000}],"next_page_token":"t2"}}""");
        Task<CallOutcome<Page<MarketplacePackage>>> SearchAsync(string? pageToken) => harness.Marketplace.SearchPackagesAsync(
            Harness.Shop, DateTimeOffset.FromUnixTimeSeconds(1760000000), DateTimeOffset.FromUnixTimeSeconds(1760100000), pageToken, Ct);

        var first = Assert.IsType<CallOutcome<Page<MarketplacePackage>>.Succeeded>(await SearchAsync(null)).Value;
        Assert.Single(tikTok.Received);
        var second = Assert.IsType<CallOutcome<Page<MarketplacePackage>>.Succeeded>(await SearchAsync(first.NextPageToken)).Value;

        Assert.Equal(("p1", false), (first.Entries[0].PackageId, first.Entries[0].Cancelled));
        Assert.Equal(("p2", true), (second.Entries[0].PackageId, second.Entries[0].Cancelled));
        Assert.Equal(["o2"], second.Entries[0].OrderIds);
        Assert.Equal(["l2"], second.Entries[0].LineIds);
        Assert.Null(second.NextPageToken);
        Assert.Equal(2, tikTok.Received.Count);
        Assert.All(tikTok.Received, request => Assert.Equal("""{"create_time_ge":1760000000,"create_time_lt":1760100000}""", request.Text));
        Assert.All(tikTok.Received, request => Assert.Equal("50", request.Query["page_size"]));
    }

    [Fact]
    public async Task A_package_is_read_with_its_lines_and_carrier()
    {
        tikTok.AnswerData("""
            {"package_id":"1152321127278713123","package_status":"PROCESSING","orders":[{"id":"576461413038785752"}],"order_line_item_ids":["577086512123755123"],
             "tracking_number":"9200190312345678901234","shipping_provider_id":"7117858858072016686","shipping_provider_name":"USPS","create_time":1760010000}
            """);

        var outcome = await harness.Marketplace.ReadPackageAsync(Harness.Shop, "1152321127278713123", Ct);

        var package = Assert.IsType<CallOutcome<MarketplacePackage>.Succeeded>(outcome).Value;
        Assert.Equal("/fulfillment/202309/packages/1152321127278713123", Single().Path);
        Assert.Equal("9200190312345678901234", package.TrackingNumber);
        Assert.Equal("USPS", package.CarrierName);
        Assert.False(package.Cancelled);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1760010000), package.CreatedAt);
    }

    [Fact]
    public async Task A_label_document_is_asked_for_as_an_A6_label()
    {
        tikTok.AnswerData("""{"doc_url":"https://docs.example.test/label/1?x-expires=1760096400","tracking_number":"9200190312345678901234"}""");

        var outcome = await harness.Marketplace.GetLabelDocumentAsync(Harness.Shop, "115", Ct);

        var document = Assert.IsType<CallOutcome<LabelDocument>.Succeeded>(outcome).Value;
        Assert.Equal("https://docs.example.test/label/1?x-expires=1760096400", document.Url.AbsoluteUri);
        Assert.Equal("9200190312345678901234", document.TrackingNumber);
        Assert.Equal("/fulfillment/202309/packages/115/shipping_documents", Single().Path);
        Assert.Equal("SHIPPING_LABEL", Single().Query["document_type"]);
        Assert.Equal("A6", Single().Query["document_size"]);
    }

    [Theory]
    [InlineData(11034037, RefusalClass.InProgress)]
    [InlineData(21023035, RefusalClass.StateConflict)]
    [InlineData(21042102, RefusalClass.StateConflict)]
    [InlineData(11034002, RefusalClass.Bug)]
    [InlineData(11034023, RefusalClass.RetryLater)]
    public async Task A_document_that_is_not_there_yet_is_told_from_one_that_never_will_be(long code, RefusalClass expected)
    {
        tikTok.Refuse(code);

        var outcome = await harness.Marketplace.GetLabelDocumentAsync(Harness.Shop, "115", Ct);

        Assert.Equal(expected, Assert.IsType<CallOutcome<LabelDocument>.Rejected>(outcome).Class);
    }

    [Fact]
    public async Task Shipping_services_are_asked_for_with_lines_weight_and_size()
    {
        tikTok.AnswerData("""
            {"order_id":"576461413038785752","order_line_id":["577086512123755123"],"shipping_services":[
             {"id":"7208502187360519982","name":"USPS Ground Advantage","price":"4.35","currency":"USD","earliest_delivery_days":2,"is_default":true},
             {"id":"7208502187360519983","name":"Other","is_default":false}]}
            """);

        var outcome = await harness.Marketplace.GetShippingServicesAsync(Harness.Purchase(), Ct);

        var services = Assert.IsType<CallOutcome<ImmutableArray<ShippingService>>.Succeeded>(outcome).Value;
        Assert.Equal(["7208502187360519982", "7208502187360519983"], services.Select(service => service.Id));
        Assert.Equal("4.35", services[0].Price!.Amount);
        Assert.True(services[0].IsDefault);
        Assert.Null(services[1].Price);
        Assert.Equal("/fulfillment/202309/orders/576461413038785752/shipping_services/query", Single().Path);
        Assert.Equal(
            """{"order_line_item_ids":["577086512123755123","577086512123755124"],"weight":{"value":"545","unit":"GRAM"},"dimension":{"length":"22.9","width":"15.2","height":"5.1","unit":"CM"}}""",
            Single().Text);
    }

    [Fact]
    public async Task A_parcel_of_unknown_size_is_sent_by_weight_alone()
    {
        var purchase = Harness.Purchase() with { Measure = new Domain.Parcels.ParcelMeasure(500), ServiceId = null };

        await harness.Marketplace.BuyLabelAsync(purchase, harness.Permit(), Ct);

        Assert.Equal(
            """{"order_id":"576461413038785752","order_line_item_ids":["577086512123755123","577086512123755124"],"weight":{"value":"500","unit":"GRAM"}}""",
            Single().Text);
    }

    [Fact]
    public async Task A_purchase_that_names_no_line_is_a_mistake_of_ours()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => harness.Marketplace.BuyLabelAsync(Harness.Purchase() with { LineIds = [] }, harness.Permit(), Ct));
        Assert.Empty(tikTok.Received);
    }

    [Fact]
    public async Task A_tracking_number_the_platform_finds_odd_comes_back_with_its_warning()
    {
        tikTok.AnswerData("""{"order_id":"576461413038785752","order_line_item_ids":["577086512123755123"],"package_id":"1152321127278714001","warning":{"message":"match more than one provider"}}""");

        var outcome = await harness.Marketplace.MarkShippedAsync(
            new OrderKey(Harness.Shop, "576461413038785752"), ["577086512123755123"], "1Z999AA10123456784", "7117858858072016686", harness.Permit(), Ct);

        Assert.Equal(
            new TrackingAccepted("1152321127278714001", "match more than one provider"), Assert.IsType<CallOutcome<TrackingAccepted>.Succeeded>(outcome).Value);
        Assert.Equal("/fulfillment/202309/orders/576461413038785752/packages", Single().Path);
        Assert.Equal(
            """{"order_line_item_ids":["577086512123755123"],"tracking_number":"1Z999AA10123456784","shipping_provider_id":"7117858858072016686"}""",
            Single().Text);
    }

    [Theory]
    [InlineData(21042056, typeof(CallOutcome<TrackingAccepted>.Rejected))]
    [InlineData(21034012, typeof(CallOutcome<TrackingAccepted>.Rejected))]
    [InlineData(21001008, typeof(CallOutcome<TrackingAccepted>.Unknown))]
    [InlineData(21034006, typeof(CallOutcome<TrackingAccepted>.Unknown))]
    [InlineData(77777777, typeof(CallOutcome<TrackingAccepted>.Unknown))]
    public async Task Telling_a_tracking_number_is_a_call_with_effects_too(long code, Type expected)
    {
        tikTok.Refuse(code);

        var outcome = await harness.Marketplace.MarkShippedAsync(new OrderKey(Harness.Shop, "5"), ["l"], "1Z", "7", harness.Permit(), Ct);

        Assert.IsType(expected, outcome);
    }

    [Fact]
    public async Task Cancellations_are_read_in_either_spelling()
    {
        tikTok.AnswerData("""
            {"total_count":3,"next_page_token":"","cancellations":[
             {"cancel_id":"1","order_id":"576461413038785752","cancel_type":"BUYER_CANCEL","cancel_status":"CANCELLATION_REQUEST_PENDING","role":"BUYER",
              "create_time":1760012000,"update_time":1760012001,"seller_next_action_response":[{"action":"SELLER_RESPOND_CANCEL","deadline":1760098400}]},
             {"cancel_id":"2","order_id":"o2","cancel_type":"BUYER_CANCEL","cancel_status":"CANCELLATION_REQUEST_CANCELLED","create_time":1760012000,"update_time":1760012000},
             {"cancel_id":"3","order_id":"o3","cancel_type":"CANCEL","cancel_status":"CANCELLATION_REQUEST_CANCEL","role":"SELLER","create_time":1760012000,"update_time":1760012000}]}
            """);

        var outcome = await harness.Marketplace.SearchCancellationsAsync(Harness.Shop, DateTimeOffset.FromUnixTimeSeconds(1760000000), null, ["576461413038785752"], null, Ct);

        var requests = Assert.IsType<CallOutcome<Page<CancellationRequest>>.Succeeded>(outcome).Value.Entries;
        Assert.Equal(
            new CancellationRequest("1", "576461413038785752", true, true, false, DateTimeOffset.FromUnixTimeSeconds(1760012000), DateTimeOffset.FromUnixTimeSeconds(1760098400), DateTimeOffset.FromUnixTimeSeconds(1760012001)),
            requests[0]);
        Assert.Equal([true, false, false], requests.Select(request => request.Pending));
        Assert.Equal([true, true, false], requests.Select(request => request.ByBuyer));
        Assert.Equal("""{"order_ids":["576461413038785752"],"update_time_ge":1760000000}""", Single().Text);
        Assert.Equal("ASC", Single().Query["sort_order"]);
    }

    [Theory]
    [InlineData("""{"package_weight":{"value":"1.32","unit":"KILOGRAM"},"package_dimensions":{"length":"10","width":"8","height":"5","unit":"CENTIMETER"}}""", 1320, 100, 80, 50)]
    [InlineData("""{"package_weight":{"value":"1.20","unit":"POUND"},"package_dimensions":{"length":"9","width":"6","height":"2","unit":"INCH"}}""", 545, 229, 153, 51)]
    [InlineData("""{"package_weight":{"value":"1,5","unit":"KILOGRAM"}}""", 1500, null, null, null)]
    [InlineData("""{"package_weight":{"value":250,"unit":"GRAM"},"package_dimensions":{"length":"9","unit":"INCH"}}""", 250, null, null, null)]
    public async Task A_products_weight_and_size_are_turned_into_grams_and_millimetres_rounded_up(string data, int grams, int? length, int? width, int? height)
    {
        tikTok.AnswerData(data);

        var outcome = await harness.Marketplace.ReadProductMeasureAsync(Harness.Shop, "1729592969712207008", "1729388324987897824", Ct);

        Assert.Equal(new Domain.Parcels.ParcelMeasure(grams, length, width, height), Assert.IsType<CallOutcome<Domain.Parcels.ParcelMeasure?>.Succeeded>(outcome).Value);
        Assert.Equal("/product/202309/products/1729592969712207008", Single().Path);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"package_weight":{"value":"0","unit":"KILOGRAM"}}""")]
    [InlineData("""{"package_weight":{"value":"-3","unit":"KILOGRAM"}}""")]
    [InlineData("""{"package_weight":{"value":"3","unit":"STONE"}}""")]
    [InlineData("""{"package_weight":{"value":"heavy","unit":"GRAM"}}""")]
    public async Task A_product_without_a_usable_weight_has_no_measure(string data)
    {
        tikTok.AnswerData(data);

        var outcome = await harness.Marketplace.ReadProductMeasureAsync(Harness.Shop, "1", "2", Ct);

        Assert.Null(Assert.IsType<CallOutcome<Domain.Parcels.ParcelMeasure?>.Succeeded>(outcome).Value);
    }

    [Fact]
    public async Task Warehouses_that_only_take_returns_are_left_out()
    {
        tikTok.AnswerData("""
            {"warehouses":[{"id":"1","name":"Reno DC","effect_status":"RESTRICTED","type":"SALES_WAREHOUSE","is_default":false,"address":{"distict":"Washoe"}},
             {"id":"2","name":"Returns","effect_status":"ENABLED","type":"RETURN_WAREHOUSE"}]}
            """);

        var outcome = await harness.Marketplace.GetWarehousesAsync(Harness.Shop, Ct);

        Assert.Equal([new Warehouse("1", "Reno DC", false, false)], Assert.IsType<CallOutcome<ImmutableArray<Warehouse>>.Succeeded>(outcome).Value);
    }

    [Fact]
    public async Task Carriers_belong_to_a_delivery_option()
    {
        tikTok.AnswerData("""{"shipping_providers":[{"id":"7117858858072016686","name":"USPS"}]}""");

        var outcome = await harness.Marketplace.GetCarriersAsync(Harness.Shop, "7091146663229654785", Ct);

        Assert.Equal([new Carrier("7117858858072016686", "USPS")], Assert.IsType<CallOutcome<ImmutableArray<Carrier>>.Succeeded>(outcome).Value);
        Assert.Equal("/logistics/202309/delivery_options/7091146663229654785/shipping_providers", Single().Path);
    }

    [Fact]
    public async Task Webhooks_are_pointed_to_us_type_by_type()
    {
        var outcome = await harness.Marketplace.RegisterWebhooksAsync(Harness.Shop, new Uri("https://engine.example.test/webhooks/tiktok"), Ct);

        Assert.Equal(4, Assert.IsType<CallOutcome<int>.Succeeded>(outcome).Value);
        Assert.Equal(
            ["ORDER_STATUS_CHANGE", "RECIPIENT_ADDRESS_UPDATE", "PACKAGE_UPDATE", "CANCELLATION_STATUS_CHANGE"],
            tikTok.Received.Select(request => System.Text.Json.JsonDocument.Parse(request.Body).RootElement.GetProperty("event_type").GetString()));
        Assert.All(tikTok.Received, request => Assert.Equal("PUT /event/202309/webhooks", $"{request.Method} {request.Path}"));
        Assert.All(tikTok.Received, request => Assert.Contains("\"address\":\"https://engine.example.test/webhooks/tiktok\"", request.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_request_carries_a_right_signature()
    {
        await harness.Marketplace.GetWarehousesAsync(Harness.Shop, Ct);
        await harness.Marketplace.ReadOrdersAsync(Harness.Shop, ["1", "2"], Ct);
        await harness.Marketplace.GetLabelDocumentAsync(Harness.Shop, "1", Ct);
        await harness.Marketplace.SearchOrdersAsync(Harness.Shop, new OrderSearch { PageToken = "a+b/c==", UpdatedFrom = DateTimeOffset.FromUnixTimeSeconds(9) }, Ct);
        await harness.BuyAsync();
        await harness.Authorization.ListShopsAsync("TTP_other", Ct);

        Assert.Equal(6, tikTok.Received.Count);
        Assert.All(tikTok.Received, request => Assert.Equal(PlainSignature.Of(request, Harness.AppSecret), request.Query["sign"]));
        Assert.All(tikTok.Received, request => Assert.DoesNotContain("access_token", request.Query.Keys));
        Assert.All(tikTok.Received, request => Assert.Equal("application/json", request.Headers["content-type"]));
    }

    private ReceivedRequest Single() => Assert.Single(tikTok.Received);
}
