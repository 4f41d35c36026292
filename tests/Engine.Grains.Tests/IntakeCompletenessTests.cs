using Engine.Contracts;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Orleans.Runtime;

namespace Engine.Grains.Tests;

/// <summary>No order is missing, and nothing is claimed that is not true: with all hints lost, lists that lag and shift, a day of downtime and a death in between.</summary>
public sealed class IntakeCompletenessTests(PostgresFixture postgres)
{
    private static readonly DateTimeOffset Start = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task With_all_hints_lost_for_an_hour_every_order_is_in_within_one_sweep_interval()
    {
        var clock = new BusinessTime(Start);
        await using var engine = await StartAsync(clock);
        await SweptAsync(engine, clock);
        var options = new GrainsOptions();
        for (var minute = 0; minute < 60; minute++)
        {
            Put(engine, $"{minute:000}", clock.GetUtcNow().AddSeconds(-(minute % 50)));

            // Before the sweep is due: it may begin at the very moment.
            Put(engine, $"{minute:000}-just-now", clock.GetUtcNow() + options.SweepEvery);
            clock.Advance(options.SweepEvery);
            await SweptAsync(engine, clock);
            Assert.NotNull(await engine.OrderAsync($"{minute:000}"));
            Assert.NotNull(await engine.OrderAsync($"{minute:000}-just-now"));
            await ClaimsNoMoreThanIsTrueAsync(engine);
        }
    }

    [Fact]
    public async Task A_day_of_downtime_is_caught_up_in_slices_of_twenty_pages_and_nothing_is_missing()
    {
        var clock = new BusinessTime(Start);
        await using var engine = await StartAsync(clock);
        engine.Marketplace.PageMax = 10;
        await SweptAsync(engine, clock);
        for (var i = 0; i < 600; i++)
        {
            // Forty share each timestamp.
            Put(engine, $"{i:0000}", Start.AddMinutes(2 * (i / 40 * 40)));
        }

        var longest = 0;
        engine.Marketplace.BeforeSearch = search =>
        {
            longest = Math.Max(longest, int.Parse(search.PageToken ?? "0", System.Globalization.CultureInfo.InvariantCulture) / 10);
            return null;
        };
        clock.Advance(TimeSpan.FromDays(1));
        var status = await SweptAsync(engine, clock);
        Assert.Equal(600L, await engine.Storage.ScalarAsync<long>("select count(*) from orders"));
        Assert.Equal(clock.GetUtcNow().AddSeconds(-60.1) - TimeSpan.FromMilliseconds(900), status.CompleteUpTo);
        Assert.InRange(longest, 10, 24);
        await ClaimsNoMoreThanIsTrueAsync(engine);
    }

    [Fact]
    public async Task A_catch_up_that_dies_in_the_middle_claims_only_the_slices_it_has_proved_and_goes_on_from_there()
    {
        var clock = new BusinessTime(Start);
        await using var engine = await StartAsync(clock);
        engine.Marketplace.PageMax = 5;
        var before = (await SweptAsync(engine, clock)).CompleteUpTo;
        for (var i = 0; i < 300; i++)
        {
            Put(engine, $"{i:0000}", Start.AddMinutes(i));
        }

        var calls = 0;
        engine.Marketplace.BeforeSearch = search => search.UpdatedTo is null && search.ByUpdateTime
            ? new CallOutcome<OrderPage>.Succeeded(new OrderPage([], null))
            : ++calls > 70 ? new CallOutcome<OrderPage>.Unknown("503") : null;
        clock.Advance(TimeSpan.FromDays(1));
        await engine.Grains.Intake(EngineCluster.Shop).PingAsync();
        for (var start = TimeProvider.System.GetTimestamp(); calls <= 71; await Task.Delay(20))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start).TotalSeconds < 30, $"{calls} calls");
        }

        // Slices were proved, but the windows of creation times were not reached: nothing more is claimed.
        Assert.Equal(before, (await engine.Grains.Intake(EngineCluster.Shop).GetStatusAsync()).Value.CompleteUpTo);
        Assert.InRange(await engine.Storage.ScalarAsync<long>("select count(*) from orders"), 100, 299);

        // The activation dies; another goes on from what was proved.
        var first = new List<DateTimeOffset?>();
        await engine.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
        engine.Marketplace.BeforeSearch = search =>
        {
            lock (first)
            {
                if (search is { UpdatedTo: not null, ByUpdateTime: true })
                {
                    first.Add(search.UpdatedFrom);
                }
            }

            return null;
        };
        await SweptAsync(engine, clock);
        Assert.Equal(300L, await engine.Storage.ScalarAsync<long>("select count(*) from orders"));
        Assert.True(first[0] > Start, $"began at {first[0]:O}");
        await ClaimsNoMoreThanIsTrueAsync(engine);
    }

    [Fact]
    public async Task A_list_that_lags_thirty_seconds_and_shifts_while_it_is_read_hides_nothing()
    {
        var clock = new BusinessTime(Start);
        await using var engine = await StartAsync(clock);
        engine.Marketplace.PageMax = 3;
        engine.Marketplace.Listed = o => o.UpdatedAt <= clock.GetUtcNow().AddSeconds(-30);
        await SweptAsync(engine, clock);
        for (var i = 0; i < 40; i++)
        {
            Put(engine, $"{i:00}", Start.AddSeconds(i * 3));
        }

        var shifted = 0;
        engine.Marketplace.AfterPage = (search, page) =>
        {
            if (search is { ByUpdateTime: true, UpdatedTo: not null } && page.NextPageToken is not null && shifted < 5)
            {
                // An order of this page changes now: the next page begins one order too late.
                shifted++;
                engine.Marketplace.Change(page.Orders[0].OrderId, o => o with { UpdatedAt = clock.GetUtcNow() });
            }
        };
        clock.Advance(TimeSpan.FromSeconds(200));
        await SweptAsync(engine, clock);
        Assert.Equal(5, shifted);
        Assert.Equal(40L, await engine.Storage.ScalarAsync<long>("select count(*) from orders"));
        await ClaimsNoMoreThanIsTrueAsync(engine);

        clock.Advance(TimeSpan.FromSeconds(100));
        await SweptAsync(engine, clock);
        await ClaimsNoMoreThanIsTrueAsync(engine);
        for (var i = 0; i < 40; i++)
        {
            Assert.Equal(engine.Marketplace.Get($"{i:00}").UpdatedAt, (await engine.OrderAsync($"{i:00}"))!.UpdatedAt);
        }
    }

    [Fact]
    public async Task An_announced_order_that_the_list_does_not_show_yet_is_read_by_its_id()
    {
        var clock = new BusinessTime(Start);
        await using var engine = await StartAsync(clock);
        engine.Marketplace.Listed = _ => false;
        Put(engine, "7001", clock.GetUtcNow());
        await engine.Grains.Intake(EngineCluster.Shop).HintAsync("7001");
        await engine.UntilAsync("7001", o => o.Version > 0);
    }

    private Task<EngineCluster> StartAsync(BusinessTime clock) => EngineCluster.StartAsync(
        postgres,
        tune: o =>
        {
            o.SweepSpacing = TimeSpan.Zero;
            o.SearchSpacing = TimeSpan.Zero;
            o.ReadsPerSecond = 10_000;
        },
        business: clock);

    /// <summary>On hold: only intake deals with it.</summary>
    private static void Put(EngineCluster engine, string id, DateTimeOffset at) => engine.Marketplace.Put(new MarketplaceOrder
    {
        OrderId = id,
        Status = MarketplaceStatus.OnHold,
        UpdatedAt = at,
        PlacedAt = at,
        PaidAt = at,
        Lines = [new OrderLine(id + "-1", "sku", "SOCK", "p-1", 1, false, null)],
        Document = "{}"u8.ToArray(),
    });

    /// <summary>The sweep that is due at this business instant has been done, by itself.</summary>
    private static async Task<IntakeStatus> SweptAsync(EngineCluster engine, BusinessTime clock)
    {
        for (var start = TimeProvider.System.GetTimestamp(); ; await Task.Delay(10))
        {
            await engine.Grains.Intake(EngineCluster.Shop).PingAsync();
            var status = (await engine.Grains.Intake(EngineCluster.Shop).GetStatusAsync()).Value;
            if (status.LastSweptAt >= clock.GetUtcNow() && !status.Busy)
            {
                return status;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(start).TotalSeconds < 60, $"Swept at {status.LastSweptAt:O}, it is {clock.GetUtcNow():O}.");
        }
    }

    private static async Task ClaimsNoMoreThanIsTrueAsync(EngineCluster engine)
    {
        var status = (await engine.Grains.Intake(EngineCluster.Shop).GetStatusAsync()).Value;
        foreach (var order in engine.Marketplace.All.Where(o => o.UpdatedAt < status.CompleteUpTo || o.PlacedAt < status.CompleteUpTo))
        {
            var stored = await engine.OrderAsync(order.OrderId);
            Assert.True(stored is not null, $"{order} is not stored, though all is claimed up to {status.CompleteUpTo:O}.");
            Assert.True(order.UpdatedAt >= status.CompleteUpTo || stored.UpdatedAt == order.UpdatedAt, $"{order} is stored as of {stored.UpdatedAt:O}.");
        }
    }

    /// <summary>Stands still until it is moved; its timers are the machine's.</summary>
    private sealed class BusinessTime(DateTimeOffset start) : TimeProvider
    {
        private long ticks = start.UtcTicks;

        public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref ticks), TimeSpan.Zero);

        public void Advance(TimeSpan by) => Interlocked.Add(ref ticks, by.Ticks);
    }
}
