using System.Globalization;
using Engine.Domain.Budgets;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.TikTok.Signing;
using Engine.TikTok.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Engine.TikTok.Calls;

/// <summary>One signed call from ask to outcome: shop access, signature, deadline, socket, classification. Holds no budget: callers do, a slot for each call; so
/// nothing is repeated here.</summary>
internal sealed partial class SignedCaller(
    IOptions<TikTokOptions> options,
    TikTokTransport transport,
    Circuits circuits,
    Func<IShopAccess> shopAccess,
    TimeProvider time,
    ILogger<SignedCaller> log)
{
    private static readonly QueryParameter[] NoParameters = [];

    private readonly TikTokOptions options = options.Value;
    // Asked for on use: whoever hands out access may itself need the token host, which is built on this class.
    private IShopAccess Shops => shopAccess();
    private readonly RequestSigner signer = new(options.Value.AppSecret);
    private readonly string baseUrl = options.Value.ApiBaseUrl.TrimEnd('/');

    /// <summary>A read, or a write that may be done twice. A refused token is replaced, for the next call.</summary>
    /// <param name="body">Null for none; the very bytes that are sent.</param>
    public async Task<CallOutcome<T>> CallAsync<T>(
        Endpoint endpoint, ShopId shop, string path, QueryParameter[]? query, ReadOnlyMemory<byte>? body,
        Func<ReadOnlyMemory<byte>, T> translate, CancellationToken ct)
    {
        try
        {
            var asked = time.GetTimestamp();
            var access = await Shops.GetAsync(shop, ct).ConfigureAwait(false);
            if (time.GetElapsedTime(asked) > LeaseTerm.UsualTolerance)
            {
                // All that waited for the same access would leave at once, long after the slots that their callers hold.
                return new CallOutcome<T>.NotApplied("its slot had passed when the shop's access was there", AskAgain: true);
            }

            var verdict = await AttemptAsync(endpoint, shop, access, path, query ?? NoParameters, body, null, translate, ct).ConfigureAwait(false);
            if (!verdict.TokenRefused)
            {
                return verdict.Outcome;
            }

            var newer = await Shops.RefreshAsync(shop, access.AccessToken, ct).ConfigureAwait(false);
            return newer.AccessToken == access.AccessToken ? verdict.Outcome : Refreshed<T>();
        }
        catch (ShopUnavailableException)
        {
            return ShopUnavailable<T>();
        }
    }

    /// <summary>A call with effects: signed once with the intent's own time, sent at most once, and not at all after its deadline.</summary>
    public async Task<CallOutcome<T>> PurchaseAsync<T>(
        Endpoint endpoint, ShopId shop, string path, ReadOnlyMemory<byte> body, SendPermit permit,
        Func<ReadOnlyMemory<byte>, T> translate, CancellationToken ct)
    {
        try
        {
            var access = await Shops.GetAsync(shop, ct).ConfigureAwait(false);
            var verdict = await AttemptAsync(endpoint, shop, access, path, NoParameters, body, permit, translate, ct).ConfigureAwait(false);
            if (!verdict.TokenRefused)
            {
                return verdict.Outcome;
            }

            // Refused before any effect, but this attempt is used up: the next one is a new decision, with the newer token.
            await Shops.RefreshAsync(shop, access.AccessToken, ct).ConfigureAwait(false);
            return Refreshed<T>();
        }
        catch (ShopUnavailableException)
        {
            return ShopUnavailable<T>();
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // AttemptAsync answers by itself once anything may have left.
            return new CallOutcome<T>.NotApplied("cancelled before it was sent");
        }
    }

    /// <summary>Without shop access and without a budget: the call that lists a new authorization's shops. Repeated once, for the authorization's code is used up.</summary>
    public Task<CallOutcome<T>> CallWithTokenAsync<T>(
        Endpoint endpoint, string accessToken, string path, Func<ReadOnlyMemory<byte>, T> translate, CancellationToken ct)
    {
        var access = new ShopAccess(default, "", "", accessToken, DateTimeOffset.MaxValue);
        return CallOutcome.AskTwiceAsync(async () =>
            (await AttemptAsync(endpoint, null, access, path, NoParameters, null, null, translate, ct).ConfigureAwait(false)).Outcome);
    }

    private async Task<Verdict<T>> AttemptAsync<T>(
        Endpoint endpoint, ShopId? shop, ShopAccess access, string path, QueryParameter[] query, ReadOnlyMemory<byte>? body,
        SendPermit? permit, Func<ReadOnlyMemory<byte>, T> translate, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        // First by the clock that nobody can set.
        if (permit is not null && time.GetTimestamp() > permit.SendBeforeTimestamp)
        {
            return NotSent<T>(endpoint, shop, "its moment had passed");
        }

        if (permit is not null && now - permit.SignedAt > options.SignatureWindow)
        {
            return NotSent<T>(endpoint, shop, "its signature would have expired");
        }

        // Also without a body: the platform marks the content type required even then.
        var content = new AttemptContent(body ?? default, time, permit?.SendBeforeTimestamp);
        using var request = Request(endpoint, access, path, query, body, permit?.SignedAt ?? now);
        request.Content = content;
        try
        {
            var circuit = circuits.ForShop(shop?.Value ?? "").For(endpoint.Effect);
            using var answer = await circuit.ExecuteAsync(
                static (call, token) => new ValueTask<Answer>(call.Transport.SendToApiAsync(call.Request, call.BytesMax, token)),
                (Transport: transport, Request: request, BytesMax: options.AnswerBytesMax),
                ct).ConfigureAwait(false);
            var verdict = Classifier.Classify(endpoint, answer, time.GetUtcNow(), translate);
            Note(endpoint, shop, verdict.Outcome, answer.StatusNumber);
            return verdict;
        }
        catch (Exception problem) when (IsOutside(problem, ct) || (endpoint.Effect == Effect.Purchase && content.Left))
        {
            var verdict = NoAnswer<T>(endpoint, problem, content);
            NoteFailure(endpoint, shop, verdict.Outcome, problem);
            return verdict;
        }
    }

    private HttpRequestMessage Request(
        Endpoint endpoint, ShopAccess access, string path, QueryParameter[] query, ReadOnlyMemory<byte>? body, DateTimeOffset signedAt)
    {
        var withCipher = access.Cipher.Length > 0;
        var parameters = new QueryParameter[query.Length + (withCipher ? 3 : 2)];
        parameters[0] = new("app_key", options.AppKey);
        parameters[1] = new("timestamp", signedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        if (withCipher)
        {
            parameters[2] = new("shop_cipher", access.Cipher);
        }

        query.CopyTo(parameters, withCipher ? 3 : 2);
        var sign = signer.Sign(path, parameters, "application/json", body is { } bytes ? bytes.Span : default);
        var request = new HttpRequestMessage(endpoint.Method, RequestUrl.Build(baseUrl, path, parameters, sign));
        request.Headers.TryAddWithoutValidation("x-tts-access-token", access.AccessToken);
        return request;
    }

    /// <summary>What the outside can do to a call. The caller's own cancellation is not among it.</summary>
    private static bool IsOutside(Exception problem, CancellationToken ct) => problem switch
    {
        HttpRequestException or IOException or TimeoutRejectedException or BrokenCircuitException or NotSentException or AnswerTooLargeException => true,
        OperationCanceledException => !ct.IsCancellationRequested,
        _ => false,
    };

    private static Verdict<T> NoAnswer<T>(Endpoint endpoint, Exception problem, AttemptContent content)
    {
        var reason = Reason(problem);
        if (endpoint.Effect == Effect.None)
        {
            return new(new CallOutcome<T>.NotApplied(reason, AskAgain: problem is HttpRequestException or IOException));
        }

        // Once the first byte may have left, nobody knows. Before, it surely was not applied.
        return new(content.Left ? new CallOutcome<T>.Unknown(reason) : new CallOutcome<T>.NotApplied(reason));
    }

    /// <summary>Fixed words only: messages of exceptions can carry addresses and queries.</summary>
    internal static string Reason(Exception problem) => problem switch
    {
        TimeoutRejectedException => "no answer in time",
        BrokenCircuitException => "the shop's breaker is open",
        NotSentException notSent => notSent.Message,
        AnswerTooLargeException tooLarge => tooLarge.Message,
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } http => $"connection: {http.HttpRequestError}",
        HttpIOException io => $"connection: {io.HttpRequestError}",
        HttpRequestException or IOException => "connection lost",
        OperationCanceledException => "cancelled",
        _ => $"failed: {problem.GetType().Name}",
    };

    private Verdict<T> NotSent<T>(Endpoint endpoint, ShopId? shop, string reason)
    {
        var outcome = new CallOutcome<T>.NotApplied(reason);
        Note(endpoint, shop, outcome, 0);
        LogNotSent(endpoint.Api, shop?.Value, reason);
        return new(outcome);
    }

    private static CallOutcome<T> Refreshed<T>() => new CallOutcome<T>.NotApplied("the access token had expired; it is refreshed", AskAgain: true);

    private static CallOutcome<T> ShopUnavailable<T>() =>
        new CallOutcome<T>.Rejected("shop", "not-connected", RefusalClass.Authorization, "the shop is not connected, or its consent has ended", null);
}
