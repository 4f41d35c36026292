using Engine.Domain.Ports;
using Engine.TikTok.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Engine.TikTok.Calls;

/// <summary>Fetches one label file from a link just received: without credentials, from allowed hosts only, and only what looks like a whole PDF.</summary>
internal sealed partial class LabelDownload(
    IOptions<TikTokOptions> options, TikTokTransport transport, Circuits circuits, TimeProvider time, ILogger<LabelDownload> log)
{
    private const string Storage = "storage";

    /// <summary>Writers may put blanks behind the end mark; readers look in the last kibibyte.</summary>
    private const int TrailerBytes = 1024;
    private readonly TikTokOptions options = options.Value;
    private readonly LabelGuard guard = new(options.Value);

    public async Task<CallOutcome<byte[]>> GetAsync(Uri url, CancellationToken ct)
    {
        if (guard.Refuse(url) is { } reason)
        {
            LogRefused(reason);
            return new CallOutcome<byte[]>.Rejected("client", "link-refused", RefusalClass.Bug, reason, null);
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        try
        {
            using var answer = await circuits.LabelStorage.ExecuteAsync(
                static (call, token) => new ValueTask<Answer>(call.Transport.SendToLabelStorageAsync(call.Request, call.BytesMax, token)),
                (Transport: transport, Request: request, BytesMax: options.LabelBytesMax),
                ct).ConfigureAwait(false);
            return Judge(answer);
        }
        catch (AnswerTooLargeException)
        {
            LogBad("larger than is taken");
            return Bad("too-large", "the file is larger than is taken");
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException or TimeoutRejectedException or BrokenCircuitException
            || (problem is OperationCanceledException && !ct.IsCancellationRequested))
        {
            LogNoFile(SignedCaller.Reason(problem));
            return new CallOutcome<byte[]>.NotApplied(SignedCaller.Reason(problem));
        }
    }

    private CallOutcome<byte[]> Judge(Answer answer)
    {
        switch (answer.StatusNumber)
        {
            case 200:
                break;
            case 429:
                return new CallOutcome<byte[]>.RateLimited(answer.RetryAt ?? time.GetUtcNow() + TimeSpan.FromSeconds(1));
            case 401 or 403 or 404 or 410:
                LogBad("link is dead");
                return new CallOutcome<byte[]>.Rejected(
                    Storage, $"http-{answer.StatusNumber}", RefusalClass.StateConflict, "the link is dead: ask for a new one", null);
            default:
                LogBad("storage failed");
                return Bad($"http-{answer.StatusNumber}", "the storage failed");
        }

        var body = answer.Body.Span;
        if (!body.StartsWith("%PDF-"u8))
        {
            LogBad("not a PDF");
            return Bad("not-a-pdf", "the file is no PDF");
        }

        if (body[^Math.Min(TrailerBytes, body.Length)..].IndexOf("%%EOF"u8) < 0)
        {
            LogBad("cut off");
            return Bad("cut-off", "the file is cut off");
        }

        return new CallOutcome<byte[]>.Succeeded(body.ToArray());
    }

    private static CallOutcome<byte[]>.Rejected Bad(string code, string meaning) => new(Storage, code, RefusalClass.RetryLater, meaning, null);

    [LoggerMessage(10, LogLevel.Error, "A label link was refused: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(11, LogLevel.Warning, "A label file was not taken: {Reason}")]
    private partial void LogBad(string reason);

    [LoggerMessage(12, LogLevel.Information, "A label file could not be fetched: {Reason}")]
    private partial void LogNoFile(string reason);
}
