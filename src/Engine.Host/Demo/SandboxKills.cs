namespace Engine.Host.Demo;

/// <summary>Has the sandbox kill the first host at the kill points that lie at the marketplace: once when a purchase has arrived and nothing
/// of it is done (P2), once when it is done and not answered (P3).</summary>
internal sealed class SandboxKills
{
    private readonly SandboxControl sandbox;
    private readonly HostProcess host;
    private readonly Dictionary<string, Func<int, object>> plans = [];

    public SandboxKills(DemoOptions options, SandboxControl sandbox, HostProcess host)
    {
        this.sandbox = sandbox;
        this.host = host;
        if (options.KillBeforeSale is { } purchase)
        {
            plans["p2"] = pid => new { Id = "p2", Kind = "kill-before-sale", Nth = purchase, Pid = pid };
        }

        if (options.KillAfterSale is { } sale)
        {
            plans["p3"] = pid => new { Id = "p3", Kind = "kill-after-sale", Sale = sale, Pid = pid };
        }
    }

    public async Task ArmAsync(CancellationToken ct)
    {
        if (plans.Count == 0)
        {
            return;
        }

        // The process to kill changes when it was killed, here or for another reason.
        host.Restarted += restarted => _ = RearmAsync();
        foreach (var (id, plan) in plans)
        {
            await sandbox.ArmAsync(id, plan(host.ProcessId), ct);
        }
    }

    private async Task RearmAsync()
    {
        foreach (var (id, plan) in plans.ToList())
        {
            if (await sandbox.InjectedAsync(id, CancellationToken.None) > 0)
            {
                Console.WriteLine($"  the sandbox killed host {host.Number} at {id.ToUpperInvariant()}; it is back as process {host.ProcessId}");
                plans.Remove(id);
            }
            else
            {
                await sandbox.ArmAsync(id, plan(host.ProcessId), CancellationToken.None);
            }
        }
    }
}
