using Engine.Domain.Ports;
using Engine.Storage;
using Engine.Storage.Journal;
using Engine.Storage.Secrets;

namespace Engine.LoadTests.Limits;

/// <summary>The journal without grains: the same SQL, lanes and batch limits, with an event per step.</summary>
public sealed class RawSqlContender(BenchDatabase database) : IContender, IJournalInstruments
{
    private EngineDataSources? sources;
    private PostgresOrderJournal? journal;
    private long transactions;
    private long units;

    public string Name => "raw_sql";

    /// <summary>Units per transaction since the last <see cref="PrepareAsync"/>.</summary>
    public double MeanBatch => transactions == 0 ? 0 : (double)units / transactions;

    public async Task PrepareAsync(CancellationToken ct)
    {
        await DisposeAsync();
        await database.ExecuteAsync("truncate orders, order_events, order_documents, order_lines, order_work, packages, package_lines", ct);
        sources = database.Open();
        journal = new PostgresOrderJournal(
            sources.Pool,
            sources.Lanes,
            new ShopDataKeys(sources.Pool, KeyRing.Parse("load:" + Convert.ToBase64String(new byte[32]))),
            new JournalSignals(),
            new JournalOptions(),
            this,
            TimeProvider.System);
        transactions = 0;
        units = 0;
    }

    public Task<RunResult> RunAsync(int inFlight, TimeSpan duration, CancellationToken ct) => ClosedLoop.RunAsync(inFlight, duration, LiveAsync, ct);

    public async ValueTask DisposeAsync()
    {
        if (journal is not null)
        {
            await journal.DisposeAsync();
            await sources!.DisposeAsync();
            journal = null;
        }
    }

    void IJournalInstruments.Committed(int batch, TimeSpan took)
    {
        Interlocked.Increment(ref transactions);
        Interlocked.Add(ref units, batch);
    }

    void IJournalInstruments.NotAccepted(AppendResult result)
    {
    }

    private async Task LiveAsync(long life)
    {
        var key = OrderLife.KeyOf(life);
        for (var step = 0; step < OrderLife.Steps; step++)
        {
            var answer = await journal!.AppendAsync(OrderLife.UnitOf(key, step), CancellationToken.None).ConfigureAwait(false);
            if (answer.Result != AppendResult.Accepted)
            {
                throw new InvalidOperationException($"Step {step} of {key}: {answer}");
            }
        }
    }
}
