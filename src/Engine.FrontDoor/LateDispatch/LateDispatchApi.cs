using System.ComponentModel;
using System.Globalization;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.LateDispatch;
using Engine.FrontDoor.Access;
using Engine.FrontDoor.Problems;
using Engine.FrontDoor.Shops;
using Engine.FrontDoor.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Orleans;

namespace Engine.FrontDoor.LateDispatch;

/// <summary>`/v1/ldr`.</summary>
internal sealed class LateDispatchApi(IGrainFactory grains, ShopDirectory shops, [FromKeyedServices(Clocks.System)] TimeProvider system)
{
    private const int TargetPercent = 4;
    private const int EnforcementPercent = 10;

    public async Task<IResult> GetAsync(HttpContext http, [Description("Required.")] string? shop)
    {
        if (shop is null)
        {
            return Problem.BadRequest("invalid_parameter", "Name the shop.", new FieldProblem("shop", "Required."));
        }

        var record = await http.ShopAsync(shops, shop);
        var answer = (await MovingGrains.AskAsync(system, () => grains.LateDispatch(record.Shop).GetAsync())).Value;
        var at = answer.Position;
        return Answer.Ok(new LateDispatchView(
            record.Shop.Value,
            PolicyDay.DefaultZone,
            Of(answer.Settled),
            Of(answer.Live),
            Of(answer.Overall),
            string.Create(CultureInfo.InvariantCulture, $"{at.Epoch}.{at.Xid}.{at.Seq}")));
    }

    private static LateDispatchReportView Of(LateDispatchReport report) => new(
        report.Window?.First,
        report.Window?.Last,
        report.Headline,
        report.HeadlineRate.Ratio,
        Of(report.DispatchedCohort),
        Of(report.DueCohort),
        report.OverdueUnscanned,
        report.SmallSample);

    private static FormulaView Of(LateDispatchRate rate) =>
        new(rate.Late, rate.Orders, rate.Ratio, rate.Headroom(TargetPercent), rate.Headroom(EnforcementPercent));
}
