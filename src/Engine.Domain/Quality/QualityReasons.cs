using Engine.Domain.Orders;
using Engine.Domain.Parcels;

namespace Engine.Domain.Quality;

/// <param name="Code">From the platform's closed list (tiktok-quality.md 1.3).</param>
/// <param name="Cause">Our own words for it, more exact: stable, lower case.</param>
public sealed record QualityReason(string Code, string Cause);

/// <summary>Why an order is an incident, derived from our own data.</summary>
/// <remarks>The platform publishes reasons for orders that are missing here (R1, R2, A1) and for those shipped here but not there (R5, R6, A3). For the
/// other rules it names none: there the code is `OTHER`, and the cause says what stood in the way.</remarks>
public static class QualityReasons
{
    public const string Other = "OTHER";
    public const string ConsentRevoked = "SELLER_TIKTOKSHOP_AUTHORIZATION_REVOKED";
    public const string MissedWebhook = "APP_MISSED_WEBHOOK";
    public const string ReadFailed = "APP_ORDER_RETRIEVE_API_FAILED";
    public const string NotMatching = "APP_ORDER_RETRIEVE_API_NOT_MATCH_DTC_FIELD";
    public const string StoreFailed = "APP_CALL_DTC_CREATE_ORDER_API_FAILED";
    public const string InvalidNumber = "INVALID_TRACKING_NUMBER";
    public const string UnsupportedCarrier = "UNSUPPORTED_CARRIER_TRACKING_NUMBER";
    public const string NotEligible = "ORDER_NOT_ELIGIBLE_FOR_FULFILLMENT";
    public const string NotCombined = "FULFILL_UNIT_OR_ORDER_NUMBER_NOT_COMBINED_CORRECTLY";
    public const string NotFound = "FULFILL_UNIT_OR_ORDER_NUMBER_NOT_FOUND";
    public const string RateLimited = "FULFILLMENT_FAILURE_DUE_TO_RATE_LIMIT";
    public const string NoRetry = "FULFILLMENT_FAILURE_DUE_TO_NO_RETRY_LOGIC";
    public const string NoCall = "FULFILLMENT_FAILURE_DUE_TO_NO_API_CALL";

    /// <summary>Orders missing with us: R1, R2, A1.</summary>
    private static readonly QualityReason[] OfMissing =
    [
        new(MissedWebhook, "not_announced"),
        new(ReadFailed, "read_failed"),
        new(NotMatching, "not_readable"),
        new(StoreFailed, "store_failed"),
        new(ConsentRevoked, "consent_ended"),
    ];

    public static QualityReason Of(QualityRule rule, QualityFacts facts) => rule switch
    {
        QualityRule.R1 or QualityRule.R2 or QualityRule.A1 => OfMissing[(int)facts.MissingCause],
        QualityRule.R5 or QualityRule.R6 or QualityRule.A3 => NotShown(facts),
        QualityRule.R0 => new QualityReason(Other, "shipped_on_hold"),
        QualityRule.R7 or QualityRule.A4 => new QualityReason(Other, "no_carrier_scan"),
        _ => new QualityReason(Other, Unshipped(facts)),
    };

    /// <summary>Whether the platform's list has the code for the rule: nothing else is to be sent, for it would be refused.</summary>
    public static bool IsListed(QualityRule rule, string code) => rule switch
    {
        QualityRule.R1 or QualityRule.R2 or QualityRule.A1 => true,
        QualityRule.R5 or QualityRule.R6 or QualityRule.A3 => code != Other,
        _ => false,
    };

    private static QualityReason NotShown(QualityFacts facts)
    {
        if (facts.Trouble is { } trouble)
        {
            return new QualityReason(OfCode(trouble), $"refused_{trouble.Code}");
        }

        if (facts.CancelRequested)
        {
            return new QualityReason(NotEligible, "cancellation_pending");
        }

        return facts.Tried ? new QualityReason(Other, "accepted_but_not_shown") : new QualityReason(NoCall, "not_sent");
    }

    /// <summary>The platform's error codes by reason (tiktok-quality.md 1.3).</summary>
    private static string OfCode(ParcelTrouble trouble) => trouble.Code switch
    {
        "21004012" or "21004015" or "11028006" or "21011022" => InvalidNumber,
        "21004016" or "21011013" => UnsupportedCarrier,
        "21011007" or "21008044" or "21011041" or "21008025" => NotEligible,
        "21011025" or "21034012" or "21011026" => NotCombined,
        "21011029" or "21011028" or "21011033" or "21011046" => NotFound,
        "36009002" or ParcelTrouble.RateLimited => RateLimited,
        "36009003" or ParcelTrouble.NoAnswer or ParcelTrouble.NotSent => NoRetry,
        _ => Other,
    };

    /// <summary>What keeps an order from being shipped, by where it stands.</summary>
    private static string Unshipped(QualityFacts facts) => facts switch
    {
        { ParkedReason: { } reason } => reason,
        { CancelRequested: true } => "cancellation_pending",
        { Stage: OrderStatus.NeedsTracking } => "awaiting_tracking_number",
        { Stage: OrderStatus.LabelUnknown } => ParkReason.PurchaseInDoubt,
        { Trouble: { } trouble } => $"refused_{trouble.Code}",
        { Stage: OrderStatus.Allocating } => "awaiting_allocation",
        _ => "waiting_for_label",
    };
}
