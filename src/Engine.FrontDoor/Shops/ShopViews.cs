namespace Engine.FrontDoor.Shops;

public sealed record ShopList(IReadOnlyList<ShopView> Shops);

/// <param name="Shop">Our id, unique in the installation.</param>
/// <param name="MarketplaceShopId">The account's id at the marketplace.</param>
/// <param name="Active">False when the seller's consent has ended.</param>
/// <param name="Zone">IANA zone of the shop's region; null where not known.</param>
public sealed record ShopView(
    string Shop, string Channel, string MarketplaceShopId, string Name, string Region, string? Zone, bool Active, DateTimeOffset ConnectedAt);

public sealed record ShopDetail(
    string Shop,
    string Channel,
    string MarketplaceShopId,
    string Name,
    string Region,
    string? Zone,
    bool Active,
    DateTimeOffset ConnectedAt,
    IntakeView Intake);

/// <param name="CompleteUpTo">Every order placed and every change made before this instant is stored here, but for the missing orders; null before the first sweep.</param>
/// <param name="LastSweepFound">Orders that the last sweep had to bring in because no hint had.</param>
/// <param name="Busy">Reading just now.</param>
/// <param name="MissingOrders">Orders that the marketplace has and that could not be stored; they are in the quality report, and tried again with every sweep.</param>
public sealed record IntakeView(DateTimeOffset? CompleteUpTo, DateTimeOffset? LastSweptAt, int LastSweepFound, bool Busy, long MissingOrders);

/// <param name="Shop">Our id for the shop, chosen now and for ever: 1 to 40 of a-z, 0-9 and '-'.</param>
/// <param name="AuthCode">The code of the seller's consent; good once.</param>
/// <param name="MarketplaceShopId">Which account, where the consent covers several.</param>
/// <param name="WebhookAddress">https address of this engine's webhook as the marketplace reaches it; left out: none is registered.</param>
public sealed record ConnectRequest(string Shop, string AuthCode, string? MarketplaceShopId, string? WebhookAddress)
{
    /// <summary>Never prints the code.</summary>
    public override string ToString() => $"connect {Shop}";
}
