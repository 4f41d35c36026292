using System.Diagnostics;
using Engine.Storage.Embedded;
using Engine.Storage.Migrations;
using Npgsql;

namespace Engine.Storage.Tests;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class When_PostgreSQL_is_private : IDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"engine-pg-test-{Guid.NewGuid():N}");

    [Fact]
    public async Task It_is_made_started_adopted_and_stopped_by_the_last_who_uses_it()
    {
        await using var first = await StartAsync();
        Assert.False(first.Adopted);
        var second = await StartAsync();
        Assert.True(second.Adopted);
        Assert.Equal(first.ConnectionString, second.ConnectionString);
        await second.DisposeAsync();
        Assert.Equal(1, await AskAsync<int>(first.ConnectionString, "select 1"));
        await first.DisposeAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => AskAsync<int>(first.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task It_remembers_port_password_and_data_over_a_stop()
    {
        string connectionString;
        await using (var first = await StartAsync())
        {
            connectionString = first.ConnectionString;
            await AskAsync<object>(connectionString, "create table kept (n integer); insert into kept values (7)");
        }

        await using var again = await StartAsync();
        Assert.Equal(connectionString, again.ConnectionString);
        Assert.Equal(7, await AskAsync<int>(again.ConnectionString, "select n from kept"));
    }

    [Fact]
    public async Task Whoever_owns_it_from_outside_stops_it_and_hosts_do_not()
    {
        await using var owner = await StartAsync(EmbeddedOwnership.External);
        await using (var host = await StartAsync())
        {
            Assert.True(host.Adopted);
        }

        Assert.Equal(1, await AskAsync<int>(owner.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task What_it_promises_is_on_and_every_writer_has_an_end()
    {
        await using var server = await StartAsync();
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        var report = await ServerReport.ReadAsync(source, default);
        Assert.True(report.IsDurable, report.ToString());
        Assert.Equal("30s", await AskAsync<string>(server.ConnectionString, "show statement_timeout"));
        Assert.Equal("10s", await AskAsync<string>(server.ConnectionString, "show lock_timeout"));
        Assert.Equal("15s", await AskAsync<string>(server.ConnectionString, "show idle_in_transaction_session_timeout"));
        Assert.Equal("127.0.0.1", await AskAsync<string>(server.ConnectionString, "show listen_addresses"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "password")));
        Assert.NotEqual("root", await AskAsync<string>(server.AdminConnectionString, "select current_user"));
    }

    [Fact]
    public async Task After_a_hard_kill_it_starts_again_with_what_was_committed()
    {
        var first = await StartAsync();
        await AskAsync<object>(first.ConnectionString, "create table kept (n integer); insert into kept values (7)");
        var postmaster = int.Parse((await File.ReadAllLinesAsync(Path.Combine(folder, "data", "postmaster.pid")))[0]);
        using (var process = Process.GetProcessById(postmaster))
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        await using var again = await StartAsync();
        Assert.Equal(7, await AskAsync<int>(again.ConnectionString, "select n from kept"));
        await first.DisposeAsync();
    }

    [Fact]
    public async Task Several_hosts_that_start_together_share_one()
    {
        var hosts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => StartAsync())));
        Assert.Single(hosts, h => !h.Adopted);
        Assert.Single(hosts.Select(h => h.ConnectionString).Distinct());
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }

        Assert.False(File.Exists(Path.Combine(folder, "data", "postmaster.pid")));
    }

    [Fact]
    public async Task Missing_programs_are_said_with_what_to_do()
    {
        var refused = await Assert.ThrowsAsync<EmbeddedPostgresException>(
            () => EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions { Folder = folder, BinFolder = "/nowhere" }, TimeProvider.System, default));
        Assert.Contains("server programs", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_said_with_what_to_do()
    {
        await File.WriteAllTextAsync(folder, "a file");
        var refused = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => StartAsync());
        Assert.Contains("cannot be written", refused.Message, StringComparison.Ordinal);
        File.Delete(folder);
    }

    [Fact]
    public async Task A_taken_port_is_said_with_what_to_do()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        var refused = await Assert.ThrowsAsync<EmbeddedPostgresException>(
            () => EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions { Folder = folder, Port = port }, TimeProvider.System, default));
        Assert.Contains($"Port {port}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrations_run_once_however_many_hosts_start_and_notice_a_changed_script()
    {
        await using var server = await StartAsync();
        var applied = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => MigrationRunner.MigrateAsync(server.ConnectionString, default)));
        Assert.Equal(["001_engine", "002_orleans", "003_cancel_at", "004_quality", "005_document_text", "006_label_packs"], Assert.Single(applied, a => a.Count > 0));
        Assert.Empty(await MigrationRunner.MigrateAsync(server.ConnectionString, default));

        await AskAsync<object>(server.ConnectionString, "update engine_migrations set checksum = 'x' where name = '001_engine'");
        var changed = await Assert.ThrowsAsync<MigrationException>(() => MigrationRunner.MigrateAsync(server.ConnectionString, default));
        Assert.Contains("'001_engine' was changed", changed.Message, StringComparison.Ordinal);
        await AskAsync<object>(server.ConnectionString, "insert into engine_migrations (name, checksum) values ('999_future', 'x')");
        var newer = await Assert.ThrowsAsync<MigrationException>(() => MigrationRunner.MigrateAsync(server.ConnectionString, default));
        Assert.Contains("run the newer engine", newer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_is_no_connection_string_is_refused_without_repeating_it()
    {
        var refused = Assert.Throws<ArgumentException>(() => EngineDataSources.Open("Hots=x;Password=hunter2"));
        Assert.Contains("ConnectionStrings__Engine", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refused.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        NpgsqlConnection.ClearAllPools();
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private Task<EmbeddedPostgres> StartAsync(EmbeddedOwnership ownership = EmbeddedOwnership.Hosts) => EmbeddedPostgres.StartAsync(
        new EmbeddedPostgresOptions { Folder = folder, Ownership = ownership, Settings = new Dictionary<string, string> { ["shared_buffers"] = "32MB" } },
        TimeProvider.System,
        default);

    private static async Task<T> AskAsync<T>(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
