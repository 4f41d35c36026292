namespace Engine.Storage.Journal;

/// <summary>Tells readers of this process that something was committed. A hint: readers poll too.</summary>
public sealed class JournalSignals
{
    /// <summary>The journal's partition. Called on the thread of the commit: be quick, do not throw.</summary>
    public event Action<int>? Committed;

    internal void Raise(int partition) => Committed?.Invoke(partition);
}
