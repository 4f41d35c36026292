using Engine.Host.Configuration;
using Npgsql;

namespace Engine.Host.Cluster;

/// <summary>The hosts of one machine start one after the other: held by an advisory lock while a host starts and catches up, given on when it is disposed of or the process
/// ends.</summary>
/// <remarks>To start is work for the processor. Where all hosts start at once, as after a power cut, the first is at work after the time of one start, not after that of all of
/// them, works off what has gathered with the whole machine, and the others do not draw grains to themselves that they are too busy to run. Measured:
/// `load-tests/README.md`, Recovery.</remarks>
internal sealed class StartTurn : IAsyncDisposable
{
    private readonly NpgsqlConnection? holding;

    private StartTurn(NpgsqlConnection? holding) => this.holding = holding;

    /// <summary>How long a host waits for its turn (invented: two starts on a slow machine, each with its <see cref="CatchUp"/>). Then it starts all the same: one that hangs
    /// holds nobody up.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a host that listens keeps its turn (invented: about what it takes to work off what gathered while there was no host).</summary>
    public static TimeSpan CatchUp { get; } = TimeSpan.FromSeconds(3);

    /// <summary>Whether the turn was given; false where the patience ended or the database could not be asked.</summary>
    public bool IsHeld => holding is not null;

    public static async Task<StartTurn> TakeAsync(string connectionString, ClusterSettings cluster, TimeSpan patience, CancellationToken ct)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            ApplicationName = "engine-start",
            CommandTimeout = (int)Math.Ceiling(patience.TotalSeconds) + 1,
        };
        var connection = new NpgsqlConnection(target.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            await using var batch = new NpgsqlBatch(connection)
            {
                BatchCommands =
                {
                    new NpgsqlBatchCommand("select set_config('lock_timeout', $1, false)") { Parameters = { new() { Value = $"{patience.TotalMilliseconds:F0}" } } },
                    new NpgsqlBatchCommand("select pg_advisory_lock(hashtextextended('engine start ' || $1 || '/' || $2, 0))")
                    {
                        Parameters = { new() { Value = cluster.ClusterId }, new() { Value = Environment.MachineName } },
                    },
                },
            };
            await batch.ExecuteNonQueryAsync(ct);
            return new StartTurn(connection);
        }
        catch (NpgsqlException e)
        {
            await connection.DisposeAsync();
            Console.WriteLine(e.SqlState == PostgresErrorCodes.LockNotAvailable
                ? $"Other hosts of this machine have been starting for {patience.TotalSeconds:0.#} s: this one waits no longer."
                : $"Not known whether other hosts of this machine are starting ({e.Message}): this one does not wait for them.");
            return new StartTurn(null);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Once the host listens: gives the turn on after <see cref="CatchUp"/>, or at once where the host stops; how it stopped is for whoever awaits that to say.</summary>
    public async Task GiveOnAsync(Task stopped, TimeProvider time)
    {
        await stopped.WaitAsync(CatchUp, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await DisposeAsync();
    }

    public ValueTask DisposeAsync() => holding?.DisposeAsync() ?? ValueTask.CompletedTask;
}
