using Engine.Domain.Ports;
using Engine.TikTok.Errors;
using Engine.TikTok.Transport;
using Engine.TikTok.Wire;

namespace Engine.TikTok.Calls;

/// <param name="TokenRefused">The platform refused the token, before any effect: a newer one is needed.</param>
internal readonly record struct Verdict<T>(CallOutcome<T> Outcome, bool TokenRefused = false);

/// <summary>Turns a received answer into one of the five outcomes. The rules are the design's (2.10); the codes are data (error-table.tsv).</summary>
internal static class Classifier
{
    /// <summary>The platform promises no Retry-After; without one a second is the smallest documented pause.</summary>
    private static readonly TimeSpan DefaultPause = TimeSpan.FromSeconds(1);
    private const int MessageMax = 200;

    public static Verdict<T> Classify<T>(Endpoint endpoint, Answer answer, DateTimeOffset now, Func<ReadOnlyMemory<byte>, T> translate)
    {
        if (answer.StatusNumber == 429)
        {
            return RateLimited<T>(answer, now);
        }

        // 5xx is doubtful whatever its body says.
        if (answer.StatusNumber >= 500)
        {
            return Doubtful<T>(endpoint, "gateway", $"http-{answer.StatusNumber}", "the platform failed");
        }

        Envelope envelope;
        try
        {
            envelope = Envelope.Read(answer.Body);
        }
        catch (Exception problem) when (IsUnreadable(problem))
        {
            return Doubtful<T>(endpoint, "gateway", $"unreadable-{answer.StatusNumber}", "the answer cannot be read");
        }

        if (envelope.Code != 0)
        {
            return Refused<T>(endpoint, answer, envelope, now);
        }

        if (answer.StatusNumber is < 200 or > 299)
        {
            return Doubtful<T>(endpoint, "gateway", $"http-{answer.StatusNumber}", "the answer contradicts itself");
        }

        try
        {
            return new(new CallOutcome<T>.Succeeded(translate(envelope.Data)));
        }
        catch (Exception problem) when (IsUnreadable(problem))
        {
            return Doubtful<T>(endpoint, endpoint.By, "unreadable-data", "the answer's data cannot be read");
        }
    }

    private static Verdict<T> Refused<T>(Endpoint endpoint, Answer answer, in Envelope envelope, DateTimeOffset now)
    {
        switch (envelope.Code)
        {
            case 36009002:
                return RateLimited<T>(answer, now);
            case 105002:
                return TokenRefused<T>(envelope, "access token expired");
            case 36009004:
                return GatewayRefused<T>(answer, envelope);
        }

        var listed = ErrorTable.Find(endpoint.Api, envelope.Code);
        var refusal = listed?.Class ?? RefusalClass.Unlisted;

        // "Try later" of a purchase does not say that nothing happened, and an unlisted code says nothing at all.
        if (endpoint.Effect == Effect.Purchase && refusal is (RefusalClass.Unlisted or RefusalClass.RetryLater))
        {
            return new(new CallOutcome<T>.Unknown($"{envelope.Code}: {listed?.Meaning ?? "a code that is not listed"}"));
        }

        return new(new CallOutcome<T>.Rejected(
            endpoint.By, Text(envelope.Code), refusal, listed?.Meaning ?? Cut(envelope.Message), envelope.RequestId));
    }

    /// <summary>36009004 is many refusals before any effect; the platform itself says to tell them apart by their words.</summary>
    private static Verdict<T> GatewayRefused<T>(Answer answer, in Envelope envelope)
    {
        var words = envelope.Message ?? "";
        if (Says(words, "access_token") || Says(words, "access-token"))
        {
            return TokenRefused<T>(envelope, "access token invalid");
        }

        if (Says(words, "earlier than"))
        {
            return new(new CallOutcome<T>.NotApplied("the signature had expired when it arrived"));
        }

        var (refusal, meaning) = 0 switch
        {
            _ when Says(words, "app_key") => (RefusalClass.Authorization, "app key unknown, or app disabled"),
            _ when answer.StatusNumber == 403 => (RefusalClass.Authorization, "shop or seller is not active"),
            _ when Says(words, "lesser than 0") || Says(words, "more than 30 seconds") => (RefusalClass.Bug, "our clock is ahead of the platform's"),
            _ when Says(words, "signature") || Says(words, "credentials") => (RefusalClass.Bug, "signature missing"),
            _ => (RefusalClass.Bug, "request refused by the gateway"),
        };
        return new(new CallOutcome<T>.Rejected("gateway", Text(envelope.Code), refusal, meaning, envelope.RequestId));
    }

    private static Verdict<T> TokenRefused<T>(in Envelope envelope, string meaning) => new(
        new CallOutcome<T>.Rejected("gateway", Text(envelope.Code), RefusalClass.Authorization, meaning, envelope.RequestId), TokenRefused: true);

    private static Verdict<T> RateLimited<T>(Answer answer, DateTimeOffset now) =>
        new(new CallOutcome<T>.RateLimited(answer.RetryAt is { } at && at > now ? at : now + DefaultPause));

    /// <summary>No clear answer: unknown where it matters, otherwise a refusal that a read survives by trying later.</summary>
    private static Verdict<T> Doubtful<T>(Endpoint endpoint, string by, string code, string meaning) => new(endpoint.Effect == Effect.None
        ? new CallOutcome<T>.Rejected(by, code, RefusalClass.RetryLater, meaning, null)
        : new CallOutcome<T>.Unknown($"{code}: {meaning}"));

    internal static bool IsUnreadable(Exception problem) =>
        problem is System.Text.Json.JsonException or InvalidOperationException or FormatException or OverflowException;

    private static bool Says(string words, string keyword) => words.Contains(keyword, StringComparison.OrdinalIgnoreCase);

    private static string Text(long code) => code.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The platform's own words, only for codes that nobody has described: one line, at most 200 characters.</summary>
    private static string Cut(string? message)
    {
        if (string.IsNullOrEmpty(message))
        {
            return "no message";
        }

        var text = message.Length > MessageMax ? message[..MessageMax] : message;
        return string.Create(text.Length, text, static (target, source) =>
        {
            for (var i = 0; i < source.Length; i++)
            {
                target[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        });
    }
}
