namespace Engine.Sandbox.Clock;

/// <summary>What one engine host says about itself in stepped time. Counters grow from 0 at each start of the host.</summary>
/// <param name="Epoch">The epoch the host's clock shows.</param>
/// <param name="Work">Grows with everything the host does.</param>
/// <param name="WebhooksReceived">Webhook requests answered, each try counted.</param>
/// <param name="InFlight">Work under way, including waits for a slot or a retry.</param>
/// <param name="JournalHead">Newest committed journal row the host knows.</param>
/// <param name="JournalApplied">Newest journal row that all of the host's readers have applied.</param>
/// <param name="NextWakeMs">Business instant at which the host wants to wake; null = never by itself.</param>
/// <param name="WaitMs">System time the host is willing to wait for an answer.</param>
public sealed record HostReport(long Epoch, long Work, long WebhooksReceived, long InFlight, long JournalHead, long JournalApplied, long? NextWakeMs, int WaitMs)
{
    public bool Idle => InFlight == 0 && JournalApplied == JournalHead;
}

public readonly record struct EpochAnswer(long Epoch, long NowMs);
