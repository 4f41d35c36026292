namespace Engine.Host.Demo;

/// <summary>Has the sandbox kill the first host at the kill points that lie at the marketplace: once when a purchase has arrived and nothing
/// of it is done (P2), once when it is done and not answered (P3).</summary>
/// <remarks>One after the other, and after the kills that hosts do themselves: a process that is dead already cannot be killed at a point.
/// Purchases and labels are counted from the moment at which the plan's turn comes.</remarks>
internal sealed class SandboxKills
{
    private readonly SandboxControl sandbox;
    private readonly HostProcess host;
    private readonly int killsBefore;
    private readonly Queue<(string Id, Func<long, int, object> Plan)> plans = [];
    private long? soldBefore;

    public SandboxKills(DemoOptions options, SandboxControl sandbox, HostProcess host)
    {
        this.sandbox = sandbox;
        this.host = host;
        killsBefore = options.KillPoints?.Split(',').Length ?? 0;
        if (options.KillBeforeSale is { } purchase)
        {
            plans.Enqueue(("p2", (_, pid) => new { Id = "p2", Kind = "kill-before-sale", Nth = purchase, Pid = pid }));
        }

        if (options.KillAfterSale is { } sale)
        {
            plans.Enqueue(("p3", (sold, pid) => new { Id = "p3", Kind = "kill-after-sale", Sale = sold + sale, Pid = pid }));
        }
    }

    public async Task ArmAsync(CancellationToken ct)
    {
        if (plans.Count > 0)
        {
            // The process to kill changes when it was killed, here or for another reason.
            host.Restarted += restarted => _ = RearmAsync();
            await ArmNextAsync(ct);
        }
    }

    private async Task RearmAsync()
    {
        if (plans.TryPeek(out var next) && await sandbox.InjectedAsync(next.Id, CancellationToken.None) > 0)
        {
            Console.WriteLine($"  the sandbox killed host {host.Number} at {next.Id.ToUpperInvariant()}; it is back as process {host.ProcessId}");
            plans.Dequeue();
            soldBefore = null;
        }

        await ArmNextAsync(CancellationToken.None);
    }

    private async Task ArmNextAsync(CancellationToken ct)
    {
        if (host.Restarts >= killsBefore && plans.TryPeek(out var next))
        {
            soldBefore ??= (await sandbox.ProgressAsync(ct)).LabelsSold;
            await sandbox.ArmAsync(next.Id, next.Plan(soldBefore.Value, host.ProcessId), ct);
        }
    }
}
