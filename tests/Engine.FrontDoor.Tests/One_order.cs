using System.Net;
using Engine.Contracts;
using Engine.Domain.Orders;
using Engine.Domain.Ports;

namespace Engine.FrontDoor.Tests;

public sealed class One_order
{
    [Fact]
    public async Task Is_shown_with_its_parcels_deadlines_and_history()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Labelled("576461");
        using var response = await door.Client.GetAsync("/v1/orders/acme-us/576461");
        var order = await response.JsonAsync();
        Assert.Equal("\"5\"", response.Headers.ETag?.Tag);
        Assert.Equal(5, order.GetProperty("version").GetInt32());
        var due = order.GetProperty("deadlines").GetProperty("dispatch_by");
        Assert.Equal("2026-06-22T00:00:00Z", due.GetProperty("at").GetString());
        Assert.Equal("2026-06-21T17:00:00-07:00", due.GetProperty("local").GetString());
        Assert.Equal("America/Los_Angeles", due.GetProperty("zone").GetString());
        var parcel = order.GetProperty("parcels")[0];
        Assert.Equal("ready", parcel.GetProperty("status").GetString());
        Assert.Equal("/v1/orders/acme-us/576461/labels/576461.1", parcel.GetProperty("label_url").GetString());
        Assert.Equal(
            ["order.received", "order.routed", "label.intended", "label.purchased", "label.document_ready"],
            order.GetProperty("history").EnumerateArray().Select(h => h.GetProperty("name").GetString()!));
        Assert.Equal("P1", order.GetProperty("history")[3].GetProperty("body").GetProperty("package_id").GetString());
    }

    [Fact]
    public async Task Is_304_while_it_has_not_changed()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Received("1");
        using var same = await GetIfChangedAsync(door, "\"1\"");
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        door.Store.Append(new OrderKey(TestFrontDoor.Shop, "1"), TestFrontDoor.Ours, new OrderParked("reason", "detail", TestFrontDoor.Now));
        using var changed = await GetIfChangedAsync(door, "\"1\"");
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal("\"2\"", changed.Headers.ETag?.Tag);
    }

    [Fact]
    public async Task With_a_slash_in_its_id_is_found_by_its_encoded_path()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Labelled("A/1");
        using var response = await door.Client.GetAsync("/v1/orders/acme-us/A%2F1");
        var url = (await response.JsonAsync()).GetProperty("parcels")[0].GetProperty("label_url").GetString();
        using var label = await door.Client.GetAsync(url);
        Assert.Equal(HttpStatusCode.OK, label.StatusCode);
    }

    [Fact]
    public async Task That_was_never_received_is_404()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await door.Client.GetAsync("/v1/orders/acme-us/404");
        await response.RefusedAsync(404, "order_not_found");
    }

    [Fact]
    public async Task Gives_its_label_file_and_forbids_to_keep_it()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Labelled("1");
        using var response = await door.Client.GetAsync("/v1/orders/acme-us/1/labels/1.1");
        Assert.Equal("application/pdf", response.Content.Headers.ContentType?.ToString());
        Assert.True(response.Headers.CacheControl?.NoStore);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("%PDF-1.7 label", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Has_no_label_before_it_is_stored_none_after_retention_and_503_while_the_vault_is_away()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.SellerShipped("1");
        door.Labelled("2");
        using var early = await door.Client.GetAsync("/v1/orders/acme-us/1/labels/1.1");
        await early.RefusedAsync(404, "label_not_stored");
        using var wrong = await door.Client.GetAsync("/v1/orders/acme-us/2/labels/2.2");
        await wrong.RefusedAsync(404, "parcel_not_found");
        door.Store.Down = new VaultUnavailableException("damaged");
        using var away = await door.Client.GetAsync("/v1/orders/acme-us/2/labels/2.1");
        await away.RefusedAsync(503, "unavailable");
        door.Store.Down = null;
        door.Store.Labels.Clear();
        using var late = await door.Client.GetAsync("/v1/orders/acme-us/2/labels/2.1");
        await late.RefusedAsync(410, "label_removed");
    }

    [Fact]
    public async Task That_is_parked_goes_back_to_work_and_one_that_is_not_stays_as_it_is()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Parked("1");
        using var first = await door.Client.PostAsync("/v1/orders/acme-us/1:resume", null);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal("allocating", (await first.JsonAsync()).GetProperty("status").GetString());
        Assert.Equal("\"3\"", first.Headers.ETag?.Tag);
        using var again = await door.Client.PostAsync("/v1/orders/acme-us/1:resume", null);
        Assert.Equal("\"3\"", again.Headers.ETag?.Tag);
    }

    [Fact]
    public async Task Writes_down_which_key_asked_for_what()
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Parked("1");
        OrderQuestion? asked = null;
        door.Grains.Interrupt = q =>
        {
            asked = q;
            return Task.FromResult<OrderAnswer?>(null);
        };
        using var response = await door.Client.PostAsync("/v1/orders/acme-us/1:resume", null);
        Assert.StartsWith("key:", asked!.Causation.Actor, StringComparison.Ordinal);
        Assert.Equal($"request:{response.Headers.GetValues("X-Request-Id").Single()}", asked.Causation.Cause);
        Assert.Equal(TestFrontDoor.Ours, asked.Merchant);
    }

    [Theory]
    [InlineData(AskResult.Unavailable, null, 503, "unavailable", true)]
    [InlineData(AskResult.Unknown, null, 503, "outcome_unknown", true)]
    [InlineData(AskResult.Refused, RefusalReason.UnknownOrder, 404, "order_not_found", false)]
    [InlineData(AskResult.Refused, RefusalReason.UnknownParcel, 404, "parcel_not_found", false)]
    [InlineData(AskResult.Refused, RefusalReason.WrongStatus, 409, "wrong_status", false)]
    [InlineData(AskResult.Refused, RefusalReason.CancellationPending, 409, "cancellation_pending", false)]
    [InlineData(AskResult.Refused, RefusalReason.ReadTooOld, 409, "read_too_old", true)]
    [InlineData(AskResult.Refused, RefusalReason.AttemptOpen, 409, "attempt_open", true)]
    [InlineData(AskResult.Refused, RefusalReason.NotSellerShipped, 422, "not_seller_shipped", false)]
    [InlineData(AskResult.Refused, RefusalReason.ParcelMissing, 422, "parcel_missing", false)]
    [InlineData(AskResult.Refused, RefusalReason.TrackingInvalid, 422, "tracking_invalid", false)]
    [InlineData(AskResult.Refused, RefusalReason.NoCancellationPending, 409, "no_cancellation_pending", false)]
    [InlineData(AskResult.Refused, RefusalReason.AnswerNeeded, 409, "answer_needed", false)]
    public async Task Answers_every_refusal_with_its_own_status_and_code(AskResult result, RefusalReason? reason, int status, string code, bool retryable)
    {
        await using var door = await TestFrontDoor.StartAsync();
        door.Parked("1");
        door.Grains.Interrupt = _ => Task.FromResult<OrderAnswer?>(new OrderAnswer(result, null, reason, "Why."));
        using var response = await door.Client.PostAsync("/v1/orders/acme-us/1:resume", null);
        await response.RefusedAsync(status, code);
        Assert.Equal(retryable, (await response.ProblemAsync()).GetProperty("retryable").GetBoolean());
        Assert.Equal(status == 503, response.Headers.RetryAfter is not null);
    }

    [Fact]
    public void Has_a_status_for_every_reason_of_refusal()
    {
        var shown = typeof(One_order).GetMethod(nameof(Answers_every_refusal_with_its_own_status_and_code))!
            .GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>().Select(a => a.Data[1]).OfType<RefusalReason>();
        Assert.Equal(Enum.GetValues<RefusalReason>().Order(), shown.Order());
    }

    private static async Task<HttpResponseMessage> GetIfChangedAsync(TestFrontDoor door, string etag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/orders/acme-us/1");
        request.Headers.TryAddWithoutValidation("If-None-Match", etag);
        return await door.Client.SendAsync(request);
    }
}
