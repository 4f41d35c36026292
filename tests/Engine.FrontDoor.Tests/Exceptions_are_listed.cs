using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Engine.Domain.Cancellations;
using Engine.Domain.Orders;

namespace Engine.FrontDoor.Tests;

public sealed class Exceptions_are_listed
{
    [Fact]
    public async Task Oldest_first_with_reason_deadline_and_what_to_do_page_by_page()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Parked("1");
        door.Parked("2");
        door.Received("3");
        var first = JsonNode.Parse(await door.Client.GetStringAsync("/v1/exceptions?limit=1&reason=no_parcel_measure"))!;
        var only = Assert.Single(first["exceptions"]!.AsArray())!;
        Assert.Equal("1", (string)only["order_id"]!);
        Assert.Equal("no_parcel_measure", (string)only["reason"]!);
        Assert.Equal("set_parcel_profile", (string)only["next_action"]!["code"]!);
        Assert.EndsWith("Z", (string)only["since"]!, StringComparison.Ordinal);
        Assert.NotNull(only["deadline"]);
        var second = JsonNode.Parse(await door.Client.GetStringAsync($"/v1/exceptions?limit=1&reason=no_parcel_measure&cursor={first["next_cursor"]}"))!;
        Assert.Equal("2", (string)second["exceptions"]![0]!["order_id"]!);
        Assert.Empty(JsonNode.Parse(await door.Client.GetStringAsync("/v1/exceptions?reason=purchase_in_doubt"))!["exceptions"]!.AsArray());
        using var wrong = await door.Client.GetAsync($"/v1/exceptions?limit=1&cursor={first["next_cursor"]}");
        await wrong.RefusedAsync(400, "cursor_invalid");
    }

    [Fact]
    public async Task Only_to_their_own_merchant()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Parked("1", merchant: new MerchantId("other"));
        Assert.Empty(JsonNode.Parse(await door.Client.GetStringAsync("/v1/exceptions"))!["exceptions"]!.AsArray());
    }

    [Fact]
    public async Task And_a_buyers_request_is_answered_there_once_per_key()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var order = door.Received("1");
        door.Store.Append(
            order,
            TestFrontDoor.Ours,
            new CancellationRequested(TestFrontDoor.Now),
            new CancellationSeen("c-1", TestFrontDoor.Now, TestFrontDoor.Now, TestFrontDoor.Now.AddHours(24), null, false),
            new OrderParked(ParkReason.CancellationAsked, "The buyer asked.", TestFrontDoor.Now));
        using var resumed = await door.Client.PostAsync("/v1/orders/acme-us/1:resume", null);
        await resumed.RefusedAsync(409, "answer_needed");
        using var answered = await SendAsync(door, "K1");
        Assert.Equal(HttpStatusCode.Accepted, answered.StatusCode);
        Assert.Equal(CancellationAnswer.Reject, door.Store.Orders[order].Cancellation!.Ordered);
        using var again = await SendAsync(door, "K1");
        Assert.Equal("true", again.Headers.GetValues("Idempotent-Replayed").Single());
    }

    [Fact]
    public async Task And_where_no_buyer_asked_there_is_nothing_to_answer()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Received("1");
        using var refused = await SendAsync(door, "K1");
        await refused.RefusedAsync(409, "no_cancellation_pending");
    }

    private static async Task<HttpResponseMessage> SendAsync(TestFrontDoor door, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/orders/acme-us/1/cancellation")
        {
            Content = new StringContent("""{"answer":"reject"}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", key);
        return await door.Client.SendAsync(request);
    }
}
