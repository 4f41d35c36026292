using System.Text.Json;
using System.Text.Json.Serialization;
using Engine.Sandbox.Faults;

namespace Engine.Sandbox.Control;

// Bodies of the control paths; README.md is their contract. Wire names are these names in snake_case.
public sealed record NewShops(List<NewShop>? Shops);

public sealed record NewShop(string? Name, string? Region, string? ShopId);

public sealed record ShopInfo(string ShopId, string Name, string Cipher, string AuthCode);

public sealed record ShopList(List<ShopInfo> Shops, int? Orders = null);

public sealed record ScenarioRequest(int Shops = 4, int Orders = 2000, double OverSeconds = 7200, double FbtRatio = 0.02, double CancelInHoldRatio = 0.03,
    double CancelRequestRatio = 0, double SellerShippedRatio = 0, double ScanLagMinSeconds = 3600, double ScanLagMaxSeconds = 21600,
    string Arrivals = "spread", double? RatePerSecond = null, double RampSeconds = 0, bool Deliver = false);

public sealed record NewOrder(string? ShopId, List<NewLine>? Lines, string? ShippingType = null, bool Fbt = false, long? PlacedAtMs = null, double? HoldSeconds = null,
    long? RtsSlaMs = null, long? TtsSlaMs = null, string? BuyerOf = null);

public sealed record NewLine(string? SkuId, int Quantity = 1);

public sealed record PlacedOrder(string OrderId, List<string> LineIds);

public sealed record NewHost(string? Host);

public sealed record HostEpoch(long Epoch, long NowMs);

public sealed record HostReportBody(long Epoch, long Work, long WebhooksReceived, long InFlight, long JournalHead, long JournalApplied, long? NextWakeMs = null, int WaitMs = 1000);

public sealed record TimeInfo(string Mode, double Speed, long SystemAnchorMs, long BusinessAnchorMs, long NowMs, long Epoch, bool Running);

public sealed record CancelResult(string Outcome, string Status);

public sealed record ScanResult(string PackageId, string Status, long ScannedAtMs);

public sealed record BoughtPackage(string PackageId);

public sealed record Problem(string Error);

public sealed record ProgressInfo(long OrdersTotal, long OrdersPlaced, long Fbt, long Cancelled, long OnHold, long ShippableUnlabelled, long LabelledUnscanned, long Scanned,
    long Unfinishable, long LabelsSold, long LabelsChargedTwice, long Dispatched, long Late, long OverdueUnscanned, long Calls, [property: JsonPropertyName("http_429")] long Http429, long WebhooksSent,
    long WebhooksFailed, long WebhooksPending, bool Done, bool Quiet, long NowMs, long? NextEventMs, long Steps, long FaultsInjected);

/// <param name="LimiterClock">`system` or `business`: the time on which the limits count.</param>
public sealed record BudgetInfo(string LimiterClock, List<BudgetLine> Budget);

/// <param name="Permitted">Calls that the limit allowed while orders of the shop waited for a label.</param>
/// <param name="UsedWhileWork">Calls let through during that time.</param>
public sealed record BudgetLine(string AppKey, string ShopId, string Api, double LimitPerSecond, double WorkSeconds, double Permitted, long UsedWhileWork, long Used, long Refused);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = false)]
[JsonSerializable(typeof(NewShops))]
[JsonSerializable(typeof(ShopList))]
[JsonSerializable(typeof(ScenarioRequest))]
[JsonSerializable(typeof(NewOrder))]
[JsonSerializable(typeof(PlacedOrder))]
[JsonSerializable(typeof(NewHost))]
[JsonSerializable(typeof(HostEpoch))]
[JsonSerializable(typeof(HostReportBody))]
[JsonSerializable(typeof(TimeInfo))]
[JsonSerializable(typeof(FaultRequest))]
[JsonSerializable(typeof(FaultIds))]
[JsonSerializable(typeof(FaultReport))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(CancelResult))]
[JsonSerializable(typeof(ScanResult))]
[JsonSerializable(typeof(BoughtPackage))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(ProgressInfo))]
[JsonSerializable(typeof(BudgetInfo))]
public sealed partial class ControlJson : JsonSerializerContext;
