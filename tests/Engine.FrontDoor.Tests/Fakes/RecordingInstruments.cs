using System.Collections.Concurrent;
using Engine.FrontDoor.Webhooks;

namespace Engine.FrontDoor.Tests.Fakes;

internal sealed class RecordingInstruments : IFrontDoorInstruments
{
    private readonly ConcurrentDictionary<WebhookResult, TaskCompletionSource> first = new();

    public ConcurrentQueue<WebhookResult> Webhooks { get; } = new();

    public ConcurrentQueue<(string Operation, int Status)> Answers { get; } = new();

    public void WebhookReceived(WebhookResult result, TimeSpan took)
    {
        Webhooks.Enqueue(result);
        Announce(result).TrySetResult();
    }

    public void ApiAnswered(string operation, int statusCode, TimeSpan took) => Answers.Enqueue((operation, statusCode));

    /// <summary>Ends when a call with this result was counted for the first time.</summary>
    public Task Counted(WebhookResult result) => Announce(result).Task.WaitAsync(TimeSpan.FromSeconds(30));

    private TaskCompletionSource Announce(WebhookResult result) =>
        first.GetOrAdd(result, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
