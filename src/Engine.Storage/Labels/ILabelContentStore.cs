namespace Engine.Storage.Labels;

/// <summary>A sealed label on its way into the store.</summary>
internal readonly record struct SealedLabel(string Merchant, string Shop, string LabelKey, byte[] Content);

/// <summary>A label's bytes in a file that it shares with others.</summary>
/// <param name="Pack">The file, as its store names it.</param>
/// <param name="Position">Of the first byte in it.</param>
/// <param name="Length">In bytes.</param>
internal sealed record PackPlace(string Pack, int Position, int Length);

/// <summary>A label that is stored, as its row says.</summary>
/// <param name="Place">Null where its name is enough to find it.</param>
internal readonly record struct StoredLabel(string Merchant, string Shop, string LabelKey, PackPlace? Place);

/// <summary>Where the sealed content of labels lies.</summary>
internal interface ILabelContentStore
{
    /// <summary>All of them durable when it returns, or an exception. The place of each, in their order.</summary>
    Task<IReadOnlyList<PackPlace?>> StoreAsync(IReadOnlyList<SealedLabel> labels, CancellationToken ct);

    /// <summary>Null when there is none.</summary>
    Task<byte[]?> ReadAsync(StoredLabel label, CancellationToken ct);

    /// <summary>Removes what has a name of its own; no error when there is none. What is shared goes with <see cref="SweepAsync"/>.</summary>
    Task DeleteAsync(StoredLabel label, CancellationToken ct);

    /// <summary>Removes every pack made before an instant that <paramref name="used"/> does not answer: the last of its labels is gone, or its writer died before it could record them.</summary>
    /// <param name="madeBefore">By the clock of the host that made the pack.</param>
    /// <param name="used">Which of some packs a label still lies in.</param>
    /// <param name="ct">Ends the sweep.</param>
    Task SweepAsync(DateTimeOffset madeBefore, Func<IReadOnlyCollection<string>, Task<IReadOnlyCollection<string>>> used, CancellationToken ct);
}
