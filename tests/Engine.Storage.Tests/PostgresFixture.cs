using Engine.Storage.Tests;
using Engine.Testing.Postgres;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Engine.Storage.Tests;

/// <summary>One PostgreSQL for all tests of this assembly.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    public TestCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}

/// <summary>A test class with a database of its own.</summary>
public abstract class DatabaseTests(PostgresFixture postgres) : IAsyncLifetime
{
    protected PostgresFixture Postgres { get; } = postgres;

    protected string ConnectionString { get; private set; } = "";

    protected TestStorage Storage { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        ConnectionString = await Postgres.Cluster.CreateDatabaseAsync();
        Storage = new TestStorage(ConnectionString);
    }

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Storage.DisposeAsync();
    }
}
