using Engine.Domain.Ports;

namespace Engine.Storage.Journal;

/// <summary>What the journal reports about itself; called from its lanes, so it must be quick and must not throw.</summary>
public interface IJournalInstruments
{
    /// <summary>One transaction was committed.</summary>
    /// <param name="units">Units gathered into it, refused ones included.</param>
    /// <param name="took">From the start of the transaction to its answer.</param>
    void Committed(int units, TimeSpan took);

    /// <summary>A unit was answered with anything but accepted.</summary>
    void NotAccepted(AppendResult result);

    /// <summary>Someone who listens to commits threw. Readers poll anyway; the mistake should be seen.</summary>
    void ListenerFailed(Exception error) => System.Diagnostics.Trace.TraceError($"A listener of the journal failed: {error}");
}

public sealed class NoJournalInstruments : IJournalInstruments
{
    public static readonly NoJournalInstruments Instance = new();

    public void Committed(int units, TimeSpan took)
    {
    }

    public void NotAccepted(AppendResult result)
    {
    }
}
