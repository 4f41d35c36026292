using Engine.Domain.Orders;
using Engine.Domain.Parcels;

namespace Engine.Grains.Tests.KillPoints;

/// <summary>A crash at each kill point, and a fault of the call: one label is sold, and the order has it.</summary>
public sealed class KillPointMatrixTests(KillPointRun run) : IClassFixture<KillPointRun>
{
    public static TheoryData<CrashAt, CallFault> Cells => [.. KillPointRun.Cells.Where(c => !c.Fault.BreaksAnAssumption())];

    public static TheoryData<CrashAt, CallFault> BrokenCells => [.. KillPointRun.Cells.Where(c => c.Fault.BreaksAnAssumption())];

    [Theory]
    [MemberData(nameof(Cells))]
    public void One_label_is_sold_and_the_order_has_it(CrashAt crash, CallFault fault)
    {
        var cell = run.Of(crash, fault);
        Assert.True(cell.Sold == 1 && HasItsLabel(cell.Order), Told(cell));
    }

    /// <summary>What the model of the purchase protocol (Engine.Domain.Tests, PurchaseModel) allows then, and nothing else: with A1 or A2 broken
    /// a second label, but only behind a fence and two empty read-backs, V apart; with A3 broken one of ours at most, theirs adopted only
    /// where it holds exactly our lines, and else a person.</summary>
    [Theory]
    [MemberData(nameof(BrokenCells))]
    public void With_an_assumption_broken_nothing_is_bought_again_on_a_guess(CrashAt crash, CallFault fault)
    {
        var cell = run.Of(crash, fault);
        var cleared = ProvenEmpty(cell);
        Assert.True(cell.Sold <= 1 + cleared, Told(cell));
        if (fault == CallFault.A3OneLineBoughtElsewhere)
        {
            Assert.True(cell is { Sold: <= 1, Order: { Status: OrderStatus.Parked, ParkedReason: ParkReason.ForeignPackage } }, Told(cell));
        }
        else
        {
            Assert.True(HasItsLabel(cell.Order) && (cell.Sold <= 1 || !fault.BreaksA3()), Told(cell));
        }
    }

    [Fact]
    public void The_books_are_in_order_after_all_crashes() => Assert.Equal("", run.Findings);

    public static TheoryData<CrashAt, CallFault> ToldCells => [.. KillPointRun.Cells.Where(c => c.Crash.IsTelling())];

    /// <summary>The host died behind its answer, so that nobody knows what the ERP heard: whoever asks the same again is told the same again, and then the rest.</summary>
    [Theory]
    [MemberData(nameof(ToldCells))]
    public void What_an_ERP_may_not_have_heard_it_is_told_again_word_for_word_and_all_of_it_is_in_the_journal(CrashAt crash, CallFault fault)
    {
        var cell = run.Of(crash, fault);
        var (before, after) = run.Told(crash, fault);
        Assert.True(before.Count > 0 && before.SequenceEqual(after.Take(before.Count)), $"told {string.Join(", ", before)}; then {string.Join(", ", after)}; {Told(cell)}");
        Assert.True(
            cell.Events.Select((e, i) => (i + 1, OrderEventNames.Of(e).Name)).SequenceEqual(after.Select(t => (t.Version, t.Type))), $"told {string.Join(", ", after)}; {Told(cell)}");
        Assert.Contains(before, t => t.Type is "label.purchased" or "label.adopted" or "exception.opened");
    }

    private static bool HasItsLabel(OrderState? order) =>
        order is { Status: OrderStatus.AwaitingCollection, Parcels: [{ Status: ParcelStatus.Ready, PackageId: not null, LabelKey: not null }] };

    /// <summary>Attempts that were closed as having bought nothing; each must have had its proof, and none may follow one that had no end.</summary>
    private static int ProvenEmpty(CellResult cell)
    {
        var cleared = 0;
        PurchaseIntended? open = null;
        var empty = new List<DateTimeOffset>();
        foreach (var happened in cell.Events)
        {
            switch (happened)
            {
                case PurchaseIntended intended:
                    Assert.True(open is null, Told(cell));
                    open = intended;
                    empty.Clear();
                    break;
                case ReadBackEmpty read:
                    empty.Add(read.SystemAt);
                    break;
                case PurchaseCleared:
                    Assert.True(
                        open is not null && empty.Count == 2 && empty[0] >= EngineCluster.Policy.FenceOf(open.Attempt.SignedAt) && empty[1] - empty[0] >= EngineCluster.Policy.VisibilityBound,
                        Told(cell));
                    cleared++;
                    open = null;
                    break;
                case PurchaseNotApplied or PurchaseRejected:
                    open = null;
                    break;
            }
        }

        return cleared;
    }

    private static string Told(CellResult cell) => $"{cell.Sold} labels sold; the order is {cell.Order?.Status}:\n{cell.History}";
}
