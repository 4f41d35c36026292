namespace Engine.Host.Demo.Chaos;

/// <summary>The sellers of a run, who take their authorization away and give it again.</summary>
/// <param name="shops">Our shop ids, by the marketplace's.</param>
internal sealed class ChaosSellers(SandboxControl sandbox, FrontDoorClient engine, IReadOnlyDictionary<string, string> shops, Uri webhooks)
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public KeyValuePair<string, string> Choose(double unit) => shops.OrderBy(s => s.Value, StringComparer.Ordinal).ElementAt((int)(unit * shops.Count));

    /// <summary>A lost authorization comes back by a new consent only; hosts and database may be gone while it is tried.</summary>
    public async Task ConsentAgainAsync(KeyValuePair<string, string> seller, CancellationToken stop)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                var consent = await sandbox.ConsentAsync(seller.Key, stop);
                await engine.ConnectAsync(seller.Value, consent, webhooks, stop).WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, stop);
                return;
            }
            catch (Exception e) when (e is HttpRequestException or TimeoutException && TimeProvider.System.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(RetryEvery, TimeProvider.System, stop);
            }
        }
    }
}
