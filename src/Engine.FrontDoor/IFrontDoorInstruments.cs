using Engine.FrontDoor.Webhooks;

namespace Engine.FrontDoor;

/// <summary>Where the front door's figures go; the host gives them to its metrics. Called on the hot path: must be quick, must not throw.</summary>
public interface IFrontDoorInstruments
{
    /// <summary>Once for every webhook call, whatever became of it.</summary>
    /// <param name="took">Wall time from the first byte to the answer's decision.</param>
    void WebhookReceived(WebhookResult result, TimeSpan took);

    /// <summary>Once for every answered API request.</summary>
    /// <param name="operation">The operation's name in the OpenAPI document, or `none` where no route matched: a closed set.</param>
    void ApiAnswered(string operation, int statusCode, TimeSpan took);
}
