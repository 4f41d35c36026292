using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.FrontDoor.Problems;
using Engine.FrontDoor.Shops;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;

namespace Engine.FrontDoor.Webhooks;

/// <summary>`POST /webhooks/tiktok`: verify, hand the hint to the shop's intake, answer. No database, no waiting.</summary>
/// <remarks>Answers (design 3.1): 200 whatever a genuine call says, 401 forged, 413 too large to verify, 503 when our verifier is unfit. A hint that is
/// lost costs latency and no order: the sweep finds it.</remarks>
internal sealed partial class TikTokWebhook(
    IMarketplaceHints hints,
    ShopDirectory shops,
    IGrainFactory grains,
    HostActivity activity,
    IFrontDoorInstruments instruments,
    [FromKeyedServices(Clocks.System)] TimeProvider clock,
    IOptions<FrontDoorOptions> options,
    ILogger<TikTokWebhook> log)
{
    /// <summary>Calls for accounts not known yet that may wait for a look at the list of shops (invented).</summary>
    private const int WaitingMax = 256;

    private readonly RecentNotifications recent = new(options.Value.WebhookIdsRemembered);
    private readonly int bodyMaxBytes = options.Value.WebhookBodyMaxBytes;
    private int waiting;

    public async Task HandleAsync(HttpContext http)
    {
        var call = new Call(this, activity.Begin(), clock.GetTimestamp());
        WebhookResult? result = WebhookResult.Aborted;
        try
        {
            using var body = await RawBody.ReadAsync(http.Request, bodyMaxBytes, http.RequestAborted);
            result = body.Fits ? Handle(http.Request.Headers.Authorization, body.Bytes.Span, call) : WebhookResult.TooLarge;
        }
        finally
        {
            if (result is { } known)
            {
                call.End(known);
            }
        }

        switch (result)
        {
            case WebhookResult.Forged:
                await new Problem(StatusCodes.Status401Unauthorized, "signature_invalid", "The signature is not the marketplace's.").WriteAsync(http);
                break;
            case WebhookResult.TooLarge:
                await new Problem(
                    StatusCodes.Status413PayloadTooLarge, "body_too_large", $"A webhook has at most {bodyMaxBytes} bytes.").WriteAsync(http);
                break;
            case WebhookResult.VerifierUnfit:
                await new Problem(
                    StatusCodes.Status503ServiceUnavailable, "verifier_unfit", "Signatures cannot be checked just now.", Retryable: true, RetryAfterSeconds: 60)
                    .WriteAsync(http);
                break;
        }
    }

    /// <summary>Null: the call goes on by itself, and ends itself.</summary>
    private WebhookResult? Handle(string? signature, ReadOnlySpan<byte> body, Call call)
    {
        HintReading reading;
        try
        {
            reading = hints.Read(signature, body);
        }
        catch (Exception e)
        {
            LogUnfit(e);
            return WebhookResult.VerifierUnfit;
        }

        switch (reading)
        {
            case HintReading.Forged:
                return WebhookResult.Forged;
            case HintReading.Hint hint when !IsAboutOrders(hint.Type):
                return WebhookResult.OtherType;
            case HintReading.Hint { NotificationId: { } id } when recent.Contains(id):
                return WebhookResult.Duplicate;
            case HintReading.Hint hint when shops.ByAccount(hint.MarketplaceShopId) is { } shop:
                return HandOver(shop.Shop, hint);
            case HintReading.Hint when Volatile.Read(ref waiting) >= WaitingMax:
                return WebhookResult.UnknownShop;
            case HintReading.Hint hint:
                _ = LookUpAsync(hint, call);
                return null;
            default:
                return WebhookResult.Unreadable;
        }
    }

    /// <summary>Status, address, package, cancellation, return; the numbers are the platform's (tiktok-shop-api.md 11.4).</summary>
    private static bool IsAboutOrders(int type) => type is 1 or 3 or 4 or 11 or 12;

    private WebhookResult HandOver(ShopId shop, HintReading.Hint hint)
    {
        try
        {
            // Never awaited by the answer; but until the intake has taken it, this host has work.
            var sent = grains.Intake(shop).HintAsync(hint.OrderId);
            if (!sent.IsCompletedSuccessfully)
            {
                _ = WatchAsync(sent, shop);
            }
        }
        catch (Exception e)
        {
            LogHintLost(e, shop);
            return WebhookResult.HintLost;
        }

        if (hint.NotificationId is { } id)
        {
            recent.Add(id);
        }

        return WebhookResult.Hinted;
    }

    private async Task WatchAsync(Task sent, ShopId shop)
    {
        using var work = activity.Begin();
        try
        {
            await sent;
        }
        catch (Exception e)
        {
            LogHintLost(e, shop);
        }
    }

    /// <summary>An account not known yet: perhaps it was connected a moment ago, on another host.</summary>
    private async Task LookUpAsync(HintReading.Hint hint, Call call)
    {
        Interlocked.Increment(ref waiting);
        var result = WebhookResult.UnknownShop;
        try
        {
            await shops.RefreshAsync();
            if (shops.ByAccount(hint.MarketplaceShopId) is { } shop)
            {
                result = HandOver(shop.Shop, hint);
            }
        }
        catch (Exception e)
        {
            LogLookUpFailed(e);
            result = WebhookResult.HintLost;
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
            call.End(result);
        }
    }

    private void End(WebhookResult result, long startedAt)
    {
        instruments.WebhookReceived(result, clock.GetElapsedTime(startedAt));
        activity.CountWebhook();
    }

    /// <summary>One call on its way: counted exactly once, after its hint was handed over, and the host is busy until then.</summary>
    private readonly struct Call(TikTokWebhook owner, IDisposable busy, long startedAt)
    {
        public void End(WebhookResult result)
        {
            owner.End(result, startedAt);
            busy.Dispose();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The webhook verifier is unfit; calls are answered 503 until it works again")]
    private partial void LogUnfit(Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A hint for shop {Shop} could not be handed over; the sweep will find what it was about")]
    private partial void LogHintLost(Exception e, ShopId shop);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The list of shops could not be read for a webhook; its hint is lost, the sweep will find what it was about")]
    private partial void LogLookUpFailed(Exception e);
}
