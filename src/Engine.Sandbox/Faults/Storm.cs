namespace Engine.Sandbox.Faults;

/// <summary>
/// Ready-made weather for chaos runs: many kinds at once, each with a probability in proportion to the intensity. Only what a
/// correct engine must survive without a person's help: nothing that breaks A1 to A3, no poison, no lost authorization, no kill.
/// </summary>
public static class Storm
{
    public const string Name = "storm";

    private static readonly string[] Allowed = ["intensity"];

    public static string? Problem(FaultRequest r) =>
        r.Intensity is null or < 0 or > 1 ? "storm needs an intensity from 0 to 1."
        : r.Particulars().Except(Allowed).FirstOrDefault() is { } member ? $"storm knows no {member}."
        : r.Api is not null || r.Probability is not null || r.Nth is not null || r.AtMost is not null || r.AtMostPerEntity is not null || r.PerEntity
            ? "storm takes id, seed, intensity, shops, orders and a window only."
        : null;

    /// <summary>Its plans, named after it: 'storm-1/reply-lost'.</summary>
    public static IEnumerable<FaultRequest> Plans(FaultRequest storm, string id, Marketplace market)
    {
        var visibilityMs = (long)(market.Options.VisibilitySeconds * 1000);
        FaultRequest Plan(string kind, double probability, string? name = null) => new(kind, id + "/" + (name ?? kind), storm.Seed, Shops: storm.Shops, Orders: storm.Orders,
            Probability: probability * storm.Intensity!.Value, FromMs: storm.FromMs, UntilMs: storm.UntilMs, Clock: storm.Clock);

        yield return Plan("reply-lost", 0.20);
        yield return Plan("reply-lost", 0.05, "reply-lost-any") with { Api = "any" };
        yield return Plan("reply-delayed", 0.05);
        yield return Plan("effect-delayed", 0.15);
        yield return Plan("http-500", 0.05);
        yield return Plan("http-503", 0.05);
        yield return Plan("internal-error", 0.05);
        yield return Plan("internal-error", 0.10, "internal-error-purchase") with { Api = "purchase" };
        yield return Plan("protective-429", 0.05);
        yield return Plan("connection-reset", 0.05);
        yield return Plan("truncated-json", 0.05);
        yield return Plan("unknown-members", 0.20);
        yield return Plan("list-lag", 0.50) with { Api = "POST /order/202309/orders/search" };
        yield return Plan("list-lag", 0.50, "list-lag-cancellations") with { Api = "POST /return_refund/202309/cancellations/search" };

        // Packages may lag only within V, or a read-back by list would find nothing and be right to buy again (A2).
        if (visibilityMs > 0 && !market.Clock.Stepped)
        {
            yield return Plan("list-lag", 0.50, "list-lag-packages") with { Api = "POST /fulfillment/202309/packages/search", LagMs = (long)(visibilityMs * market.Clock.Speed / 2) };
        }

        yield return Plan("shifting-pages", 0.30);
        yield return Plan("token-expired-early", 0.50) with { DelayMinMs = 0, DelayMaxMs = 60_000 };
        yield return Plan("refresh-fails", 0.50);
        yield return Plan("refresh-answer-lost", 0.50);
        yield return Plan("document-not-ready", 0.20) with { AtMostPerEntity = 2 };
        yield return Plan("document-corrupt", 0.10) with { AtMostPerEntity = 1 };
        yield return Plan("document-oversized", 0.02) with { AtMostPerEntity = 1 };
        yield return Plan("document-wrong-type", 0.05) with { AtMostPerEntity = 1 };
        yield return Plan("document-link-expired", 0.10) with { AtMostPerEntity = 1 };
        yield return Plan("webhook-lost", 0.30);
        yield return Plan("webhook-doubled", 0.30);
        yield return Plan("webhook-reordered", 0.30);
        yield return Plan("webhook-delayed", 0.10);
        yield return Plan("buyer-cancel", 0.10) with { AtMostPerEntity = 1 };
        yield return Plan("warehouse-switched", 0.10);
        yield return Plan("service-overridden", 0.20);
        yield return Plan("seller-center-purchase", 0.05) with { AtMostPerEntity = 1, Lines = "same" };
    }
}
