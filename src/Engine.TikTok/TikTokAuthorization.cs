using System.Collections.Immutable;
using Engine.Domain.Ports;
using Engine.TikTok.Calls;
using Engine.TikTok.Errors;
using Engine.TikTok.Signing;
using Engine.TikTok.Translation;
using Engine.TikTok.Transport;
using Engine.TikTok.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Engine.TikTok;

/// <summary>The token host: unsigned GETs whose query carries secrets, so no address of it is logged or put into an outcome.</summary>
/// <remarks>Both calls use up what they are given (the code is single-use, refreshing may end the old token): sent once, and a lost answer is unknown.</remarks>
internal sealed partial class TikTokAuthorization(
    IOptions<TikTokOptions> options, TikTokTransport transport, Circuits circuits, SignedCaller caller, TimeProvider time,
    ILogger<TikTokAuthorization> log) : IMarketplaceAuthorization
{
    private const string By = "token host";
    private const int AnswerBytesMax = 256 * 1024;
    private readonly TikTokOptions options = options.Value;

    /// <remarks>The grant type really is `authorized_code`.</remarks>
    public Task<CallOutcome<TokenGrant>> ExchangeAsync(string authCode, CancellationToken ct) =>
        TokenAsync("/api/v2/token/get", new("auth_code", authCode), "authorized_code", ct);

    public Task<CallOutcome<TokenGrant>> RefreshAsync(string refreshToken, CancellationToken ct) =>
        TokenAsync("/api/v2/token/refresh", new("refresh_token", refreshToken), "refresh_token", ct);

    public Task<CallOutcome<ImmutableArray<AuthorizedShop>>> ListShopsAsync(string accessToken, CancellationToken ct) => caller.CallWithTokenAsync(
        Endpoints.AuthorizedShops, accessToken, "/authorization/202309/shops", OtherTranslation.Shops, ct);

    private async Task<CallOutcome<TokenGrant>> TokenAsync(string path, QueryParameter given, string grantType, CancellationToken ct)
    {
        QueryParameter[] query =
        [
            new("app_key", options.AppKey), new("app_secret", options.AppSecret), given, new("grant_type", grantType),
        ];
        using var request = new HttpRequestMessage(HttpMethod.Get, RequestUrl.Build(options.AuthBaseUrl.TrimEnd('/'), path, query, sign: null));
        try
        {
            using var answer = await circuits.TokenHost.ExecuteAsync(
                static (call, token) => new ValueTask<Answer>(call.transport.SendToAuthAsync(call.request, AnswerBytesMax, token)),
                (transport, request),
                ct).ConfigureAwait(false);
            var outcome = Classify(answer);
            LogOutcome(grantType, answer.StatusNumber, outcome.Kind, (outcome as CallOutcome<TokenGrant>.Rejected)?.Code);
            return outcome;
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException or TimeoutRejectedException or BrokenCircuitException
            or AnswerTooLargeException || (problem is OperationCanceledException && !ct.IsCancellationRequested))
        {
            var reason = SignedCaller.Reason(problem);
            var never = problem is BrokenCircuitException
                or HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError };
            LogNoAnswer(grantType, reason);
            return never ? new CallOutcome<TokenGrant>.NotApplied(reason) : new CallOutcome<TokenGrant>.Unknown(reason);
        }
    }

    private CallOutcome<TokenGrant> Classify(Answer answer)
    {
        if (answer.StatusNumber == 429)
        {
            return RateLimited(answer);
        }

        try
        {
            var envelope = Envelope.Read(answer.Body);
            if (envelope.Code == 36009002)
            {
                return RateLimited(answer);
            }

            if (envelope.Code != 0)
            {
                var listed = ErrorTable.FindForTokenHost(envelope.Code);
                return answer.StatusNumber >= 500 || listed?.Class == RefusalClass.RetryLater
                    ? new CallOutcome<TokenGrant>.Unknown($"{envelope.Code}: the token host failed")
                    : new CallOutcome<TokenGrant>.Rejected(
                        By, envelope.Code.ToString(System.Globalization.CultureInfo.InvariantCulture), listed?.Class ?? RefusalClass.Unlisted,
                        listed?.Meaning ?? "a code that is not listed", envelope.RequestId);
            }

            return answer.StatusNumber is >= 200 and <= 299
                ? new CallOutcome<TokenGrant>.Succeeded(OtherTranslation.Token(envelope.Data))
                : new CallOutcome<TokenGrant>.Unknown($"http-{answer.StatusNumber}: the answer contradicts itself");
        }
        catch (Exception problem) when (Classifier.IsUnreadable(problem))
        {
            return new CallOutcome<TokenGrant>.Unknown($"http-{answer.StatusNumber}: the answer cannot be read");
        }
    }

    private CallOutcome<TokenGrant>.RateLimited RateLimited(Answer answer) => new(answer.RetryAt ?? time.GetUtcNow() + TimeSpan.FromSeconds(1));

    [LoggerMessage(20, LogLevel.Information, "Token host, {GrantType}: http {Status}, {Outcome} {Code}")]
    private partial void LogOutcome(string grantType, int status, string outcome, string? code);

    [LoggerMessage(21, LogLevel.Warning, "Token host, {GrantType}, gave no answer: {Reason}")]
    private partial void LogNoAnswer(string grantType, string reason);
}
