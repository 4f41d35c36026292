using Engine.Domain.Ports;

namespace Engine.Contracts;

/// <summary>Where a host calls in when its clock has moved or a webhook came, so that nobody waits for the next ping of the second.</summary>
public interface IHostPings
{
    /// <summary>Pings the desk of each. Answers when all were pinged.</summary>
    Task PingDueAsync(IReadOnlyCollection<WorkFront> due);

    /// <summary>Has every partition of the journal read again; answers when all were told.</summary>
    Task PingReadersAsync(CancellationToken ct);
}
