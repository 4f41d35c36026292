using System.Net;
using System.Text.Json.Nodes;
using Engine.Domain.Orders;
using Engine.FrontDoor.Access;

namespace Engine.FrontDoor.Tests;

/// <summary>Generated from the API document: a new route is in here by itself.</summary>
public sealed class Another_tenants_things
{
    [Fact]
    public async Task Do_not_exist_on_any_route_that_takes_an_id()
    {
        await using var door = await TestFrontDoor.StartAsync(o => o.ShopRefreshSpacing = TimeSpan.Zero);
        door.Labelled("5001", TestFrontDoor.ForeignShop, TestFrontDoor.Theirs);
        door.Parked("5002", TestFrontDoor.ForeignShop, TestFrontDoor.Theirs);
        door.SellerShipped("5003", TestFrontDoor.ForeignShop, TestFrontDoor.Theirs);
        var before = door.Store.Orders.ToDictionary(o => o.Key, o => o.Value.Version);
        using var theirs = door.ClientFor(door.NewKey(TestFrontDoor.Theirs));

        var called = new List<string>();
        foreach (var (name, operation) in The_api_document.Operations(await The_api_document.DocumentAsync(door)).Where(TakesAnId))
        {
            foreach (var order in (string[])["5001", "5002", "5003"])
            {
                // The rival finds his own thing, or the call would prove nothing.
                using var own = await theirs.SendAsync(Call(name, operation, order, own: true));
                Assert.True(own.StatusCode is not HttpStatusCode.NotFound || name.Contains("labels", StringComparison.Ordinal), $"{name} {order} {own.StatusCode}");
                using var foreign = await door.Client.SendAsync(Call(name, operation, order, own: false));
                Assert.True(foreign.StatusCode == HttpStatusCode.NotFound, $"{name} answered {foreign.StatusCode} to another tenant.");
                var text = await foreign.Content.ReadAsStringAsync();
                Assert.DoesNotContain("rival", text, StringComparison.Ordinal);
                called.Add(name);
            }
        }

        Assert.Equal(16, called.Distinct().Count());
        using var missing = await door.Client.GetAsync("/v1/orders/no-such-shop/5001");
        using var other = await door.Client.GetAsync("/v1/orders/rival-us/5001");
        Assert.Equal(await TextAsync(missing), await TextAsync(other));
    }

    [Fact]
    public async Task Are_not_written_by_an_attempt()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var parked = door.Parked("5002", TestFrontDoor.ForeignShop, TestFrontDoor.Theirs);
        var open = door.SellerShipped("5003", TestFrontDoor.ForeignShop, TestFrontDoor.Theirs);
        foreach (var (name, operation) in The_api_document.Operations(await The_api_document.DocumentAsync(door)).Where(TakesAnId))
        {
            foreach (var order in (string[])["5002", "5003"])
            {
                using var foreign = await door.Client.SendAsync(Call(name, operation, order, own: false));
            }
        }

        Assert.Equal(OrderStatus.Parked, door.Store.Orders[parked].Status);
        Assert.Null(door.Store.Orders[open].Parcels[0].TrackingNumber);
        Assert.Empty(door.Store.Profiles);
        Assert.Empty(door.Store.Idempotency);
        Assert.Equal(0, door.Grains.Sweeps);
    }

    [Fact]
    public async Task Are_absent_from_every_list()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Labelled("5001", TestFrontDoor.ForeignShop, TestFrontDoor.Theirs);
        door.Store.Profiles[(TestFrontDoor.Theirs, "SKU")] = new(1);
        foreach (var path in (string[])["/v1/orders", "/v1/shops", "/v1/exceptions", "/v1/events", "/v1/parcel-profiles?sku=SKU"])
        {
            var text = await door.Client.GetStringAsync(path);
            Assert.DoesNotContain("rival", text, StringComparison.Ordinal);
            Assert.DoesNotContain("5001", text, StringComparison.Ordinal);
            Assert.DoesNotContain("\"SKU\"", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Are_not_reached_with_an_order_of_theirs_in_a_shop_of_ours()
    {
        // A row that says another merchant than its shop does: wrong data, and no reason to show it.
        await using var door = await TestFrontDoor.StartAsync();
        door.Labelled("5001", TestFrontDoor.Shop, TestFrontDoor.Theirs);
        using var response = await door.Client.GetAsync("/v1/orders/acme-us/5001");
        await response.RefusedAsync(404, "order_not_found");
    }

    [Fact]
    public async Task Need_a_scope_of_ones_own_key_on_every_route()
    {
        await using var door = await TestFrontDoor.StartAsync();
        foreach (var (name, operation) in The_api_document.Operations(await The_api_document.DocumentAsync(door)))
        {
            var needed = operation["security"]![0]!["api_key"]![0]!.GetValue<string>();
            using var none = door.ClientFor(null);
            using var without = await none.SendAsync(Call(name, operation, "1", own: false));
            await without.RefusedAsync(401, "key_missing");
            using var all = door.ClientFor(door.NewKey(TestFrontDoor.Ours, scopes: [.. Scopes.All.Where(s => s != needed)]));
            using var lacking = await all.SendAsync(Call(name, operation, "1", own: false));
            await lacking.RefusedAsync(403, "scope_missing");
        }
    }

    /// <summary>In the path, the query or the body. Connecting a shop is the exception: ids are unique, so one that is taken must be refused as such.</summary>
    private static bool TakesAnId((string Name, JsonObject Operation) o) => o.Name is not ("get /v1/shops" or "post /v1/shops");

    /// <summary>A well-formed call about the rival's things.</summary>
    private static HttpRequestMessage Call(string name, JsonObject operation, string order, bool own)
    {
        var (verb, template) = (name.Split(' ')[0], name.Split(' ')[1]);
        var path = template
            .Replace("{shop}", "rival-us", StringComparison.Ordinal)
            .Replace("/shops/{id}", "/shops/rival-us", StringComparison.Ordinal)
            .Replace("{id}", order, StringComparison.Ordinal)
            .Replace("{parcel}", $"{order}.1", StringComparison.Ordinal)
            .Replace("{sku}", "shop:rival-us", StringComparison.Ordinal);
        var query = (operation["parameters"]?.AsArray() ?? []).Where(p => p!["in"]!.GetValue<string>() == "query").Select(p => p!["name"]!.GetValue<string>());
        path += query.Contains("shop") ? "?shop=rival-us" : query.Contains("sku") ? "?sku=shop:rival-us" : "";
        var request = new HttpRequestMessage(new HttpMethod(verb.ToUpperInvariant()), path);
        if (operation["requestBody"]?["content"]?.AsObject() is { } content)
        {
            request.Content = content.ContainsKey("text/csv")
                ? new StringContent("sku,weight_grams\nshop:rival-us,5\n", System.Text.Encoding.UTF8, "text/csv")
                : Answers.Json(template switch
                {
                    "/v1/shops" => """{"shop":"rival-us","auth_code":"code"}""",
                    "/v1/parcel-profiles" => """{"profiles":[{"sku":"shop:rival-us","weight_grams":5}]}""",
                    "/v1/parcel-profiles/{sku}" => """{"weight_grams":5}""",
                    _ => """{"tracking_number":"1Z","carrier_id":"7"}""",
                });
        }

        request.Headers.Add("Idempotency-Key", own ? $"own-{order}" : $"foreign-{order}");
        return request;
    }

    private static async Task<string> TextAsync(HttpResponseMessage response)
    {
        var problem = await response.ProblemAsync();
        return $"{response.StatusCode} {problem.GetProperty("code")} {problem.GetProperty("detail")}";
    }
}
