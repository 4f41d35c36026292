using Engine.Domain;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Engine.Grains.Budgets;

/// <summary>When this host was last known to be alive for the others, by their own table. One that is cut off from them but not from the database, or that stood
/// still, would else go on for seconds beside those who have taken over its grains.</summary>
internal sealed partial class MembershipProof(
    IMembershipTable table, ILocalSiloDetails silo, [FromKeyedServices(Clocks.System)] TimeProvider system, ILogger<MembershipProof> log)
{
    private readonly Lock gate = new();
    private Task? asking;
    private long? provenAt;
    private bool dead;
    private bool warned;

    /// <summary>How long ago, at most, this host was alive in the table; null where that was never read, or it was declared dead.</summary>
    public TimeSpan? Age
    {
        get
        {
            lock (gate)
            {
                return !dead && provenAt is { } at ? system.GetElapsedTime(at) : null;
            }
        }
    }

    /// <summary>Asks the table where the last proof is older than <paramref name="freshEnough"/>, once for all who want to know at that moment.</summary>
    /// <param name="patience">How long to wait for it.</param>
    public async ValueTask RefreshAsync(TimeSpan freshEnough, TimeSpan patience)
    {
        Task pending;
        lock (gate)
        {
            if (dead || Age <= freshEnough)
            {
                return;
            }

            // Off the caller's grain: one question serves many.
            pending = asking ??= Task.Run(AskAsync);
        }

        try
        {
            await pending.WaitAsync(patience, system);
        }
        catch (TimeoutException)
        {
            if (IsFirstSinceProof())
            {
                LogSlow(patience);
            }
        }
    }

    private async Task AskAsync()
    {
        // What the answer says was true after this instant; how long after, nobody knows.
        var askedAt = system.GetTimestamp();
        try
        {
            var row = (await table.ReadRowAsync(silo.SiloAddress)).Members.Select(m => m.Item1).FirstOrDefault(m => m.SiloAddress.Equals(silo.SiloAddress));
            lock (gate)
            {
                if (row is { Status: SiloStatus.Dead })
                {
                    dead = true;
                    LogDead();
                }
                else if (row is not null)
                {
                    (provenAt, warned) = (askedAt, false);
                }
            }
        }
        catch (Exception e)
        {
            if (IsFirstSinceProof())
            {
                LogUnread(e);
            }
        }
        finally
        {
            lock (gate)
            {
                asking = null;
            }
        }
    }

    /// <summary>Every budget of the host asks several times a second: one line says it for all of them, until the table is read again.</summary>
    private bool IsFirstSinceProof()
    {
        lock (gate)
        {
            return !warned && (warned = true);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The membership table did not answer within {Patience}; no calls are permitted until it does")]
    private partial void LogSlow(TimeSpan patience);

    [LoggerMessage(LogLevel.Warning, "The membership table could not be read; no calls are permitted until it can")]
    private partial void LogUnread(Exception exception);

    [LoggerMessage(LogLevel.Warning, "The other hosts have declared this one dead; it permits no more calls")]
    private partial void LogDead();
}
