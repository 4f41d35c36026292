namespace Engine.Host.Demo;

/// <summary>SIGKILLs at random moments of a run, drawn from its seed as shares of the labels sold, so that they fall into the busy part.</summary>
internal sealed class KillPlan
{
    private readonly Queue<double> shares;
    private readonly Random random;

    public KillPlan(int kills, ulong seed)
    {
        random = new Random(unchecked((int)(seed * 2654435761)));
        shares = new Queue<double>(Enumerable.Range(0, kills).Select(_ => 0.05 + (0.85 * random.NextDouble())).Order());
    }

    public int Done { get; private set; }

    /// <summary>Kills a host when the next moment has come. At most one per call, so that it can come back in between.</summary>
    public void Strike(SandboxProgress progress, IReadOnlyList<HostProcess> hosts)
    {
        var expected = Math.Max(1, progress.OrdersTotal - progress.Fbt - progress.Cancelled - progress.Unfinishable);
        if (shares.TryPeek(out var next) && (double)progress.LabelsSold / expected >= next)
        {
            shares.Dequeue();
            var victim = hosts[random.Next(hosts.Count)];
            Console.WriteLine($"  kill -9 of host {victim.Number} (process {victim.ProcessId}) at {progress.LabelsSold} labels");
            victim.Kill();
            Done++;
        }
    }
}
