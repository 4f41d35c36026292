using System.Net;
using Engine.Contracts;
using Engine.Domain.Ports;

namespace Engine.FrontDoor.Tests;

public sealed class Tracking_is_submitted
{
    private const string Good = """{"tracking_number":"1Z999","carrier_id":"7117"}""";

    [Fact]
    public async Task And_the_answer_is_stored_with_the_effect()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var order = door.SellerShipped("1");
        using var response = await SendAsync(door, "1", Good, "K1");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.False(response.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal("1Z999", door.Store.Orders[order].Parcels[0].TrackingNumber);
        var record = Assert.Single(door.Store.Idempotency).Value;
        Assert.StartsWith("acme/", record.Scope, StringComparison.Ordinal);
        Assert.Equal(await response.Content.ReadAsStringAsync(), record.Body);
        Assert.True(record.ExpiresAt - TestFrontDoor.Now >= TimeSpan.FromDays(7));
    }

    [Fact]
    public async Task Once_however_often_it_is_sent_with_the_same_key()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var order = door.SellerShipped("1");
        using var first = await SendAsync(door, "1", Good, "K1");
        var version = door.Store.Orders[order].Version;
        // The same request, written in another way.
        using var again = await SendAsync(door, "1", """{ "carrier_id": "7117", "parcel_id": null, "tracking_number": "1Z999" }""", "K1");
        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        Assert.Equal("true", again.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Equal(await first.Content.ReadAsByteArrayAsync(), await again.Content.ReadAsByteArrayAsync());
        Assert.Equal(version, door.Store.Orders[order].Version);
    }

    [Fact]
    public async Task Also_with_the_next_api_key_of_the_same_merchant()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.SellerShipped("1");
        using var first = await SendAsync(door, "1", Good, "K1");
        using var rotated = door.ClientFor(door.NewKey(TestFrontDoor.Ours));
        using var again = await SendAsync(door, "1", Good, "K1", rotated);
        Assert.Equal("true", again.Headers.GetValues("Idempotent-Replayed").Single());
    }

    [Fact]
    public async Task Not_without_a_key_and_not_with_an_unfit_one()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.SellerShipped("1");
        using var missing = await SendAsync(door, "1", Good, null);
        await missing.RefusedAsync(400, "idempotency_key_missing");
        using var tooLong = await SendAsync(door, "1", Good, new string('k', 256));
        await tooLong.RefusedAsync(400, "idempotency_key_invalid");
        using var longest = await SendAsync(door, "1", Good, new string('k', 255));
        Assert.Equal(HttpStatusCode.Accepted, longest.StatusCode);
    }

    [Fact]
    public async Task Not_with_a_key_that_was_used_for_another_body_or_another_order()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.SellerShipped("1");
        var other = door.SellerShipped("2");
        using var first = await SendAsync(door, "1", Good, "K1");
        using var body = await SendAsync(door, "1", """{"tracking_number":"2Z000","carrier_id":"7117"}""", "K1");
        await body.RefusedAsync(422, "idempotency_key_reused");
        using var order = await SendAsync(door, "2", Good, "K1");
        await order.RefusedAsync(422, "idempotency_key_reused");
        Assert.Null(door.Store.Orders[other].Parcels[0].TrackingNumber);
    }

    [Fact]
    public async Task Not_twice_at_the_same_time()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.SellerShipped("1");
        var entered = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        door.Grains.Interrupt = async _ =>
        {
            entered.TrySetResult();
            await goOn.Task;
            return null;
        };
        var first = SendAsync(door, "1", Good, "K1");
        await entered.Task;
        using var second = await SendAsync(door, "1", Good, "K1");
        await second.RefusedAsync(409, "idempotency_key_running");
        Assert.NotNull(second.Headers.RetryAfter);
        goOn.SetResult();
        Assert.Equal(HttpStatusCode.Accepted, (await first).StatusCode);
        door.Grains.Interrupt = null;
        using var third = await SendAsync(door, "1", Good, "K1");
        Assert.Equal("true", third.Headers.GetValues("Idempotent-Replayed").Single());
    }

    [Fact]
    public async Task And_an_answer_that_was_lost_is_found_again()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var order = door.SellerShipped("1");
        door.Grains.Interrupt = q =>
        {
            // Committed, and the connection broke before anybody heard of it.
            door.Store.Decide(order, q);
            return Task.FromResult<OrderAnswer?>(new OrderAnswer(AskResult.Unknown, null));
        };
        using var response = await SendAsync(door, "1", Good, "K1");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("true", response.Headers.GetValues("Idempotent-Replayed").Single());
    }

    [Fact]
    public async Task Or_its_outcome_is_called_unknown_and_the_same_key_may_ask_again()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.SellerShipped("1");
        door.Grains.Interrupt = _ => Task.FromResult<OrderAnswer?>(new OrderAnswer(AskResult.Unknown, null));
        using var unknown = await SendAsync(door, "1", Good, "K1");
        await unknown.RefusedAsync(503, "outcome_unknown");
        door.Grains.Interrupt = null;
        using var again = await SendAsync(door, "1", Good, "K1");
        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
    }

    [Fact]
    public async Task Not_for_an_order_that_ships_with_the_marketplaces_label_and_the_key_stays_free()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Labelled("1");
        door.SellerShipped("2");
        using var refused = await SendAsync(door, "1", Good, "K1");
        await refused.RefusedAsync(422, "not_seller_shipped");
        Assert.Empty(door.Store.Idempotency);
        using var other = await SendAsync(door, "2", Good, "K1");
        Assert.Equal(HttpStatusCode.Accepted, other.StatusCode);
    }

    [Theory]
    [InlineData("""{"tracking_number":"","carrier_id":"7"}""", 422, "invalid", "tracking_number")]
    [InlineData("""{"tracking_number":"a b","carrier_id":"7"}""", 422, "invalid", "tracking_number")]
    [InlineData("""{"tracking_number":"1"}""", 422, "invalid", "carrier_id")]
    [InlineData("""{"tracking_number":"1","carrier_id":"7","merchant":"rival"}""", 400, "json_invalid", "merchant")]
    [InlineData("""{"tracking_number":"1","tracking_number":"2","carrier_id":"7"}""", 400, "json_invalid", "tracking_number")]
    [InlineData("""{"tracking_number":1,"carrier_id":"7"}""", 400, "json_invalid", "tracking_number")]
    [InlineData("""{"tracking_number":null,"carrier_id":"7"}""", 400, "json_invalid", "tracking_number")]
    [InlineData("""{"tracking_number":""", 400, "json_invalid", "tracking_number")]
    [InlineData("null", 400, "json_invalid", null)]
    [InlineData("", 400, "json_invalid", "")]
    public async Task Not_with_a_body_that_is_not_as_documented(string body, int status, string code, string? field)
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.SellerShipped("1");
        using var response = await SendAsync(door, "1", body, "K1");
        await response.RefusedAsync(status, code);
        if (field is not null)
        {
            Assert.Equal(field, (await response.ProblemAsync()).GetProperty("errors")[0].GetProperty("field").GetString());
        }

        Assert.Empty(door.Store.Idempotency);
    }

    [Fact]
    public async Task Not_with_a_body_too_deep_too_large_or_of_another_type()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.SellerShipped("1");
        var deep = string.Concat(Enumerable.Repeat("{\"parcel_id\":", 40)) + "1" + new string('}', 40);
        using var tooDeep = await SendAsync(door, "1", deep, "K1");
        await tooDeep.RefusedAsync(400, "json_invalid");
        using var tooLarge = await SendAsync(door, "1", $$"""{"tracking_number":"{{new string('1', 1024 * 1024)}}"}""", "K1");
        await tooLarge.RefusedAsync(413, "body_too_large");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/orders/acme-us/1/tracking") { Content = new StringContent(Good) };
        request.Headers.Add("Idempotency-Key", "K1");
        using var text = await door.Client.SendAsync(request);
        await text.RefusedAsync(415, "unsupported_media_type");
    }

    [Fact]
    public async Task Not_for_another_parcel_than_the_order_has()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var order = door.SellerShipped("1");
        using var wrong = await SendAsync(door, "1", """{"parcel_id":"1.2","tracking_number":"1Z","carrier_id":"7"}""", "K1");
        await wrong.RefusedAsync(422, "parcel_missing");
        using var right = await SendAsync(door, "1", """{"parcel_id":"1.1","tracking_number":"1Z","carrier_id":"7"}""", "K2");
        Assert.Equal(HttpStatusCode.Accepted, right.StatusCode);
        Assert.Equal("7", door.Store.Orders[order].Parcels[0].CarrierId);
    }

    [Fact]
    public async Task Not_while_the_database_is_away()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.SellerShipped("1");
        using (await door.Client.GetAsync("/v1/orders/acme-us/1"))
        {
        }

        door.Store.Down = new JournalUnavailableException("away");
        using var response = await SendAsync(door, "1", Good, "K1");
        await response.RefusedAsync(503, "unavailable");
        Assert.True((await response.ProblemAsync()).GetProperty("retryable").GetBoolean());
    }

    private static async Task<HttpResponseMessage> SendAsync(TestFrontDoor door, string order, string body, string? key, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/orders/acme-us/{order}/tracking") { Content = Answers.Json(body) };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return await (client ?? door.Client).SendAsync(request);
    }
}
