namespace Engine.Storage.Labels;

/// <summary>A sealed label on its way into the store.</summary>
internal readonly record struct SealedLabel(string Merchant, string Shop, string LabelKey, byte[] Content);

/// <summary>Where the sealed content of labels lies. All of a call durable when it returns, or an exception.</summary>
internal interface ILabelContentStore
{
    Task StoreAsync(IReadOnlyList<SealedLabel> labels, CancellationToken ct);

    /// <summary>Null when there is none.</summary>
    Task<byte[]?> ReadAsync(string merchant, string shop, string labelKey, CancellationToken ct);

    /// <summary>No error when there is none.</summary>
    Task DeleteAsync(string merchant, string shop, string labelKey, CancellationToken ct);
}
