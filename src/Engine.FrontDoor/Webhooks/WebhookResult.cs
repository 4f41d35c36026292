namespace Engine.FrontDoor.Webhooks;

/// <summary>What became of a webhook call.</summary>
public enum WebhookResult
{
    /// <summary>Handed to the shop's intake. 200.</summary>
    Hinted,

    /// <summary>The same notification was handed over before. 200.</summary>
    Duplicate,

    /// <summary>Signed, but of a type that is not about orders, or that this version does not know. 200.</summary>
    OtherType,

    /// <summary>Signed, for an account that is not connected here. 200.</summary>
    UnknownShop,

    /// <summary>Signed, but no readable notification. 200.</summary>
    Unreadable,

    /// <summary>The signature is not the platform's. 401.</summary>
    Forged,

    /// <summary>Too large to be verified. 413.</summary>
    TooLarge,

    /// <summary>The hint could not be handed over; the sweep will find what it was about. 200.</summary>
    HintLost,

    /// <summary>Our own verifier failed: the platform shall come again. 503.</summary>
    VerifierUnfit,

    /// <summary>The caller went away before its body was in. No answer.</summary>
    Aborted,
}

public static class WebhookResults
{
    private static readonly string[] Labels = [.. Enum.GetNames<WebhookResult>().Select(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    /// <summary>The value of the metric's label `result`; stable.</summary>
    public static string Label(this WebhookResult result) => Labels[(int)result];
}
