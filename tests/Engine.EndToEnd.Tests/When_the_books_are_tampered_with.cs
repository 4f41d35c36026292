using System.Net.Http.Json;
using System.Text.Json;
using Engine.Storage.Embedded;
using Npgsql;

namespace Engine.EndToEnd.Tests;

/// <summary>Issue 2: `verify`, the command, finds a deleted journal row, a label without its intent, an order row edited by hand, a label in the ledger that the engine does not know, and a buyer's
/// telephone number where it must not be.</summary>
public sealed class When_the_books_are_tampered_with
{
    [Fact]
    public async Task Verify_names_each_damage_and_nothing_before()
    {
        await using var run = EngineRun.Start(
            "--replay", Path.Combine(AppContext.BaseDirectory, "replay.csv"), "--speed", "max", "--stay");
        await run.DoneAsync();
        await using var postgres = await EmbeddedPostgres.StartAsync(
            new EmbeddedPostgresOptions { Folder = Path.Combine(run.Data, "postgres") }, TimeProvider.System, CancellationToken.None);
        await using var database = NpgsqlDataSource.Create(postgres.ConnectionString);
        using var sandbox = new HttpClient { BaseAddress = run.Sandbox };

        var (exit, said) = await VerifyAsync(run);
        Assert.True(exit == 0, said);

        var robbed = await TextAsync(database, "select order_id from all_orders order by order_id limit 1");
        Assert.Equal(1, await ExecuteAsync(database, $"delete from order_events where order_id = '{robbed}' and version = 2"));
        await FindsAsync(run, "FAIL 4 fold", robbed);

        var forgotten = await TextAsync(database, $"select order_id from order_events where name = 'label.intended' and order_id <> '{robbed}' order by order_id limit 1");
        Assert.Equal(1, await ExecuteAsync(database, $"delete from order_events where order_id = '{forgotten}' and name = 'label.intended'"));
        await FindsAsync(run, "FAIL 10 intent", $"{forgotten}, for which 0 intents are stored");

        var edited = await TextAsync(database, "select order_id from orders order by order_id desc limit 1");
        Assert.NotEqual(robbed, edited);
        Assert.Equal(1, await ExecuteAsync(database, $"update orders set warehouse = 'somewhere else' where order_id = '{edited}'"));
        await FindsAsync(run, "FAIL 4 fold", edited);

        var sold = await BuyAsync(sandbox, edited);
        await FindsAsync(run, "FAIL 2 one-label", $"package {sold} for order {edited} is known to 0 parcels");

        var buyer = JsonDocument.Parse((await sandbox.GetStringAsync("/sandbox/ledger?kind=buyers&limit=1")).Split('\n')[0]).RootElement;
        await ExecuteAsync(
            database,
            $"insert into idempotency_keys values ('test', 'leak', '', 200, '{buyer.GetProperty("phone").GetString()}', now())");
        await FindsAsync(run, "FAIL 9 silence", $"the telephone number of the buyer of order {buyer.GetProperty("order_id").GetString()}");
        run.Succeeded();
    }

    private static Task<(int Exit, string Said)> VerifyAsync(EngineRun run) => run.CommandAsync("verify", "--sandbox", run.Sandbox.ToString());

    private static async Task FindsAsync(EngineRun run, string check, string finding)
    {
        var (exit, said) = await VerifyAsync(run);
        Assert.Equal(1, exit);
        Assert.Contains(said.Split('\n'), line => line.StartsWith(check, StringComparison.Ordinal) && line.Contains(finding, StringComparison.Ordinal));
    }

    /// <summary>Somebody buys a second label in Seller Center: the marketplace sells it, and nobody tells the engine which one.</summary>
    private static async Task<string> BuyAsync(HttpClient sandbox, string order)
    {
        using var response = await sandbox.PostAsync($"/sandbox/orders/{order}/package", null);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("package_id").GetString()!;
    }

    private static async Task<string> TextAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<int> ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync();
    }
}
