namespace Engine.FrontDoor.Health;

/// <summary>One thing without which this host should get no traffic. Register as many as there are.</summary>
public interface IReadiness
{
    /// <summary>Short, stable, snake_case.</summary>
    string Name { get; }

    /// <summary>May throw or take long: then it is not ok.</summary>
    ValueTask<ReadinessResult> CheckAsync(CancellationToken ct);
}

/// <param name="Detail">For the operator; no secrets, the page needs no key.</param>
public readonly record struct ReadinessResult(bool Ok, string? Detail = null);

/// <param name="Status">`ready`, `not_ready` or `stopping`; on /health/live always `alive`.</param>
public sealed record HealthReport(string Status, IReadOnlyList<HealthCheckView> Checks);

public sealed record HealthCheckView(string Name, bool Ok, string? Detail);
