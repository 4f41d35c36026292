using Engine.Domain.Ports;
using Engine.Storage;
using Engine.Storage.Feed;
using Engine.Storage.Journal;
using Engine.Storage.LateDispatch;
using Engine.Storage.Quality;
using Engine.Storage.Queries;
using Engine.Storage.Secrets;
using Engine.Storage.Verification;
using Engine.Storage.Work;
using Npgsql;

namespace Engine.Testing.Postgres;

/// <summary>The storage of one host over a database, wired by hand; two of them over one database are two hosts.</summary>
public sealed class TestStorage : IAsyncDisposable
{
    /// <summary>The same in every host of a test: 32 zero bytes.</summary>
    public static readonly KeyRing Ring = KeyRing.Parse("test:" + Convert.ToBase64String(new byte[32]));

    private readonly EngineDataSources sources;

    public TestStorage(string connectionString, JournalOptions? options = null, string applicationName = "engine", IJournalInstruments? instruments = null)
    {
        sources = EngineDataSources.Open(connectionString, applicationName);
        Keys = new ShopDataKeys(Pool, Ring);
        Journal = new PostgresOrderJournal(
            Pool, sources.Lanes, Keys, Signals, options ?? new JournalOptions(), instruments ?? NoJournalInstruments.Instance, TimeProvider.System);
        Feed = new PostgresJournalFeed(Pool, Signals);
        LateDispatch = new PostgresLateDispatchStore(Pool);
        Work = new PostgresWorkQueue(Pool);
        Queries = new PostgresOrderQueries(Pool);
        Quality = new PostgresQualityStore(Pool);
        Archive = new OrderArchive(Pool);
        Verifier = new DatabaseVerifier(Pool);
    }

    public NpgsqlDataSource Pool => sources.Pool;

    public JournalSignals Signals { get; } = new();

    public ShopDataKeys Keys { get; }

    public PostgresOrderJournal Journal { get; }

    public PostgresJournalFeed Feed { get; }

    public PostgresLateDispatchStore LateDispatch { get; }

    public IWorkQueue Work { get; }

    public IOrderQueries Queries { get; }

    public IQualityStore Quality { get; }

    public OrderArchive Archive { get; }

    public DatabaseVerifier Verifier { get; }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Pool.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task<int> ExecuteAsync(string sql)
    {
        await using var command = Pool.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Journal.DisposeAsync();
        await sources.DisposeAsync();
    }
}
