using System.Text.Json;
using Engine.Sandbox.Cancellations;
using Engine.Sandbox.Clock;
using Engine.Sandbox.Faults;
using Engine.Sandbox.Ledger;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Scenario;
using Engine.Sandbox.Shops;

namespace Engine.Sandbox.Control;

/// <summary>The paths below /sandbox/, which exist nowhere at TikTok. Bad requests get 400 with one sentence.</summary>
public static class ControlEndpoints
{
    public static void MapControl(this WebApplication app)
    {
        var market = app.Services.GetRequiredService<Marketplace>();
        var steps = app.Services.GetRequiredService<StepCoordinator>();
        var pump = app.Services.GetRequiredService<EventPump>();
        var openLoop = app.Services.GetRequiredService<OpenLoopArrivals>();
        var clock = market.Clock;

        app.MapGet("/sandbox/time", () => Ok(Time(clock)));
        app.MapPost("/sandbox/start", () =>
        {
            clock.Start();
            openLoop.Start();
            pump.Wake();
            steps.Touch();
            return Ok(Time(clock));
        });

        app.MapPost("/sandbox/hosts", (NewHost body) => string.IsNullOrWhiteSpace(body.Host) ? Bad("host is required.")
            : Ok(steps.Register(body.Host) is var e ? new HostEpoch(e.Epoch, e.NowMs) : null!));
        app.MapDelete("/sandbox/hosts/{host}", (string host) => steps.Remove(host) ? Results.NoContent() : Missing($"No host {host} is registered."));
        app.MapPost("/sandbox/hosts/{host}/report", async (string host, HostReportBody r, HttpContext http) =>
        {
            var report = new HostReport(r.Epoch, r.Work, r.WebhooksReceived, r.InFlight, r.JournalHead, r.JournalApplied, r.NextWakeMs, r.WaitMs);
            var answer = await steps.ReportAsync(host, report, http.RequestAborted).ConfigureAwait(false);
            return answer is { } epoch ? Ok(new HostEpoch(epoch.Epoch, epoch.NowMs)) : Missing($"No host {host} is registered.");
        });

        app.MapPost("/sandbox/shops", (NewShops body) => AddShops(market, body));
        app.MapPost("/sandbox/shops/{id}/consent", (string id) => market.Shops.TryGetValue(id, out var shop)
            ? Ok(Describe(market, [shop]))
            : Bad("shop_id is unknown."));
        app.MapPost("/sandbox/scenario", (ScenarioRequest body) =>
            DefaultScenario.Problem(body) is { } problem ? Bad(problem) : Ok(Describe(market, DefaultScenario.Prepare(market, openLoop, body))));
        app.MapPost("/sandbox/replay", async (HttpRequest request) =>
        {
            var rows = await OrderHistoryCsv.ReadAsync(request.Body, request.HttpContext.RequestAborted).ConfigureAwait(false);
            var (shops, orders) = Replay.Prepare(market, rows);
            return Ok(Describe(market, shops) with { Orders = orders });
        });
        app.MapPost("/sandbox/orders", (NewOrder body) => PlaceOrder(market, body));
        app.MapPost("/sandbox/orders/{id}/cancel", (string id) => CancelByBuyer(market, id));
        app.MapPost("/sandbox/orders/{id}/address", (string id) => ChangeAddress(market, id));
        app.MapPost("/sandbox/orders/{id}/package", (string id) => BuyInSellerCenter(market, id));
        app.MapPost("/sandbox/packages/{id}/scan", (string id) => ScanNow(market, id));
        app.MapGet("/sandbox/faults", () => Ok(market.Faults.Report()));
        app.MapPost("/sandbox/faults", (JsonElement body) => ArmFaults(market, body));
        app.MapDelete("/sandbox/faults/{**id}", (string? id) =>
        {
            var healed = market.Faults.Heal(string.IsNullOrEmpty(id) ? null : id);
            market.Steps.Touch();
            return healed ? Results.NoContent() : Missing($"There is no plan {id}.");
        });
        app.MapGet("/sandbox/progress", () => Ok(Progress.Of(market)));
        app.MapGet("/sandbox/budget", () => Ok(Budget(market)));
        app.MapGet("/sandbox/ledger", (HttpContext http, string? kind, int? after, int? limit) => LedgerWriter.WriteAsync(http, market, kind, after ?? 0, limit ?? 1000));
    }

    private static IResult Ok<T>(T value) => Results.Json(value, typeof(T), ControlJson.Default);

    private static IResult Bad(string problem) => Results.Json(new Problem(problem), typeof(Problem), ControlJson.Default, statusCode: 400);

    private static IResult Missing(string problem) => Results.Json(new Problem(problem), typeof(Problem), ControlJson.Default, statusCode: 404);

    private static TimeInfo Time(BusinessClock clock) =>
        new(clock.Stepped ? "stepped" : "scaled", clock.Stepped ? 0 : clock.Speed, clock.SystemAnchorMs, clock.BusinessAnchorMs, clock.NowMs, clock.Epoch, clock.Running);

    private static ShopList Describe(Marketplace market, IEnumerable<Shop> shops) =>
        new([.. shops.Select(s => new ShopInfo(s.Id, s.Name, s.Cipher, market.Tokens.IssueCode(s)))]);

    private static IResult ArmFaults(Marketplace market, JsonElement body)
    {
        List<FaultRequest> plans;
        try
        {
            plans = FaultRequest.Read(body);
        }
        catch (JsonException e)
        {
            return Bad(e.Message);
        }

        var ids = market.Faults.Arm(plans, out var problem);
        market.Steps.Touch();
        return problem is null ? Ok(new FaultIds([.. ids])) : Bad(problem);
    }

    private static IResult AddShops(Marketplace market, NewShops body)
    {
        if (body.Shops is not { Count: > 0 } || body.Shops.Any(static s => string.IsNullOrWhiteSpace(s.Name) && string.IsNullOrWhiteSpace(s.ShopId)))
        {
            return Bad("shops needs at least one entry with a name or a shop_id.");
        }

        var created = new List<Shop>();
        foreach (var wanted in body.Shops)
        {
            var name = wanted.Name ?? "Shop " + wanted.ShopId;
            var id = wanted.ShopId ?? market.Draw.Id("7495", 19, name, "shop");
            if (market.Shops.ContainsKey(id))
            {
                return Bad($"Shop {id} exists already.");
            }

            var shop = market.AddShop(id, name, wanted.Region ?? "US", "USD");
            shop.Stock(market.Draw);
            created.Add(shop);
        }

        return Ok(Describe(market, created));
    }

    private static IResult PlaceOrder(Marketplace market, NewOrder body)
    {
        if (body.ShopId is null || !market.Shops.TryGetValue(body.ShopId, out var shop))
        {
            return Bad("shop_id is unknown.");
        }

        if ((body.ShippingType ?? "TIKTOK") is not ("TIKTOK" or "SELLER"))
        {
            return Bad("shipping_type must be TIKTOK or SELLER.");
        }

        if (body.PlacedAtMs > market.Clock.NowMs)
        {
            return Bad("placed_at_ms lies in the future.");
        }

        var units = new List<Sku>();
        var key = shop.Id + "/ordered/" + (market.Tallies.Placed + market.Tallies.Planned).ToString(System.Globalization.CultureInfo.InvariantCulture);
        foreach (var line in body.Lines ?? [new NewLine(null)])
        {
            Sku? sku;
            if (line.SkuId is null)
            {
                sku = market.Draw.Pick(key + "/" + units.Count, "sku", [.. shop.Skus.Values]);
            }
            else if (!shop.Skus.TryGetValue(line.SkuId, out sku))
            {
                return Bad($"sku_id {line.SkuId} is unknown.");
            }

            if (line.Quantity is < 1 or > 100)
            {
                return Bad("quantity must be from 1 to 100.");
            }

            units.AddRange(Enumerable.Repeat(sku, line.Quantity));
        }

        if (units.Count == 0)
        {
            return Bad("lines must not be empty.");
        }

        Buyer? buyer = null;
        if (body.BuyerOf is not null)
        {
            if (!market.Orders.TryGetValue(body.BuyerOf, out var other))
            {
                return Bad("buyer_of is no known order.");
            }

            buyer = other.Buyer;
        }

        Deadlines? deadlines = body.TtsSlaMs is null && body.RtsSlaMs is null ? null
            : DispatchCalendar.For(market.Clock.NowMs) with { RtsSla = (body.RtsSlaMs ?? body.TtsSlaMs ?? 0) / 1000, TtsSla = (body.TtsSlaMs ?? body.RtsSlaMs ?? 0) / 1000 };
        var plan = new OrderPlan(key, units, body.Fbt, body.ShippingType ?? "TIKTOK", (long)((body.HoldSeconds ?? market.Options.HoldSeconds) * 1000), buyer, deadlines);
        var order = market.Lifecycle.Place(shop, plan, body.PlacedAtMs ?? market.Clock.NowMs);
        market.Steps.Touch();
        return Ok(new PlacedOrder(order.Id, [.. order.Lines.Select(static l => l.Id)]));
    }

    private static IResult CancelByBuyer(Marketplace market, string id)
    {
        if (!market.Orders.TryGetValue(id, out var order))
        {
            return Missing($"There is no order {id}.");
        }

        var outcome = market.Desk.BuyerCancels(order, market.Clock.NowMs);
        market.Steps.Touch();
        return outcome switch
        {
            BuyerCancelOutcome.CancelledAtOnce => Ok(new CancelResult("cancelled", order.Status)),
            BuyerCancelOutcome.Requested => Ok(new CancelResult("requested", order.Status)),
            _ => Results.Json(new CancelResult(outcome == BuyerCancelOutcome.TooLate ? "too_late" : "already_requested", order.Status), typeof(CancelResult), ControlJson.Default, statusCode: 409),
        };
    }

    private static IResult ChangeAddress(Marketplace market, string id)
    {
        if (!market.Orders.TryGetValue(id, out var order))
        {
            return Missing($"There is no order {id}.");
        }

        var changed = market.Lifecycle.ChangeAddress(order, market.Clock.NowMs);
        market.Steps.Touch();
        return changed ? Results.NoContent()
            : Results.Json(new Problem($"Order {id} is {order.Status}; its address is settled."), typeof(Problem), ControlJson.Default, statusCode: 409);
    }

    private static IResult BuyInSellerCenter(Marketplace market, string id)
    {
        if (!market.Orders.TryGetValue(id, out var order))
        {
            return Missing($"There is no order {id}.");
        }

        var package = market.SellerCenter.BuyWhole(order);
        market.Steps.Touch();
        return package is null ? Results.Json(new Problem($"Order {id} is {order.Status}; no label can be bought for it."), typeof(Problem), ControlJson.Default, statusCode: 409)
            : Ok(new BoughtPackage(package.Id));
    }

    private static IResult ScanNow(Marketplace market, string id)
    {
        if (!market.Packages.TryGetValue(id, out var package))
        {
            return Missing($"There is no package {id}.");
        }

        var at = market.Clock.NowMs;
        var scanned = market.Lifecycle.Scan(package, at);
        market.Steps.Touch();
        return scanned ? Ok(new ScanResult(id, package.Status, at))
            : Results.Json(new Problem($"Package {id} is {package.Status} and cannot be scanned."), typeof(Problem), ControlJson.Default, statusCode: 409);
    }

    private static BudgetInfo Budget(Marketplace market)
    {
        var routes = market.Routes.All;
        var now = market.Clock.SystemNowPreciseMs;
        var lines = new List<BudgetLine>();
        foreach (var shop in market.Shops.Values)
        {
            var workSeconds = shop.Limiters.WorkMs(now) / 1000;
            foreach (var (index, limiter) in shop.Limiters.Used())
            {
                lines.Add(new BudgetLine(market.Options.AppKey, shop.Id, routes[index].Name, limiter.LimitInForce, workSeconds, limiter.LimitInForce * workSeconds,
                    limiter.UsedWhileWork, limiter.Used, limiter.Refused));
            }
        }

        return new BudgetInfo(market.Options.LimiterOnBusinessTime ? "business" : "system", lines);
    }
}
