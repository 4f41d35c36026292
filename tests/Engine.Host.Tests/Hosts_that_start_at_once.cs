using System.Net;
using Engine.Host.Cluster;
using Engine.Host.Configuration;
using Engine.Testing.Postgres;
using Microsoft.Extensions.Time.Testing;

namespace Engine.Host.Tests;

public sealed class Hosts_that_start_at_once : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    private TestCluster postgres = null!;
    private string database = null!;

    public async ValueTask InitializeAsync()
    {
        postgres = await TestCluster.StartAsync();
        database = await postgres.CreateDatabaseAsync();
    }

    public ValueTask DisposeAsync() => postgres.DisposeAsync();

    [Fact]
    public async Task Start_one_after_the_other()
    {
        var first = await TakeAsync("a", Long);
        var second = TakeAsync("b", Long);
        await UntilWaitingAsync();

        Assert.True(first.IsHeld);
        Assert.False(second.IsCompleted);
        await first.DisposeAsync();
        await using var given = await second;
        Assert.True(given.IsHeld);
    }

    [Fact]
    public async Task Leave_one_that_listens_the_machine_for_a_while_to_catch_up()
    {
        var time = new FakeTimeProvider();
        await using var first = await TakeAsync("a", Long);
        var givingOn = first.GiveOnAsync(Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken), time);
        await using (var early = await TakeAsync("b", Short))
        {
            Assert.False(early.IsHeld);
        }

        time.Advance(StartTurn.CatchUp);
        await givingOn;

        await using var late = await TakeAsync("b", Long);
        Assert.True(late.IsHeld);
    }

    [Fact]
    public async Task Do_not_wait_for_one_that_stops()
    {
        await using var first = await TakeAsync("a", Long);

        await first.GiveOnAsync(Task.CompletedTask, new FakeTimeProvider());

        await using var second = await TakeAsync("b", Long);
        Assert.True(second.IsHeld);
    }

    [Fact]
    public async Task Do_not_wait_for_ever_for_one_that_hangs()
    {
        await using var first = await TakeAsync("a", Long);

        await using var second = await TakeAsync("b", Short);

        Assert.True(first.IsHeld);
        Assert.False(second.IsHeld);
    }

    [Fact]
    public async Task Do_not_wait_for_those_of_another_cluster()
    {
        await using var first = await TakeAsync("a", Long);

        await using var other = await TakeAsync("a", Short, "another");

        Assert.True(first.IsHeld && other.IsHeld);
    }

    [Fact]
    public async Task Start_all_the_same_where_the_database_ends_their_wait()
    {
        await using var first = await TakeAsync("a", Long);
        var second = TakeAsync("b", Long);
        await UntilWaitingAsync();

        await ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'engine-start' and wait_event = 'advisory'");

        await using var given = await second;
        Assert.False(given.IsHeld);
    }

    private Task<StartTurn> TakeAsync(string host, TimeSpan patience, string cluster = "engine") =>
        StartTurn.TakeAsync(database, new ClusterSettings(host, IPAddress.Loopback, 1, 2, cluster), patience, TestContext.Current.CancellationToken);

    private async Task UntilWaitingAsync()
    {
        while (await ExecuteAsync("select count(*) from pg_stat_activity where application_name = 'engine-start' and wait_event = 'advisory'") is not 1L)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = new Npgsql.NpgsqlConnection(database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
