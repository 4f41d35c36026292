using System.Net;
using Engine.Grains.Budgets;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Engine.Grains.Tests;

/// <summary>A host that cannot read whether it is alive for the others has no proof that it is, and says so once.</summary>
public sealed class MembershipTableFaultTests
{
    private static readonly SiloAddress Self = SiloAddress.New(IPAddress.Loopback, 11111, 1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ScriptedTable table = new();
    private readonly Warnings warnings = new();
    private readonly MembershipProof proof;

    public MembershipTableFaultTests() => proof = new MembershipProof(
        ProxyOf<IMembershipTable>.Create(_ => table.Answer()), ProxyOf<ILocalSiloDetails>.Create(_ => Self), TimeProvider.System, warnings);

    [Fact]
    public async Task A_table_that_cannot_be_read_proves_nothing_until_it_can_be_read_again()
    {
        table.Answer = () => Task.FromException<MembershipTableData>(new InvalidOperationException("no connection"));
        await AskAsync(times: 5);
        Assert.Null(proof.Age);
        Assert.Contains("could not be read", Assert.Single(warnings.Lines), StringComparison.Ordinal);

        table.Answer = () => Task.FromResult(Row(SiloStatus.Active));
        await AskAsync();
        Assert.NotNull(proof.Age);

        table.Answer = () => Task.FromException<MembershipTableData>(new InvalidOperationException("no connection"));
        await AskAsync(times: 5);
        Assert.Equal(2, warnings.Lines.Count);
    }

    [Fact]
    public async Task A_table_that_does_not_answer_proves_nothing_until_it_does()
    {
        var late = new TaskCompletionSource<MembershipTableData>();
        table.Answer = () => late.Task;
        for (var i = 0; i < 5; i++)
        {
            await proof.RefreshAsync(TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        }

        Assert.Null(proof.Age);
        Assert.Contains("did not answer", Assert.Single(warnings.Lines), StringComparison.Ordinal);

        late.SetResult(Row(SiloStatus.Active));
        table.Answer = () => Task.FromResult(Row(SiloStatus.Active));
        await AskAsync();
        Assert.NotNull(proof.Age);
    }

    [Fact]
    public async Task A_host_that_has_no_row_yet_has_no_proof()
    {
        table.Answer = () => Task.FromResult(new MembershipTableData(new TableVersion(1, "1")));
        await AskAsync();

        Assert.Null(proof.Age);
        Assert.Empty(warnings.Lines);
    }

    [Fact]
    public async Task A_dead_host_stays_dead_and_asks_no_more()
    {
        table.Answer = () => Task.FromResult(Row(SiloStatus.Active));
        await AskAsync();
        table.Answer = () => Task.FromResult(Row(SiloStatus.Dead));
        await AskAsync();
        Assert.Null(proof.Age);

        table.Answer = () => throw new InvalidOperationException("asked again");
        await AskAsync();
        Assert.Null(proof.Age);
        Assert.Contains("declared this one dead", Assert.Single(warnings.Lines), StringComparison.Ordinal);
    }

    private async Task AskAsync(int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            await proof.RefreshAsync(TimeSpan.Zero, Patience);
        }
    }

    private static MembershipTableData Row(SiloStatus status) =>
        new(Tuple.Create(new MembershipEntry { SiloAddress = Self, Status = status, HostName = "here", SiloName = "host-1" }, "1"), new TableVersion(1, "1"));

    private sealed class ScriptedTable
    {
        public Func<Task<MembershipTableData>> Answer { get; set; } = () => throw new NotSupportedException();
    }

    private sealed class Warnings : ILogger<MembershipProof>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
