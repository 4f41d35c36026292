namespace Engine.Contracts;

/// <summary>Where a host calls in when its clock has moved or a webhook came, so that nobody waits for the next ping of the second.</summary>
public interface IHostPings
{
    /// <summary>Looks at the stored to-do list and pings every desk with work due. Answers when all were pinged.</summary>
    Task PingDueAsync(CancellationToken ct);

    /// <summary>Has every partition of the journal read again: a row may have become readable only after its commit was told.</summary>
    Task PingReadersAsync(CancellationToken ct);
}
