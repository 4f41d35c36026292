using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Engine.Storage.Embedded;

/// <summary>A private PostgreSQL cluster in a folder: made, started or adopted, and stopped by its owner only.</summary>
/// <remarks>
/// Below the folder: `data` (the cluster), `password` (0600), `port`, `owner`, `server.log`, and the locks `start.lock` (held while
/// starting or stopping) and `hosts.lock` (shared by everyone who uses the cluster). postmaster.pid is never touched.
/// </remarks>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    private const string Role = "engine";
    private static readonly string[] Durability = ["fsync", "full_page_writes", "synchronous_commit"];

    private readonly EmbeddedPostgresOptions options;
    private readonly PostgresBinaries binaries;
    private readonly ServerAccount account;
    private readonly TimeProvider clock;
    private FileStream? use;

    private EmbeddedPostgres(EmbeddedPostgresOptions options, PostgresBinaries binaries, ServerAccount account, TimeProvider clock)
    {
        this.options = options;
        this.binaries = binaries;
        this.account = account;
        this.clock = clock;
    }

    /// <summary>For the role that owns the engine's database. Carries the password: never log it.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>The same through the server's Unix socket, which is reached from every network namespace of this machine. Carries the password.</summary>
    public string SocketConnectionString => new NpgsqlConnectionStringBuilder(ConnectionString) { Host = SocketFolder }.ConnectionString;

    /// <summary>For the superuser of the private cluster: tests and tools that look at the server itself.</summary>
    public string AdminConnectionString { get; private set; } = "";

    public int Port { get; private set; }

    /// <summary>It was running already and was taken over.</summary>
    public bool Adopted { get; private set; }

    private string Data => Path.Combine(options.Folder, "data");

    private string SocketFolder =>
        Path.Combine(Path.GetTempPath(), "engine-pg-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(options.Folder)))[..10]);

    /// <summary>Starts the cluster of the folder, making it first if there is none, or adopts it if it runs.</summary>
    /// <exception cref="EmbeddedPostgresException">One sentence that says what to do.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(EmbeddedPostgresOptions options, TimeProvider clock, CancellationToken ct)
    {
        if (!Path.IsPathFullyQualified(options.Folder))
        {
            throw new EmbeddedPostgresException($"The database folder '{options.Folder}' is not absolute: give the whole path.");
        }

        foreach (var setting in Durability)
        {
            if (options.Settings.ContainsKey(setting))
            {
                throw new EmbeddedPostgresException($"The setting '{setting}' cannot be changed: the engine acknowledges only what is durable.");
            }
        }

        var server = new EmbeddedPostgres(options, PostgresBinaries.Find(options.BinFolder), ServerAccount.Choose(), clock);
        await server.StartAsync(ct).ConfigureAwait(false);
        return server;
    }

    /// <summary>Leaves the cluster; the last host stops it, unless somebody outside owns it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (use is null)
        {
            return;
        }

        await using var starting = await FolderLock.ExclusiveAsync(LockFile, options.StartTimeout * 2, clock, CancellationToken.None).ConfigureAwait(false);
        await use.DisposeAsync().ConfigureAwait(false);
        use = null;
        var mine = options.Ownership == EmbeddedOwnership.External || await OwnerAsync().ConfigureAwait(false) == EmbeddedOwnership.Hosts;
        if (!mine)
        {
            return;
        }

        if (FolderLock.TryExclusive(UseFile) is not { } alone)
        {
            return;
        }

        await using (alone.ConfigureAwait(false))
        {
            await StopServerAsync("fast", CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>As power loss would: the server ends at once and recovers at its next start. For tests of exactly that.</summary>
    public Task CrashAsync() => StopServerAsync("immediate", CancellationToken.None);

    /// <summary>Starts the server again after <see cref="CrashAsync"/> or after it died.</summary>
    public async Task RestartAsync(CancellationToken ct)
    {
        await using var starting = await FolderLock.ExclusiveAsync(LockFile, options.StartTimeout * 2, clock, ct).ConfigureAwait(false);
        if (!await IsRunningAsync(ct).ConfigureAwait(false))
        {
            await StartServerAsync(ct).ConfigureAwait(false);
        }
    }

    private string LockFile => Path.Combine(options.Folder, "start.lock");

    private string UseFile => Path.Combine(options.Folder, "hosts.lock");

    private string LogFile => Path.Combine(options.Folder, "data", "server.log");

    private async Task StartAsync(CancellationToken ct)
    {
        MakeFolder();
        await using var starting = await FolderLock.ExclusiveAsync(LockFile, options.StartTimeout * 2, clock, ct).ConfigureAwait(false);
        account.CheckReachable(options.Folder);
        var password = await PasswordAsync(ct).ConfigureAwait(false);
        if (!File.Exists(Path.Combine(Data, "PG_VERSION")))
        {
            await InitAsync(password, ct).ConfigureAwait(false);
        }

        Adopted = await IsRunningAsync(ct).ConfigureAwait(false);
        if (Adopted)
        {
            Port = int.Parse(await File.ReadAllTextAsync(Path.Combine(options.Folder, "port"), ct).ConfigureAwait(false), CultureInfo.InvariantCulture);
        }
        else
        {
            await StartServerAsync(ct).ConfigureAwait(false);
            await File.WriteAllTextAsync(Path.Combine(options.Folder, "owner"), options.Ownership.ToString(), ct).ConfigureAwait(false);
        }

        var admin = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = Port,
            Username = "postgres",
            Password = password,
            Database = "postgres",
            Pooling = false,
        };
        AdminConnectionString = admin.ConnectionString;
        await MakeDatabaseAsync(password, ct).ConfigureAwait(false);
        admin.Username = Role;
        admin.Database = options.Database;
        admin.Pooling = true;
        ConnectionString = admin.ConnectionString;
        await File.AppendAllTextAsync(UseFile, "", ct).ConfigureAwait(false);
        use = FolderLock.Shared(UseFile);
    }

    private void MakeFolder()
    {
        try
        {
            Directory.CreateDirectory(options.Folder);
            using var probe = new FileStream(
                Path.Combine(options.Folder, $".probe-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new EmbeddedPostgresException($"The database folder '{options.Folder}' cannot be written ({e.Message.TrimEnd('.')}): choose another with ENGINE_DATA or give this user the right to write it.", e);
        }
    }

    private async Task<string> PasswordAsync(CancellationToken ct)
    {
        var file = Path.Combine(options.Folder, "password");
        if (File.Exists(file))
        {
            return (await File.ReadAllTextAsync(file, ct).ConfigureAwait(false)).Trim();
        }

        if (File.Exists(Path.Combine(Data, "PG_VERSION")))
        {
            throw new EmbeddedPostgresException($"'{options.Folder}' holds a database but not its password file '{file}': put it back from the backup.");
        }

        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        await WriteSecretAsync(file, password, ct).ConfigureAwait(false);
        return password;
    }

    private static async Task WriteSecretAsync(string file, string text, CancellationToken ct)
    {
        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var stream = new FileStream(file, how);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text), ct).ConfigureAwait(false);
        stream.Flush(flushToDisk: true);
    }

    private async Task InitAsync(string password, CancellationToken ct)
    {
        // Made beside and renamed when complete: a start killed in the middle leaves nothing that looks like a cluster.
        var making = Path.Combine(options.Folder, "data.making");
        if (Directory.Exists(making))
        {
            Directory.Delete(making, recursive: true);
        }

        Directory.CreateDirectory(making);
        var secret = Path.Combine(options.Folder, $"initdb-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}");
        await WriteSecretAsync(secret, password, ct).ConfigureAwait(false);
        try
        {
            await account.OwnAsync(making, ct).ConfigureAwait(false);
            await account.OwnAsync(secret, ct).ConfigureAwait(false);
            var (exit, output) = await account.RunAsync(
                binaries.Initdb,
                ["--pgdata", making, "--username", "postgres", "--pwfile", secret, "--auth", "scram-sha-256", "--no-locale", "--encoding", "UTF8"],
                asServer: true,
                ct).ConfigureAwait(false);
            if (exit != 0)
            {
                throw new EmbeddedPostgresException($"The private database could not be made in '{options.Folder}': {LastLine(output)}");
            }
        }
        finally
        {
            File.Delete(secret);
        }

        await File.AppendAllTextAsync(Path.Combine(making, "postgresql.conf"), "\ninclude_if_exists 'engine.conf'\n", ct).ConfigureAwait(false);
        Directory.Move(making, Data);
    }

    private async Task StartServerAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(SocketFolder);
        await account.OwnAsync(SocketFolder, ct).ConfigureAwait(false);
        var started = clock.GetTimestamp();
        while (true)
        {
            Port = await ChoosePortAsync(ct).ConfigureAwait(false);
            var settings = Path.Combine(Data, "engine.conf");
            await File.WriteAllTextAsync(settings, Configuration(), ct).ConfigureAwait(false);
            await account.OwnAsync(settings, ct).ConfigureAwait(false);

            // Without a log file the server would keep our pipe open and pg_ctl would never seem to end.
            var (exit, output) = await account.RunAsync(
                binaries.PgCtl, ["start", "--pgdata", Data, "--wait", "--timeout", "60", "--log", LogFile, "--silent"], asServer: true, ct).ConfigureAwait(false);
            if (exit == 0)
            {
                return;
            }

            if (clock.GetElapsedTime(started) > options.StartTimeout)
            {
                var log = File.Exists(LogFile) ? LastLine(await File.ReadAllTextAsync(LogFile, ct).ConfigureAwait(false)) : "";
                throw new EmbeddedPostgresException($"The private database in '{options.Folder}' does not start ({LastLine(output)} {log}): see '{LogFile}'.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), clock, ct).ConfigureAwait(false);
        }
    }

    private async Task<bool> IsRunningAsync(CancellationToken ct)
    {
        var (exit, _) = await account.RunAsync(binaries.PgCtl, ["status", "--pgdata", Data], asServer: true, ct).ConfigureAwait(false);
        return exit == 0;
    }

    private async Task StopServerAsync(string mode, CancellationToken ct)
    {
        var (exit, output) = await account.RunAsync(
            binaries.PgCtl, ["stop", "--pgdata", Data, "--wait", "--timeout", "120", "--mode", mode, "--silent"], asServer: true, ct).ConfigureAwait(false);
        if (exit != 0 && await IsRunningAsync(ct).ConfigureAwait(false))
        {
            throw new EmbeddedPostgresException($"The private database in '{options.Folder}' does not stop: {LastLine(output)}");
        }
    }

    private async Task<EmbeddedOwnership> OwnerAsync()
    {
        var file = Path.Combine(options.Folder, "owner");
        return File.Exists(file) && Enum.TryParse<EmbeddedOwnership>(await File.ReadAllTextAsync(file).ConfigureAwait(false), out var owner)
            ? owner
            : EmbeddedOwnership.Hosts;
    }

    /// <summary>The port asked for, else the remembered one while it is free, else a new one.</summary>
    private async Task<int> ChoosePortAsync(CancellationToken ct)
    {
        var file = Path.Combine(options.Folder, "port");
        var port = options.Port;
        if (port != 0 && !IsFree(port))
        {
            throw new EmbeddedPostgresException($"Port {port}, asked for the private database, is in use: end what listens there or choose another.");
        }

        if (port == 0 && File.Exists(file)
            && int.TryParse(await File.ReadAllTextAsync(file, ct).ConfigureAwait(false), CultureInfo.InvariantCulture, out var remembered)
            && IsFree(remembered))
        {
            port = remembered;
        }

        if (port == 0)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        await File.WriteAllTextAsync(file, port.ToString(CultureInfo.InvariantCulture), ct).ConfigureAwait(false);
        return port;
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>For two cores shared with the engine. Durability is always on.</summary>
    private string Configuration()
    {
        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = "127.0.0.1",
            ["port"] = Port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = SocketFolder,
            ["password_encryption"] = "scram-sha-256",
            ["max_connections"] = "120",
            ["shared_buffers"] = "256MB",
            ["effective_cache_size"] = "1GB",
            ["work_mem"] = "8MB",
            ["maintenance_work_mem"] = "128MB",
            ["wal_buffers"] = "16MB",
            ["min_wal_size"] = "256MB",
            ["max_wal_size"] = "2GB",
            ["wal_compression"] = "on",
            ["checkpoint_timeout"] = "15min",
            ["checkpoint_completion_target"] = "0.9",
            ["random_page_cost"] = "1.1",
            ["jit"] = "off",
            ["autovacuum_naptime"] = "20s",
            ["autovacuum_max_workers"] = "2",
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
            ["log_min_error_statement"] = "panic",
            ["log_parameter_max_length"] = "0",
            ["log_parameter_max_length_on_error"] = "0",
        };
        foreach (var (name, value) in options.Settings)
        {
            settings[name] = value;
        }

        foreach (var name in Durability)
        {
            settings[name] = "on";
        }

        var text = new StringBuilder("# Written by the engine at every start; edit postgresql.auto.conf instead (ALTER SYSTEM).\n");
        foreach (var (name, value) in settings)
        {
            text.Append(name).Append(" = '").Append(value.Replace("'", "''", StringComparison.Ordinal)).Append("'\n");
        }

        return text.ToString();
    }

    private async Task MakeDatabaseAsync(string password, CancellationToken ct)
    {
        await using var admin = new NpgsqlConnection(AdminConnectionString);
        try
        {
            await admin.OpenAsync(ct).ConfigureAwait(false);
        }
        catch (NpgsqlException e)
        {
            throw new EmbeddedPostgresException($"The private database in '{options.Folder}' runs on port {Port} but does not let us in ({e.Message}): check '{Path.Combine(options.Folder, "password")}'.", e);
        }

        if (!await ExistsAsync(admin, "select 1 from pg_roles where rolname = $1", Role, ct).ConfigureAwait(false))
        {
            // Hex only: nothing in it to escape.
            await ExecuteAsync(admin, $"create role {Role} login password '{password}'", ct).ConfigureAwait(false);
        }

        await ExecuteAsync(
            admin,
            $"""
            grant pg_monitor to {Role};
            alter role {Role} set statement_timeout = '30s';
            alter role {Role} set lock_timeout = '10s';
            alter role {Role} set idle_in_transaction_session_timeout = '15s';
            """,
            ct).ConfigureAwait(false);
        if (!await ExistsAsync(admin, "select 1 from pg_database where datname = $1", options.Database, ct).ConfigureAwait(false))
        {
            await ExecuteAsync(admin, $"create database \"{options.Database.Replace("\"", "\"\"", StringComparison.Ordinal)}\" owner {Role}", ct).ConfigureAwait(false);
        }
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string sql, string name, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = name } } };
        return await command.ExecuteScalarAsync(ct).ConfigureAwait(false) is not null;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
    }

    private static string LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "no reason given";
}
