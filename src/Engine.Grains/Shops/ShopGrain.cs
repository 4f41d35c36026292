using System.Text;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Engine.Grains.Shops;

/// <summary>What is stored of a connected shop; tokens only encrypted.</summary>
[GenerateSerializer]
public sealed record ShopState
{
    [Id(0)]
    public string Merchant { get; init; } = "";

    [Id(1)]
    public string MarketplaceShopId { get; init; } = "";

    [Id(2)]
    public string Cipher { get; init; } = "";

    [Id(3)]
    public byte[] AccessToken { get; init; } = [];

    [Id(4)]
    public DateTimeOffset AccessExpiresAt { get; init; }

    [Id(5)]
    public byte[] RefreshToken { get; init; } = [];

    [Id(6)]
    public DateTimeOffset RefreshExpiresAt { get; init; }

    /// <summary>Why the shop cannot be called any more; null while it can.</summary>
    [Id(7)]
    public string? Stopped { get; init; }
}

/// <summary>One connected account. Its single activation makes token refreshes follow one another.</summary>
internal sealed partial class ShopGrain(
    [PersistentState("shop", "rare")] IPersistentState<ShopState> saved,
    IMarketplaceAuthorization authorization,
    IMarketplace marketplace,
    IShopRegistry registry,
    ISecretProtector secrets,
    [FromKeyedServices(Clocks.Business)] TimeProvider business,
    ILogger<ShopGrain> log) : Grain, IShopGrain
{
    /// <summary>Business time before the end of an access token at which a new one is fetched.</summary>
    private static readonly TimeSpan RefreshAhead = TimeSpan.FromMinutes(1);

    private ShopId Shop => new(this.GetPrimaryKeyString());

    public async Task<Carried<ConnectAnswer>> ConnectAsync(Carried<ConnectShop> request)
    {
        var connect = request.Value;
        if (saved.RecordExists && saved.State.Merchant != connect.Merchant.Value)
        {
            return Failed($"Shop {Shop} is bound to another merchant.");
        }

        if (await authorization.ExchangeAsync(connect.AuthCode, CancellationToken.None) is not CallOutcome<TokenGrant>.Succeeded { Value: var grant })
        {
            return Failed($"The marketplace did not accept the authorization code for shop {Shop}: ask the seller for a new consent (a code lives 30 minutes and works once).");
        }

        var listed = await authorization.ListShopsAsync(grant.AccessToken, CancellationToken.None);
        if (listed is not CallOutcome<System.Collections.Immutable.ImmutableArray<AuthorizedShop>>.Succeeded { Value: var accounts })
        {
            return Failed($"The accounts of this consent could not be read ({listed.Describe()}); try again.");
        }

        var account = connect.MarketplaceShopId is { } wanted
            ? accounts.FirstOrDefault(a => a.MarketplaceShopId == wanted)
            : accounts.Length == 1 ? accounts[0] : null;
        if (account is null)
        {
            return Failed($"The consent covers {accounts.Length} accounts ({string.Join(", ", accounts.Select(a => a.MarketplaceShopId))}); name the one that shop {Shop} is.");
        }

        var record = new ShopRecord(Shop, connect.Merchant, "tiktok", account.MarketplaceShopId, account.Name, account.Region, true, business.GetUtcNow());
        try
        {
            await registry.BindAsync(record, CancellationToken.None);
        }
        catch (InvalidOperationException e)
        {
            return Failed(e.Message);
        }

        await StoreAsync(Granted(
            new ShopState { Merchant = connect.Merchant.Value, MarketplaceShopId = account.MarketplaceShopId, Cipher = account.Cipher }, grant));
        if (connect.WebhookAddress is { } address)
        {
            // The client asks this very grain for the token just stored: that call must not wait for this one to end.
            using var reentrant = RequestContext.AllowCallChainReentrancy();
            var registered = await marketplace.RegisterWebhooksAsync(Shop, address, CancellationToken.None);
            if (registered is not CallOutcome<int>.Succeeded)
            {
                LogNoWebhooks(Shop, registered.Describe());
            }
        }

        LogConnected(Shop, record.MarketplaceShopId);
        return new ConnectAnswer(record, null);
    }

    public async Task<Carried<ShopAccess?>> GetAccessAsync()
    {
        if (!saved.RecordExists || saved.State.Stopped is not null)
        {
            return new Carried<ShopAccess?>(null);
        }

        return saved.State.AccessExpiresAt - RefreshAhead > business.GetUtcNow() ? Access() : await RefreshAsync();
    }

    public async Task<Carried<ShopAccess?>> RefreshAsync(string refusedToken)
    {
        if (!saved.RecordExists || saved.State.Stopped is not null)
        {
            return new Carried<ShopAccess?>(null);
        }

        // Somebody was faster: the refused token is no longer the stored one.
        return Access() is { } current && current.AccessToken != refusedToken ? current : await RefreshAsync();
    }

    private async Task<Carried<ShopAccess?>> RefreshAsync()
    {
        var refreshed = await authorization.RefreshAsync(Open(saved.State.RefreshToken, "refresh"), CancellationToken.None);
        switch (refreshed)
        {
            case CallOutcome<TokenGrant>.Succeeded { Value: var grant }:
                await StoreAsync(Granted(saved.State, grant));
                LogRefreshed(Shop, grant.AccessExpiresAt);
                return Access();
            case CallOutcome<TokenGrant>.Rejected { Class: RefusalClass.Authorization } refused:
                await StoreAsync(saved.State with { Stopped = refused.Describe() });
                LogStopped(Shop, refused.Describe());
                return new Carried<ShopAccess?>(null);
            default:
                // The stored token may still be good for a while; the caller finds out.
                LogNotRefreshed(Shop, refreshed.Describe());
                return Access();
        }
    }

    private ShopState Granted(ShopState state, TokenGrant grant) => state with
    {
        AccessToken = secrets.Protect(Encoding.UTF8.GetBytes(grant.AccessToken), Purpose("access")),
        AccessExpiresAt = grant.AccessExpiresAt,
        RefreshToken = secrets.Protect(Encoding.UTF8.GetBytes(grant.RefreshToken), Purpose("refresh")),
        RefreshExpiresAt = grant.RefreshExpiresAt,
        Stopped = null,
    };

    /// <summary>A failed write leaves memory ahead of the database: this activation ends, the next one reads what is stored.</summary>
    private async Task StoreAsync(ShopState next)
    {
        saved.State = next;
        try
        {
            await saved.WriteStateAsync();
        }
        catch
        {
            DeactivateOnIdle();
            throw;
        }
    }

    private ShopAccess Access() =>
        new(Shop, saved.State.MarketplaceShopId, saved.State.Cipher, Open(saved.State.AccessToken, "access"), saved.State.AccessExpiresAt);

    private string Open(byte[] sealedToken, string which) => Encoding.UTF8.GetString(secrets.Unprotect(sealedToken, Purpose(which)));

    private string Purpose(string which) => $"shop/{Shop}/{which}-token";

    private static Carried<ConnectAnswer> Failed(string why) => new ConnectAnswer(null, why);

    [LoggerMessage(LogLevel.Information, "Shop {Shop}: connected as account {Account}")]
    private partial void LogConnected(ShopId shop, string account);

    [LoggerMessage(LogLevel.Warning, "Shop {Shop}: webhooks could not be registered ({Outcome}); orders come by sweeps only")]
    private partial void LogNoWebhooks(ShopId shop, string outcome);

    [LoggerMessage(LogLevel.Debug, "Shop {Shop}: token refreshed, good until {Until}")]
    private partial void LogRefreshed(ShopId shop, DateTimeOffset until);

    [LoggerMessage(LogLevel.Warning, "Shop {Shop}: token not refreshed: {Outcome}")]
    private partial void LogNotRefreshed(ShopId shop, string outcome);

    [LoggerMessage(LogLevel.Error, "Shop {Shop}: stopped, the consent has ended ({Outcome}); ask the seller to connect again")]
    private partial void LogStopped(ShopId shop, string outcome);
}
