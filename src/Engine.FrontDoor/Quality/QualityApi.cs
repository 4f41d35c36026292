using System.ComponentModel;
using System.Globalization;
using Engine.Domain;
using Engine.Domain.Ports;
using Engine.Domain.Quality;
using Engine.FrontDoor.Access;
using Engine.FrontDoor.Problems;
using Engine.FrontDoor.Shops;
using Engine.FrontDoor.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Engine.FrontDoor.Quality;

/// <summary>`/v1/quality`.</summary>
internal sealed class QualityApi(
    IQualityStore store,
    ShopDirectory shops,
    [FromKeyedServices(Clocks.Business)] TimeProvider business,
    IOptions<FrontDoorOptions> options)
{
    private readonly PageCursor cursors = new(options.Value.CursorKey, "engine/incidents-cursor/1");

    public async Task<IResult> GetAsync(
        HttpContext http,
        [Description("Required.")] string? shop,
        [Description("Only incidents of this rule: R0 to R7, A1 to A4.")] string? rule,
        [Description("open (the default) or all.")] string? state,
        [Description("next_cursor of the page before, with the same filter.")] string? cursor,
        [Description(PageLimit.Description)] int? limit,
        CancellationToken ct)
    {
        if (shop is null)
        {
            return Problem.BadRequest("invalid_parameter", "Name the shop.", new FieldProblem("shop", "Required."));
        }

        var record = await http.ShopAsync(shops, shop);
        var filter = new IncidentQuery(record.Merchant, record.Shop, RuleOf(rule), OpenOnly(state), null, LimitOf(limit));
        var counts = await store.CountAsync(record.Shop, business.GetUtcNow(), ct);
        var rows = await store.ListAsync(cursor is null ? filter : filter with { After = After(cursor, filter) }, ct);
        return Answer.Ok(new QualityView(
            record.Shop.Value,
            new AutoCancelView(
                counts.AutoCancelled.Orders,
                counts.AutoCancelled.Due,
                counts.AutoCancelled.Ratio,
                AutoCancelRate.Target,
                counts.AutoCancelled.SmallSample,
                (int)AutoCancelRate.Period.TotalDays),
            QualityRules.All.ToDictionary(r => r.ToString(), r => counts.Open.GetValueOrDefault(r)),
            counts.Missing,
            [.. rows.Select(i => new IncidentView(i.Order.OrderId, i.Rule.ToString(), i.Reason, i.Cause, i.OpenedAt, i.ClosedAt, i.ClosedBy, i.ReportedAt))],
            rows.Length == filter.Limit ? cursors.Seal(rows[^1].OpenedAt, $"{(int)rows[^1].Rule}/{rows[^1].Order.OrderId}", FilterOf(filter)) : null));
    }

    private (DateTimeOffset OpenedAt, string OrderId, QualityRule Rule) After(string cursor, IncidentQuery filter)
    {
        var (at, row) = cursors.Open(cursor, FilterOf(filter));
        var cut = row.IndexOf('/', StringComparison.Ordinal);
        return (at, row[(cut + 1)..], (QualityRule)int.Parse(row.AsSpan(0, cut), CultureInfo.InvariantCulture));
    }

    private static string FilterOf(IncidentQuery query) => $"{query.Merchant}\n{query.Shop}\n{query.Rule}\n{query.OpenOnly}";

    private static QualityRule? RuleOf(string? text) => text is null ? null
        : QualityRules.All.Any(r => r.ToString() == text) ? Enum.Parse<QualityRule>(text)
        : throw Wrong(new FieldProblem("rule", $"One of {string.Join(", ", QualityRules.All)}."));

    private static bool OpenOnly(string? state) => state switch
    {
        null or "open" => true,
        "all" => false,
        _ => throw Wrong(new FieldProblem("state", "open or all.")),
    };

    private static int LimitOf(int? limit) => PageLimit.WrongIn(limit) is { } unfit ? throw Wrong(unfit) : limit ?? PageLimit.Default;

    private static ProblemException Wrong(FieldProblem problem) => new(Problem.BadRequest("invalid_parameter", "A parameter is not as documented.", problem));
}
