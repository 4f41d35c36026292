using Engine.Domain.Ports;
using Npgsql;

namespace Engine.Storage.Journal;

/// <summary>Writes a batch as one transaction, and answers each of its units: a bad unit alone, never its neighbours.</summary>
internal sealed class BatchWriter(
    Func<CancellationToken, ValueTask<NpgsqlConnection>> connect,
    JournalOptions options,
    JournalSignals signals,
    IJournalInstruments instruments,
    TimeProvider clock) : IAsyncDisposable
{
    private static readonly AppendAnswer[] Plain =
    [
        .. Enum.GetValues<AppendResult>().Select(r => new AppendAnswer(r)),
    ];

    private readonly AppendColumns columns = new();
    private readonly List<BatchRow> rows = [];
    private readonly HashSet<(string Shop, string Order)> refused = [];
    private LaneConnection? lane;

    /// <summary>Every unit is answered when it returns.</summary>
    public async Task WriteAsync(List<AppendRequest> batch, bool hasCombined)
    {
        if (batch.Count > 0)
        {
            await WriteAsync(batch, hasCombined, broughtBack: false).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (lane is not null)
        {
            await lane.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(List<AppendRequest> batch, bool hasCombined, bool broughtBack)
    {
        for (var tries = 1; ; tries++)
        {
            var sent = false;
            long started;
            try
            {
                if (lane is { IsOpen: false })
                {
                    // Npgsql gives a connection up after some errors, and the server may have ended it meanwhile.
                    await DropAsync().ConfigureAwait(false);
                }

                lane ??= await LaneConnection.OpenAsync(connect, columns, CancellationToken.None).ConfigureAwait(false);
                started = clock.GetTimestamp();
                if (hasCombined)
                {
                    var again = await WriteCombinedAsync(batch, () => sent = true).ConfigureAwait(false);
                    if (again)
                    {
                        continue;
                    }
                }
                else
                {
                    Fill(batch);
                    sent = true;
                    await lane.AppendAsync(IsWide(batch), refused).ConfigureAwait(false);
                }

            }
            catch (Exception e) when (WriteFaults.Of(e) is { } fault)
            {
                switch (fault)
                {
                    case WriteFault.Lost:
                        await DropAsync().ConfigureAwait(false);
                        AnswerAll(batch, sent ? AppendResult.Unknown : AppendResult.NotApplied, WriteFaults.Describe(e));
                        return;
                    case WriteFault.Again when tries < options.DeadlockTries:
                        continue;
                    case WriteFault.Again or WriteFault.Busy:
                        if (e is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction })
                        {
                            // No longer the primary: look for the new one.
                            await DropAsync().ConfigureAwait(false);
                        }

                        AnswerAll(batch, AppendResult.NotApplied, WriteFaults.Describe(e));
                        return;
                    case WriteFault.NotHot when !broughtBack:
                        if (await BringBackAsync(batch).ConfigureAwait(false))
                        {
                            broughtBack = true;
                            continue;
                        }

                        return;
                    default:
                        await IsolateAsync(batch, hasCombined, broughtBack, fault, e).ConfigureAwait(false);
                        return;
                }
            }
            catch (Exception e)
            {
                // A value that cannot even be sent (a lone surrogate, a year beyond the database's) or a mistake of ours: never
                // leave a waiter without an answer. The connection may be in the middle of a message.
                await DropAsync().ConfigureAwait(false);
                if (batch.Count == 1)
                {
                    AnswerAll(batch, AppendResult.Refused, WriteFaults.Describe(e));
                    return;
                }

                await IsolateAsync(batch, hasCombined, broughtBack, WriteFault.Data, e).ConfigureAwait(false);
                return;
            }

            // Committed: from here on nothing may turn the answers into anything else.
            Answer(batch);
            Tell(batch, clock.GetElapsedTime(started));
            return;
        }
    }

    /// <summary>Units of several orders: versions are compared under lock first, so that a stale order refuses its whole unit.</summary>
    /// <returns>True to try again without the units answered meanwhile.</returns>
    private async Task<bool> WriteCombinedAsync(List<AppendRequest> batch, Action committing)
    {
        await using var transaction = await lane!.BeginAsync().ConfigureAwait(false);
        FillRows(batch);
        var versions = await lane.LockAsync(rows).ConfigureAwait(false);
        refused.Clear();
        for (var i = 0; i < rows.Count; i++)
        {
            // Missing at a later version: perhaps in history; the upsert finds out.
            var expected = rows[i].Append.ExpectedVersion;
            if (versions[i] is { } stored ? stored != expected : false)
            {
                refused.Add((rows[i].Shop, rows[i].OrderId));
            }
        }

        if (refused.Count > 0)
        {
            await transaction.RollbackAsync().ConfigureAwait(false);
            return Withdraw(batch);
        }

        columns.Clear();
        foreach (var row in rows)
        {
            columns.Add(row);
        }

        await lane.AppendAsync(IsWide(batch), refused).ConfigureAwait(false);
        if (refused.Count > 0)
        {
            // Made by someone else since the lock looked (a missing row cannot be locked).
            await transaction.RollbackAsync().ConfigureAwait(false);
            return Withdraw(batch);
        }

        committing();
        await transaction.CommitAsync().ConfigureAwait(false);
        return false;
    }

    /// <summary>Answers the refused units and takes them out of the batch.</summary>
    /// <returns>Whether something is left to write.</returns>
    private bool Withdraw(List<AppendRequest> batch)
    {
        for (var i = batch.Count - 1; i >= 0; i--)
        {
            if (FindRefused(batch[i]) is { } order)
            {
                Conflict(batch[i], order);
                batch.RemoveAt(i);
            }
        }

        refused.Clear();
        return batch.Count > 0;
    }

    private async Task<bool> BringBackAsync(List<AppendRequest> batch)
    {
        try
        {
            FillRows(batch);
            columns.Clear();
            foreach (var row in rows)
            {
                if (row.Append.ExpectedVersion > 0)
                {
                    columns.AddKey(row);
                }
            }

            await lane!.BringBackAsync().ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (WriteFaults.Of(e) is { } fault)
        {
            if (fault == WriteFault.Lost)
            {
                await DropAsync().ConfigureAwait(false);
            }

            // Nothing of the batch itself was sent since it was rolled back.
            AnswerAll(batch, AppendResult.NotApplied, WriteFaults.Describe(e));
            return false;
        }
    }

    /// <summary>Halves the batch until the unit that the database refuses is alone.</summary>
    private async Task IsolateAsync(List<AppendRequest> batch, bool hasCombined, bool broughtBack, WriteFault fault, Exception e)
    {
        if (batch.Count == 1)
        {
            // A row that exists already (an event of this version, an idempotency key) is somebody else's write, not bad data.
            var conflict = fault == WriteFault.NotHot || e is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };
            AnswerAll(batch, conflict ? AppendResult.Conflict : AppendResult.Refused, $"{batch[0].Unit.Orders[0].After.Key}: {WriteFaults.Describe(e)}");
            return;
        }

        var half = batch.Count / 2;
        await WriteAsync(batch.GetRange(0, half), hasCombined, broughtBack).ConfigureAwait(false);
        await WriteAsync(batch.GetRange(half, batch.Count - half), hasCombined, broughtBack).ConfigureAwait(false);
    }

    private void Fill(List<AppendRequest> batch)
    {
        FillRows(batch);
        columns.Clear();
        foreach (var row in rows)
        {
            columns.Add(row);
        }
    }

    private void FillRows(List<AppendRequest> batch)
    {
        rows.Clear();
        foreach (var request in batch)
        {
            for (var i = 0; i < request.Unit.Orders.Length; i++)
            {
                var key = request.Unit.Orders[i].After.Key;
                rows.Add(new BatchRow(key.Shop.Value, key.OrderId, request, i));
            }
        }

        rows.Sort(BatchRow.ByKey);
    }

    private static bool IsWide(List<AppendRequest> batch)
    {
        foreach (var request in batch)
        {
            if (request.IsWide)
            {
                return true;
            }
        }

        return false;
    }

    private void Answer(List<AppendRequest> batch)
    {
        foreach (var request in batch)
        {
            if (refused.Count > 0 && FindRefused(request) is { } order)
            {
                Conflict(request, order);
            }
            else
            {
                request.Answer(AppendAnswer.Accepted);
            }
        }
    }

    /// <summary>Listeners hear of the commit; a listener's mistake is reported and hurts no writer.</summary>
    private void Tell(List<AppendRequest> batch, TimeSpan took)
    {
        try
        {
            instruments.Committed(batch.Count, took);
            var told = 0;
            foreach (var request in batch)
            {
                var part = ShopHash.PartitionOf(request.Unit.Orders[0].After.Key.Shop.Value);
                if ((told & (1 << part)) == 0)
                {
                    told |= 1 << part;
                    signals.Raise(part);
                }
            }
        }
        catch (Exception e)
        {
            instruments.ListenerFailed(e);
        }
    }

    private OrderAppend? FindRefused(AppendRequest request)
    {
        foreach (var append in request.Unit.Orders)
        {
            if (refused.Contains((append.After.Key.Shop.Value, append.After.Key.OrderId)))
            {
                return append;
            }
        }

        return null;
    }

    private void Conflict(AppendRequest request, OrderAppend order)
    {
        instruments.NotAccepted(AppendResult.Conflict);
        request.Answer(Plain[(int)AppendResult.Conflict] with { Detail = $"{order.After.Key} is not at version {order.ExpectedVersion}" });
    }

    private void AnswerAll(List<AppendRequest> batch, AppendResult result, string detail)
    {
        var answer = Plain[(int)result] with { Detail = detail };
        foreach (var request in batch)
        {
            instruments.NotAccepted(result);
            request.Answer(answer);
        }
    }

    private async ValueTask DropAsync()
    {
        if (lane is { } old)
        {
            lane = null;
            await old.DisposeAsync().ConfigureAwait(false);
        }
    }
}
