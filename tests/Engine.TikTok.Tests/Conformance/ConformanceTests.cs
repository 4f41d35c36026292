using System.Text.Json;
using Engine.Domain.Cancellations;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.TikTok.Tests.Support;

namespace Engine.TikTok.Tests.Conformance;

/// <summary>Client and sandbox held against TikTok's own API description, and against each other.</summary>
public sealed class ConformanceTests(ScriptedLife life) : IClassFixture<ScriptedLife>
{
    private static string[][] Table(string file) =>
    [
        .. File.ReadAllLines(Repository.At("tests", "Engine.TikTok.Tests", "Conformance", file))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('\t')),
    ];

    private IEnumerable<Exchange> ApiExchanges => life.Exchanges.Where(exchange => !exchange.Path.StartsWith("/api/v2/token/", StringComparison.Ordinal) && !IsStorage(exchange));

    /// <summary>The label storage is no API: it answers a file.</summary>
    private static bool IsStorage(Exchange exchange) => exchange.Response.AsSpan().StartsWith("%PDF-"u8);

    [Fact]
    public void Everything_sent_and_received_is_named_in_the_platforms_description()
    {
        var description = new ApiDescription();
        var allowed = Table("deviations.tsv");
        Assert.All(allowed, row => Assert.True(row.Length == 4 && row[3].Length > 10, $"a deviation needs direction, endpoint, member and a reason: {string.Join(' ', row)}"));

        var deviations = ApiExchanges.SelectMany(description.Check).Select(deviation => deviation.ToString()).Distinct().ToArray();
        var unexplained = deviations.Where(deviation => !allowed.Any(row => Covers(row, deviation.Split('\t')))).ToArray();
        Assert.True(unexplained.Length == 0, string.Join('\n', unexplained));

        var unused = allowed.Where(row => !deviations.Any(deviation => Covers(row, deviation.Split('\t')))).Select(row => string.Join(' ', row)).ToArray();
        Assert.True(unused.Length == 0, "listed deviations that no longer occur:\n" + string.Join('\n', unused));

        static bool Covers(string[] row, string[] deviation) => row[0] == deviation[0] && (row[1] == "*" || row[1] == deviation[1]) && row[2] == deviation[2];
    }

    /// <summary>The judge itself is judged: what is wrong on purpose must be found.</summary>
    [Theory]
    [InlineData("\"package_id\":\"", "\"parcel_id\":\"", "data.parcel_id", "not named")]
    [InlineData("\"create_time\":1", "\"create_time\":\"x\",\"ignored\":1", "data.create_time", "is String, described as integer")]
    [InlineData("\"unit\":\"GRAM\"", "\"unit\":\"STONE\"", "data.weight.unit", "STONE is not among GRAM POUND")]
    [InlineData("\"package_status\":\"PROCESSING\"", "\"package_status\":\"FLYING\"", "data.package_status", "FLYING is not among")]
    public void What_is_not_in_the_description_is_found(string from, string to, string member, string what)
    {
        var description = new ApiDescription();
        var exchange = life.Exchanges.Last(candidate => candidate.Path == $"/fulfillment/202309/packages/{Value(life.Told.Bought).PackageId}");
        var text = System.Text.Encoding.UTF8.GetString(exchange.Response);
        Assert.Contains(from, text, StringComparison.Ordinal);

        var changed = exchange with { Response = System.Text.Encoding.UTF8.GetBytes(text.Replace(from, to, StringComparison.Ordinal)) };

        Assert.Contains(description.Check(changed), deviation => deviation.Member == member && deviation.What.StartsWith(what, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_endpoint_in_use_was_exercised()
    {
        var description = new ApiDescription();
        var used = ApiExchanges.Select(exchange => $"{exchange.Method} {description.TemplateOf(exchange.Method, exchange.Path)}").ToHashSet(StringComparer.Ordinal);
        string[] expected =
        [
            "GET /authorization/202309/shops",
            "PUT /event/202309/webhooks",
            "POST /order/202309/orders/search",
            "GET /order/202507/orders",
            "POST /fulfillment/202309/orders/{order_id}/shipping_services/query",
            "POST /fulfillment/202309/packages",
            "POST /fulfillment/202512/packages",
            "GET /fulfillment/202309/packages/{package_id}",
            "POST /fulfillment/202309/packages/search",
            "GET /fulfillment/202309/packages/{package_id}/shipping_documents",
            "POST /fulfillment/202309/orders/{order_id}/packages",
            "POST /return_refund/202309/cancellations/search",
            "POST /return_refund/202309/cancellations/{cancel_id}/approve",
            "POST /return_refund/202309/cancellations/{cancel_id}/reject",
            "GET /product/202309/products/{product_id}",
            "POST /data_reconciliation/202401/orders/import",
            "GET /logistics/202309/warehouses",
            "GET /logistics/202309/delivery_options/{delivery_option_id}/shipping_providers",
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), used.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Members_that_must_be_there_in_a_state_are_there()
    {
        var description = new ApiDescription();
        var problems = new List<string>();
        foreach (var row in Table("required-members.tsv"))
        {
            var (direction, endpoint, place, when, members) = (row[0], row[1], row[2], row[3], row[4].Split(' '));
            var found = 0;
            foreach (var exchange in ApiExchanges.Where(exchange => $"{exchange.Method} {description.TemplateOf(exchange.Method, exchange.Path)}" == endpoint))
            {
                var body = direction == "request" ? exchange.Request : exchange.Response;
                if (body.Length == 0)
                {
                    continue;
                }

                // A refusal has an envelope and no data.
                var root = JsonDocument.Parse(body).RootElement;
                if (place != "." && direction == "response" && root.GetProperty("code").GetInt64() != 0)
                {
                    continue;
                }

                foreach (var element in Places(root, place).Where(element => Holds(element, when)))
                {
                    found++;
                    problems.AddRange(members
                        .Where(member => member[0] == '!' ? Has(element, member[1..]) : !Has(element, member))
                        .Select(member => $"{endpoint} {direction} {place} when {when}: {member}"));
                }
            }

            if (found == 0)
            {
                problems.Add($"{endpoint} {direction} {place} when {when}: no such case in the scripted life");
            }
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems.Distinct()));
    }

    [Fact]
    public void Every_notification_of_the_sandbox_is_genuine_and_readable()
    {
        Assert.NotEmpty(life.Notifications);
        Assert.All(life.Notifications, notification =>
        {
            Assert.True(notification.Genuine);
            Assert.NotNull(notification.Hint);
            Assert.Equal(life.Told.ShopId, notification.Hint.MarketplaceShopId);
            Assert.NotEmpty(notification.Hint.OrderIds);
            Assert.NotNull(notification.Hint.SentAt);
        });
        Assert.Contains(life.Notifications, notification => notification.Hint!.Type == WebhookType.OrderStatusChange);
        Assert.Contains(life.Notifications, notification => notification.Hint!.Type == WebhookType.PackageUpdate);
        Assert.Contains(life.Notifications, notification => notification.Hint!.Type == WebhookType.CancellationStatusChange);
    }

    [Fact]
    public void Orders_of_every_kind_are_understood()
    {
        var orders = life.Told.Before;
        Assert.Equal(
            [
                MarketplaceStatus.AwaitingShipment, MarketplaceStatus.AwaitingShipment, MarketplaceStatus.AwaitingShipment, MarketplaceStatus.AwaitingShipment,
                MarketplaceStatus.AwaitingShipment, MarketplaceStatus.AwaitingShipment, MarketplaceStatus.OnHold, MarketplaceStatus.Cancelled,
            ],
            orders.Where(order => order.Fulfiller == Fulfiller.Seller).Select(order => order.Status));
        Assert.Single(orders, order => order.Fulfiller == Fulfiller.Platform);
        Assert.Single(orders, order => order.Shipping == ShippingMode.SellerCarrier);
        Assert.Equal(2, orders.Count(order => order.CancelRequested));
        Assert.Equal(2, orders[0].Lines.Length);
        Assert.All(orders.Where(order => order.Shipping == ShippingMode.PlatformLabel), order => Assert.Equal(0, order.Recipient.Length));
        Assert.True(orders.Single(order => order.Shipping == ShippingMode.SellerCarrier).Recipient.Length > 0);
        Assert.All(orders, order => Assert.DoesNotContain("\"recipient_address\"", System.Text.Encoding.UTF8.GetString(order.Document.Span), StringComparison.Ordinal));
        Assert.All(orders.Where(order => order.Status == MarketplaceStatus.AwaitingShipment), order =>
        {
            Assert.NotNull(order.LabelBy);
            Assert.NotNull(order.DispatchBy);
            Assert.NotNull(order.CancelledIfUnlabelledAt);
            Assert.NotNull(order.Country);
            Assert.NotNull(order.State);
        });
    }

    [Fact]
    public void A_search_is_walked_by_pages()
    {
        var one = Value(life.Told.PageOne);
        var two = Value(life.Told.PageTwo);
        Assert.Equal(3, one.Orders.Length);
        Assert.NotNull(one.NextPageToken);
        Assert.Empty(one.Orders.Select(order => order.OrderId).Intersect(two.Orders.Select(order => order.OrderId)));
        Assert.Equal(9, Value(life.Told.ByCreation).Orders.Length);
        Assert.Null(Value(life.Told.ByCreation).NextPageToken);
    }

    [Fact]
    public void A_bought_label_leads_to_its_package_document_and_file()
    {
        var bought = Value(life.Told.Bought);
        var package = Value(life.Told.Package);
        Assert.NotNull(bought.Price);
        Assert.Equal(bought.PackageId, package.PackageId);
        Assert.Equal([life.Told.PlainOrder], package.OrderIds);
        Assert.Equal(2, package.LineIds.Length);
        Assert.Equal(package.TrackingNumber, Value(life.Told.Document).TrackingNumber);
        Assert.True(Value(life.Told.File).AsSpan().StartsWith("%PDF-"u8));
        Assert.Contains(Value(life.Told.Packages).Entries, found => found.PackageId == bought.PackageId);
        Assert.Contains(Value(life.Told.Packages).Entries, found => found.PackageId == Value(life.Told.Combined).PackageId && found.OrderIds.Length == 2);
        Assert.NotNull(Value(life.Told.Measure));
        Assert.Single(Value(life.Told.Warehouses), warehouse => warehouse is { Enabled: true, IsDefault: true });
        Assert.Equal(4, Value(life.Told.Registered));
    }

    [Fact]
    public void What_cannot_be_bought_is_refused_with_a_listed_code()
    {
        Assert.Equal(("21022025", RefusalClass.AlreadyDone), Refusal(life.Told.Again));
        Assert.Equal(("21011044", RefusalClass.StateConflict), Refusal(life.Told.OnHold));
        Assert.Equal(("21008025", RefusalClass.StateConflict), Refusal(life.Told.NotOurs));
        Assert.Equal(("21011007", RefusalClass.StateConflict), Refusal(life.Told.Pending));
        Assert.Equal(("21011029", RefusalClass.StateConflict), Refusal(life.Told.NoLines));
        Assert.Equal(("21011020", RefusalClass.AlreadyDone), Refusal(life.Told.ToldAgain));
        Assert.Equal(("11034002", RefusalClass.Bug), Refusal(life.Told.SellerDocument));
        Assert.Equal(("21042102", RefusalClass.StateConflict), Refusal(life.Told.TooLate));
        Assert.Equal(("21008111", RefusalClass.FixData), Refusal(life.Told.Foreign));
    }

    [Fact]
    public void A_buyers_request_is_answered_once_however_often_it_is_sent()
    {
        var answers = life.Told.Answers;
        Assert.Equal(CancellationAnswer.Approve, Value(answers.Approved));
        Assert.Equal(CancellationAnswer.Approve, Value(answers.ApprovedAgain));
        Assert.Equal(CancellationAnswer.Reject, Value(answers.Rejected));
        Assert.Equal(CancellationAnswer.Reject, Value(answers.RejectedAgain));
        Assert.Equal(("25020010", RefusalClass.StateConflict), Refusal(answers.RejectedTooLate));
        Assert.Equal(("25011012", RefusalClass.StateConflict), Refusal(answers.ApprovedTooLate));
        Assert.Equal([MarketplaceStatus.Cancelled, MarketplaceStatus.AwaitingShipment], answers.Orders.Select(order => order.Status));
        Assert.All(answers.Orders, order => Assert.False(order.CancelRequested));
        Assert.All(answers.Requests, request => Assert.False(request.Pending));
        Assert.Single(answers.Requests, request => request.Approved && request.OrderId == answers.Orders[0].OrderId);
    }

    [Fact]
    public void After_the_carriers_scan_the_order_says_when()
    {
        var plain = life.Told.After[0];
        Assert.Equal(MarketplaceStatus.InTransit, plain.Status);
        Assert.NotNull(plain.FirstScanAt);
        Assert.Equal([Value(life.Told.Bought).PackageId], plain.PackageIds);
        Assert.Equal(MarketplaceStatus.AwaitingCollection, life.Told.After[1].Status);
        Assert.Equal(life.Told.After[1].PackageIds, life.Told.After[2].PackageIds);
        Assert.Equal(MarketplaceStatus.AwaitingCollection, life.Told.After[3].Status);
        Assert.Equal("9400111899223100000017", life.Told.After[3].TrackingNumber);
    }

    [Fact]
    public void The_quality_exchange_takes_what_is_on_its_lists_and_names_each_order_that_it_refuses()
    {
        var refused = Value(life.Told.Exchanged);
        Assert.Equal(["Invalid issue_reason", "Invalid order_id"], refused.Select(refusal => refusal.Message));
        Assert.All(refused, refusal => Assert.Equal("36010025", refusal.Code));
        Assert.Equal(JsonValueKind.Null, life.Told.Taken.GetProperty(life.Told.PlainOrder).ValueKind);
        Assert.Contains(life.Told.Taken.EnumerateObject(), told => told.Value.ToString() == "APP_MISSED_WEBHOOK");
        Assert.Equal(2, life.Told.Taken.EnumerateObject().Count());
    }

    [Fact]
    public void A_search_says_how_many_orders_its_window_has_and_a_shipped_line_shows_its_number()
    {
        Assert.Equal(Value(life.Told.ByCreation).Orders.Length, Value(life.Told.ByCreation).Counted);
        Assert.All(life.Told.After[0].Lines, line => Assert.Equal(Value(life.Told.Package).TrackingNumber, line.TrackingNumber));
        Assert.All(life.Told.Before.Where(order => order.Status == MarketplaceStatus.AwaitingShipment).SelectMany(order => order.Lines), line => Assert.Null(line.TrackingNumber));
        Assert.Equal("9400111899223100000017", life.Told.After[3].Lines[0].TrackingNumber);
    }

    private static T Value<T>(CallOutcome<T> outcome) => Assert.IsType<CallOutcome<T>.Succeeded>(outcome).Value;

    private static (string, RefusalClass) Refusal<T>(CallOutcome<T> outcome) =>
        outcome is CallOutcome<T>.Rejected rejected ? (rejected.Code, rejected.Class) : (outcome.Describe(), default);

    /// <summary>The objects at a path such as data.orders[].line_items[]; "." is the body itself.</summary>
    private static IEnumerable<JsonElement> Places(JsonElement root, string path)
    {
        IEnumerable<JsonElement> here = [root];
        foreach (var step in path == "." ? [] : path.Split('.'))
        {
            var name = step.TrimEnd('[', ']');
            here = here.Where(element => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out _)).Select(element => element.GetProperty(name));
            if (step.EndsWith("[]", StringComparison.Ordinal))
            {
                here = here.Where(element => element.ValueKind == JsonValueKind.Array).SelectMany(element => element.EnumerateArray());
            }
        }

        return here.Where(element => element.ValueKind == JsonValueKind.Object);
    }

    /// <summary>"always", or conditions "member=a|b" joined by blanks.</summary>
    private static bool Holds(JsonElement element, string when) => when == "always" || when.Split(' ').All(condition =>
    {
        var (member, values) = (condition.Split('=')[0], condition.Split('=')[1].Split('|'));
        return element.TryGetProperty(member, out var value) && values.Contains(value.ToString(), StringComparer.OrdinalIgnoreCase);
    });

    private static bool Has(JsonElement element, string member) => element.TryGetProperty(member, out var value)
        && value.ValueKind is not JsonValueKind.Null && (value.ValueKind != JsonValueKind.String || value.GetString()!.Length > 0);
}
