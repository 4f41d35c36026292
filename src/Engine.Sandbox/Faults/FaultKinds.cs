using Engine.Sandbox.Faults.Kinds;
using Engine.Sandbox.Shops;

namespace Engine.Sandbox.Faults;

/// <summary>All kinds of faults by their wire name, with what each is about unless its plan says otherwise.</summary>
public static class FaultKinds
{
    private const string AnyApi = "any";
    private const string Refresh = "GET " + AuthorizationEndpoints.TokenRefresh;
    private static readonly string[] Delays = ["delay_min_ms", "delay_max_ms"];

    /// <param name="Api">What it is about by default.</param>
    /// <param name="Particulars">Members of a plan that mean something to this kind, beside those that all have.</param>
    private sealed record Kind(string Api, string[] Particulars, Func<FaultPlan, Marketplace, Fault> Make, Func<FaultRequest, Marketplace, string?>? Problem = null, long? AtMostPerEntity = null);

    private static readonly Dictionary<string, Kind> All = new(StringComparer.Ordinal)
    {
        ["reply-lost"] = new("purchase", [], static (p, _) => new ReplyLost(p)),
        ["reply-delayed"] = new("purchase", Delays, static (p, _) => new ReplyDelayed(p)),
        ["effect-delayed"] = new("purchase", [.. Delays, "reply"], static (p, m) => new EffectDelayed(p, m, beyond: false), WithinVisibility),
        ["effect-delayed-beyond"] = new("purchase", [.. Delays, "reply"], static (p, m) => new EffectDelayed(p, m, beyond: true), BeyondVisibility),
        ["http-500"] = new(AnyApi, ["effect"], static (p, _) => new ServerError(p, "http-500"), Effect),
        ["http-503"] = new(AnyApi, ["effect"], static (p, _) => new ServerError(p, "http-503"), Effect),
        ["internal-error"] = new(AnyApi, ["effect", "http"], static (p, _) => new ServerError(p, "internal-error"), Effect),
        ["protective-429"] = new(AnyApi, ["retry_after_seconds"], static (p, _) => new ProtectiveThrottle(p)),
        ["connection-reset"] = new(AnyApi, [], static (p, _) => new ConnectionReset(p)),
        ["truncated-json"] = new(AnyApi, ["how"], static (p, _) => new TruncatedJson(p), static (r, _) => OneOf("how", r.How, "body", "connection", "drawn")),
        ["unknown-members"] = new(AnyApi, [], static (p, _) => new UnknownMembers(p)),
        ["list-lag"] = new("search", ["lag_ms"], static (p, m) => new ListLag(p, m), static (r, _) => r.LagMs < 0 ? "lag_ms must be 0 or more." : null),
        ["shifting-pages"] = new("search", ["how"], static (p, _) => new ShiftingPages(p), static (r, _) => OneOf("how", r.How, "repeat", "skip", "drawn")),
        ["token-expired-early"] = new(AnyApi, Delays, static (p, m) => new TokenExpiredEarly(p, m)),
        ["refresh-fails"] = new(Refresh, ["effect", "http"], static (p, _) => new ServerError(p, "internal-error"), Effect, AtMostPerEntity: 1),
        ["refresh-answer-lost"] = new(Refresh, [], static (p, _) => new ReplyLost(p), AtMostPerEntity: 1),
        ["shop-deauthorised"] = new(AnyApi, [], static (p, m) => new ShopDeauthorised(p, m)),
        ["document-not-ready"] = new("document", [], static (p, _) => new DocumentNotReady(p)),
        ["document-corrupt"] = new("storage", [], static (p, _) => new SpoiledDocument(p, "document-corrupt")),
        ["document-oversized"] = new("storage", ["size_bytes"], static (p, _) => new SpoiledDocument(p, "document-oversized"), Bytes),
        ["document-wrong-type"] = new("storage", [], static (p, _) => new SpoiledDocument(p, "document-wrong-type")),
        ["document-link-expired"] = new("storage", [], static (p, _) => new SpoiledDocument(p, "document-link-expired")),
        ["webhook-lost"] = new(AnyApi, [], static (p, m) => new LostWebhook(p, m)),
        ["webhook-doubled"] = new(AnyApi, [], static (p, m) => new DoubledWebhook(p, m)),
        ["webhook-reordered"] = new(AnyApi, Delays, static (p, m) => new LateWebhook(p, m, 1_000, 120_000)),
        ["webhook-delayed"] = new(AnyApi, Delays, static (p, m) => new LateWebhook(p, m, 3_600_000, 15 * 3_600_000L)),
        ["clock-skew"] = new(AnyApi, ["skew_ms"], static (p, m) => new ClockSkew(p, m), Skew),
        ["buyer-cancel"] = new("purchase", ["moment"], static (p, m) => new BuyerCancels(p, m), static (r, _) => OneOf("moment", r.Moment, "before", "after", "drawn")),
        ["warehouse-switched"] = new(AnyApi, [.. Delays, "how"], static (p, m) => new WarehouseSwitched(p, m), static (r, _) => OneOf("how", r.How, "package", "order", "drawn")),
        ["service-overridden"] = new("purchase", [], static (p, _) => new ServiceOverridden(p)),
        ["seller-center-purchase"] = new("purchase", [.. Delays, "moment", "lines", "protected"], static (p, m) => new SellerCenterPurchase(p, m),
            static (r, _) => OneOf("moment", r.Moment, "shippable", "before-purchase", "drawn") ?? OneOf("lines", r.Lines, "same", "part", "drawn")),
        ["break-a1"] = new(AnyApi, [], static (p, _) => new ExpiredSignatureTaken(p)),
        ["break-a2"] = new("purchase", ["hide_ms", "reply"], static (p, m) => new PurchaseStaysInvisible(p, m),
            static (r, _) => r.HideMs < 0 ? "hide_ms must be 0 or more." : OneOf("reply", r.Reply, "lost", "normal")),
        ["break-a3"] = new("purchase", [.. Delays, "lines", "protected"], static (p, m) => new BoughtElsewhereMeanwhile(p, m), static (r, _) => OneOf("lines", r.Lines, "same", "part")),
        ["poison-order"] = new(AnyApi, ["how", "member", "size_bytes"], static (p, m) => new PoisonOrder(p, m), static (r, m) => OneOf("how", r.How, OrderPoison.Ways) ?? Bytes(r, m)),
        ["kill-after-sale"] = new("purchase", ["sale", "pid"], static (p, _) => new KillAfterSale(p),
            static (r, _) => r.Sale is null or < 1 || r.Pid is null or < 1 ? "kill-after-sale needs sale (from 1) and pid." : null),
        ["kill-before-sale"] = new("purchase", ["pid"], static (p, _) => new KillBeforeSale(p), static (r, _) => r.Pid is null or < 1 ? "kill-before-sale needs pid." : null),
    };

    /// <summary>Makes the fault of a plan; a storm makes many.</summary>
    /// <returns>What is wrong with the plan, or null.</returns>
    public static string? Make(FaultRequest request, string id, Marketplace market, List<Fault> made)
    {
        if (request.Kind == Storm.Name)
        {
            return Storm.Problem(request) ?? Storm.Plans(request, id, market).Select(plan => Make(plan, plan.Id!, market, made)).FirstOrDefault(static p => p is not null);
        }

        if (request.Kind is null || !All.TryGetValue(request.Kind, out var kind))
        {
            return $"kind must be one of {string.Join(", ", All.Keys)}, {Storm.Name}.";
        }

        var known = market.Routes.All.Select(static r => r.Name).Append("GET " + AuthorizationEndpoints.TokenGet).Append(Refresh).Append(ApiGroups.StorageApi);
        var scope = FaultScope.Read(request.Api ?? kind.Api, request.Shops, request.Orders, known, out var problem);
        problem ??= Common(request) ?? Unfit(request, kind) ?? kind.Problem?.Invoke(request, market);
        if (problem is not null)
        {
            return problem;
        }

        made.Add(kind.Make(new FaultPlan(request with { Id = id, AtMostPerEntity = request.AtMostPerEntity ?? kind.AtMostPerEntity }, id, scope!, market), market));
        return null;
    }

    private static string? Common(FaultRequest r) =>
        r.Id is { } id && (id.Length is 0 or > 100 || id.Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.' or '/'))) ? "id must be 1 to 100 letters, digits, '-', '_', '.' or '/'."
        : r.Probability is < 0 or > 1 ? "probability must be from 0 to 1."
        : r.Nth < 1 || r.AtMost < 0 || r.AtMostPerEntity < 0 ? "nth must be 1 or more, at_most and at_most_per_entity 0 or more."
        : r.Clock is not (null or "business" or "system") ? "clock must be business or system."
        : r.FromMs >= r.UntilMs ? "from_ms must lie before until_ms."
        : r.DelayMinMs < 0 || r.DelayMaxMs < 0 || r.DelayMinMs > r.DelayMaxMs ? "delay_min_ms and delay_max_ms must be 0 or more and in order."
        : null;

    private static string? Unfit(FaultRequest r, Kind kind) =>
        r.Particulars().FirstOrDefault(m => !kind.Particulars.Contains(m)) is { } member ? $"{r.Kind} knows no {member}." : null;

    private static string? OneOf(string member, string? given, params string[] allowed) =>
        given is null || allowed.Contains(given) ? null : $"{member} must be one of {string.Join(", ", allowed)}.";

    private static string? Effect(FaultRequest r, Marketplace market) =>
        r.Http is not (null or 200 or 500) ? "http must be 200 or 500." : OneOf("effect", r.Effect, "before", "after", "drawn");

    private static string? Bytes(FaultRequest r, Marketplace market) => r.SizeBytes is < 1 or > 1_000_000_000 ? "size_bytes must be from 1 to 1000000000." : null;

    private static string? Skew(FaultRequest r, Marketplace market) =>
        r.SkewMs is null || Math.Abs(r.SkewMs.Value) > 86_400_000 || r.SkewMs % 1000 != 0 ? "clock-skew needs skew_ms, whole seconds, at most a day either way." : null;

    private static string? WithinVisibility(FaultRequest r, Marketplace market) =>
        OneOf("reply", r.Reply, "reset", "timeout", "drawn")
        ?? (market.Options.VisibilitySeconds > 0 && Math.Max(r.DelayMinMs ?? 0, r.DelayMaxMs ?? 0) > market.Options.VisibilitySeconds * 1000
            ? "effect-delayed stays within VisibilitySeconds; beyond it is effect-delayed-beyond." : null);

    private static string? BeyondVisibility(FaultRequest r, Marketplace market) =>
        OneOf("reply", r.Reply, "reset", "timeout", "drawn")
        ?? ((r.DelayMinMs ?? r.DelayMaxMs) <= market.Options.VisibilitySeconds * 1000 ? "effect-delayed-beyond lies beyond VisibilitySeconds." : null);
}
