using System.Collections.Immutable;
using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.FrontDoor.Access;
using Engine.FrontDoor.Exceptions;
using Engine.FrontDoor.Idempotency;
using Engine.FrontDoor.Problems;
using Engine.FrontDoor.Shops;
using Engine.FrontDoor.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans;

namespace Engine.FrontDoor.Orders;

/// <summary>`/v1/orders`.</summary>
internal sealed class OrderApi(
    IOrderQueries queries,
    ILabelVault vault,
    IGrainFactory grains,
    ShopDirectory shops,
    OrderCursor cursors,
    IdempotentCalls idempotent,
    [FromKeyedServices(Clocks.Business)] TimeProvider business,
    [FromKeyedServices(Clocks.System)] TimeProvider system,
    IOptions<FrontDoorOptions> options)
{
    private static readonly ImmutableSortedDictionary<string, OrderStatus> StatusByName = ImmutableSortedDictionary.CreateRange(
        StringComparer.Ordinal,
        Enum.GetValues<OrderStatus>().Select(s => KeyValuePair.Create(JsonNamingPolicy.SnakeCaseLower.ConvertName(s.ToString()), s)));

    public async Task<IResult> ListAsync(
        HttpContext http,
        [Description("Only this shop's orders.")] string? shop,
        [Description("Only orders in one of these states; repeat the parameter for several.")] string[]? status,
        [FromQuery(Name = "due_before")][Description("Only orders whose dispatch deadline is before this instant (RFC 3339).")] string? dueBefore,
        [Description("next_cursor of the page before, with the same filter.")] string? cursor,
        [Description(PageLimit.Description)] int? limit,
        CancellationToken ct)
    {
        var caller = http.Caller();
        var filter = await FilterAsync(http, shop, status, dueBefore, limit);
        var query = cursor is null ? filter : filter with { After = cursors.Read(cursor, filter) };
        var rows = query.Shop is null && !caller.Key.Shops.IsEmpty
            ? await MergeAsync(query, caller.Key.Shops, ct)
            : await queries.ListAsync(query, ct);
        return Answer.Ok(new OrderList([.. rows.Select(OrderView.Of)], rows.Length == query.Limit ? cursors.After(rows[^1], filter) : null));
    }

    public async Task<IResult> GetAsync(
        HttpContext http, string shop, string id, [FromHeader(Name = "If-None-Match")] string? ifNoneMatch, CancellationToken ct)
    {
        var (record, order) = await OrderAsync(http, shop, id);
        var etag = OrderView.ETag(order);
        http.Response.Headers.ETag = etag;
        if (ifNoneMatch is not null && ifNoneMatch.Split(',').Any(t => t.Trim() is var tag && (tag == etag || tag == "*")))
        {
            return Results.StatusCode(StatusCodes.Status304NotModified);
        }

        var history = await queries.HistoryAsync(record.Merchant, order.Key, ct);
        return Answer.Ok(OrderView.Of(order, history, options.Value.ZoneByRegion.GetValueOrDefault(record.Region)));
    }

    public async Task<IResult> LabelAsync(HttpContext http, string shop, string id, string parcel, CancellationToken ct)
    {
        var (record, order) = await OrderAsync(http, shop, id);
        if (order.Parcels.FirstOrDefault(p => p.Id.Value == PathText.Id(parcel)) is not { } found)
        {
            return Problem.NotFound("parcel_not_found", "This order has no such parcel.");
        }

        if (found.LabelKey is not { } labelKey)
        {
            return new Problem(
                StatusCodes.Status404NotFound,
                "label_not_stored",
                "There is no label file for this parcel yet.",
                Retryable: found.Status is not (ParcelStatus.Cancelled or ParcelStatus.Parked));
        }

        if (await vault.ReadAsync(record.Merchant, record.Shop, labelKey, ct) is not { } file)
        {
            return new Problem(StatusCodes.Status410Gone, "label_removed", "The label file was removed by retention.");
        }

        http.Response.Headers.ContentDisposition = $"inline; filename=\"label-{FileName(found.Id.Value)}.pdf\"";
        return Results.Bytes(file, "application/pdf");
    }

    public async Task<IResult> SubmitTrackingAsync(
        HttpContext http,
        string shop,
        string id,
        [FromHeader(Name = IdempotentCalls.Header)][Description("New for every new request; 1 to 255 printable ASCII characters.")] string? idempotencyKey)
    {
        _ = idempotencyKey; // Declared for the API document; read and checked by IdempotentCalls.
        var (record, order) = await OrderAsync(http, shop, id);
        var request = await JsonBody.ReadAsync<TrackingRequest>(http, options.Value.JsonBodyMaxBytes);
        Check(request);
        var command = new SubmitTracking(
            request.ParcelId is { } parcel ? new ParcelId(parcel) : null, request.TrackingNumber, request.CarrierId, business.GetUtcNow());
        return await idempotent.RunAsync(
            http,
            "orders.tracking",
            OrderView.Path(order.Key),
            request,
            StatusCodes.Status202Accepted,
            new TrackingReceipt(order.Key.Shop.Value, order.Key.OrderId, request.ParcelId, request.TrackingNumber, request.CarrierId),
            async stored => OrderAnswers.RefusalOf(await AskAsync(http, record, order.Key, command, stored)));
    }

    public async Task<IResult> AnswerCancellationAsync(
        HttpContext http,
        string shop,
        string id,
        [FromHeader(Name = IdempotentCalls.Header)][Description("New for every new request; 1 to 255 printable ASCII characters.")] string? idempotencyKey)
    {
        _ = idempotencyKey; // Declared for the API document; read and checked by IdempotentCalls.
        var (record, order) = await OrderAsync(http, shop, id);
        var request = await JsonBody.ReadAsync<CancellationAnswerRequest>(http, options.Value.JsonBodyMaxBytes);
        return await idempotent.RunAsync(
            http,
            "orders.cancellation",
            OrderView.Path(order.Key),
            request,
            StatusCodes.Status202Accepted,
            new CancellationAnswerReceipt(order.Key.Shop.Value, order.Key.OrderId, request.Answer),
            async stored => OrderAnswers.RefusalOf(await AskAsync(http, record, order.Key, new AnswerCancellation(request.Answer, business.GetUtcNow()), stored)));
    }

    public async Task<IResult> ResumeAsync(HttpContext http, string shop, string id, CancellationToken ct)
    {
        var (record, order) = await OrderAsync(http, shop, id);
        var answer = await AskAsync(http, record, order.Key, new ResumeOrder(business.GetUtcNow()), null);
        if (OrderAnswers.RefusalOf(answer) is { } refusal)
        {
            return refusal;
        }

        var now = answer.Order ?? order;
        http.Response.Headers.ETag = OrderView.ETag(now);
        var history = await queries.HistoryAsync(record.Merchant, order.Key, ct);
        return Answer.Ok(OrderView.Of(now, history, options.Value.ZoneByRegion.GetValueOrDefault(record.Region)));
    }

    private async Task<OrderAnswer> AskAsync(HttpContext http, ShopRecord shop, OrderKey order, OrderCommand command, IdempotencyRecord? idempotency)
    {
        var causation = new Causation(http.Caller().Actor, Guid.NewGuid(), $"request:{http.TraceIdentifier}");
        var question = new OrderQuestion(shop.Merchant, command, causation, Idempotency: idempotency);
        var answer = await MovingGrains.TellAsync(system, () => grains.Order(order).AskAsync(question));
        return answer.Value;
    }

    /// <summary>The order of a path, with the shop it belongs to.</summary>
    /// <exception cref="ProblemException">404: no such order for this caller.</exception>
    private async Task<(ShopRecord Shop, OrderState Order)> OrderAsync(HttpContext http, string shop, string id)
    {
        var record = await http.ShopAsync(shops, shop);
        if (PathText.Id(id) is { } orderId
            && (await MovingGrains.AskAsync(system, () => grains.Order(new OrderKey(record.Shop, orderId)).GetAsync())).Value is { Version: > 0 } order
            && order.Merchant == record.Merchant)
        {
            return (record, order);
        }

        throw new ProblemException(Problem.NotFound("order_not_found", "There is no such order."));
    }

    private async Task<OrderListQuery> FilterAsync(HttpContext http, string? shop, string[]? status, string? dueBefore, int? limit)
    {
        var wrong = new List<FieldProblem>();
        if (PageLimit.WrongIn(limit) is { } unfit)
        {
            wrong.Add(unfit);
        }

        DateTimeOffset? due = null;
        if (dueBefore is not null)
        {
            if (Instants.TryParse(dueBefore, out var at))
            {
                due = at;
            }
            else
            {
                wrong.Add(new FieldProblem("due_before", "An instant as RFC 3339, such as 2026-06-15T07:00:00Z."));
            }
        }

        var statuses = ImmutableArray.CreateBuilder<OrderStatus>();
        foreach (var name in (status ?? []).SelectMany(s => s.Split(',')))
        {
            if (StatusByName.TryGetValue(name, out var known))
            {
                statuses.Add(known);
            }
            else
            {
                wrong.Add(new FieldProblem("status", $"One of {string.Join(", ", StatusByName.Keys)}."));
                break;
            }
        }

        if (wrong.Count > 0)
        {
            throw new ProblemException(Problem.WrongParameters([.. wrong]));
        }

        var only = shop is null ? null : await http.ShopAsync(shops, shop);
        return new OrderListQuery(http.Caller().Merchant, only?.Shop, [.. statuses.Distinct()], due, null, limit ?? PageLimit.Default);
    }

    /// <summary>A key that is bound to some shops sees one list of them all: the first rows of each, merged in the list's order.</summary>
    private async Task<ImmutableArray<OrderRow>> MergeAsync(OrderListQuery query, ImmutableArray<ShopId> only, CancellationToken ct)
    {
        var pages = new List<ImmutableArray<OrderRow>>(only.Length);
        foreach (var shop in only)
        {
            pages.Add(await queries.ListAsync(query with { Shop = shop }, ct));
        }

        return
        [
            .. pages.SelectMany(p => p)
                .OrderBy(r => r.ChangedAt)
                .ThenBy(r => r.Key.Shop.Value, StringComparer.Ordinal)
                .ThenBy(r => r.Key.OrderId, StringComparer.Ordinal)
                .Take(query.Limit),
        ];
    }

    private static void Check(TrackingRequest request)
    {
        var wrong = new List<FieldProblem>();
        if (!IsWord(request.TrackingNumber))
        {
            wrong.Add(new FieldProblem("tracking_number", "1 to 64 characters without blanks."));
        }

        if (!IsWord(request.CarrierId))
        {
            wrong.Add(new FieldProblem("carrier_id", "1 to 64 characters without blanks: the marketplace's shipping provider id."));
        }

        if (request.ParcelId is { } parcel && !IsWord(parcel))
        {
            wrong.Add(new FieldProblem("parcel_id", "The id of one of the order's parcels, or left out."));
        }

        if (wrong.Count > 0)
        {
            throw new ProblemException(Problem.Invalid("Some members are not as documented.", wrong));
        }
    }

    private static bool IsWord(string? text) => text is { Length: > 0 and <= 64 } && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));

    private static string FileName(string parcel) => string.Concat(parcel.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'));
}
