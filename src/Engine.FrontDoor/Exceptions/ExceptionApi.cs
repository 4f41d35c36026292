using System.Collections.Immutable;
using System.ComponentModel;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.FrontDoor.Access;
using Engine.FrontDoor.Orders;
using Engine.FrontDoor.Problems;
using Engine.FrontDoor.Shops;
using Engine.FrontDoor.Wire;
using Microsoft.AspNetCore.Http;

namespace Engine.FrontDoor.Exceptions;

/// <summary>`/v1/exceptions`: the queue of what people must look at.</summary>
internal sealed class ExceptionApi(IOrderQueries queries, ShopDirectory shops, OrderCursor cursors)
{
    private const int ReasonLengthMax = 64;

    public async Task<IResult> ListAsync(
        HttpContext http,
        [Description("Only this shop's exceptions.")] string? shop,
        [Description("Only those with this reason code.")] string? reason,
        [Description("next_cursor of the page before, with the same filter.")] string? cursor,
        [Description(PageLimit.Description)] int? limit,
        CancellationToken ct)
    {
        if (PageLimit.WrongIn(limit) is { } unfit)
        {
            throw new ProblemException(Problem.WrongParameters(unfit));
        }

        if (reason is { Length: 0 or > ReasonLengthMax })
        {
            throw new ProblemException(Problem.WrongParameters(new FieldProblem("reason", $"A reason code of 1 to {ReasonLengthMax} characters.")));
        }

        var caller = http.Caller();
        ImmutableArray<ShopId> only = shop is null ? caller.Key.Shops : [(await http.ShopAsync(shops, shop)).Shop];
        var query = new ExceptionQuery(caller.Merchant, only, reason, null, limit ?? PageLimit.Default);
        var filter = $"exceptions|{caller.Merchant}|{string.Join(',', only)}|{reason}|{query.Limit}";
        var rows = await queries.ExceptionsAsync(cursor is null ? query : query with { After = cursors.Read(cursor, filter) }, ct);
        return Answer.Ok(new ExceptionList(
            [.. rows.Select(Of)], rows.Length == query.Limit ? cursors.After(rows[^1].Since, rows[^1].Key, filter) : null));
    }

    private static ExceptionView Of(ExceptionRow row)
    {
        var action = ExceptionRules.ActionFor(row.Reason);
        return new ExceptionView(
            row.Key.Shop.Value, row.Key.OrderId, row.Reason, row.Detail, row.Since, row.Deadline, new NextActionView(action.Code, action.Text));
    }
}
