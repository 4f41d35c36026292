using Engine.Domain.Orders;
using Engine.Domain.Parcels;

namespace Engine.Grains.Tests.KillPoints;

/// <summary>A crash at each kill point, and a fault of the call: one label is sold, and the order has it.</summary>
public sealed class KillPointMatrixTests(KillPointRun run) : IClassFixture<KillPointRun>
{
    public static TheoryData<CrashAt, CallFault> Cells
    {
        get
        {
            var cells = new TheoryData<CrashAt, CallFault>();
            foreach (var (crash, fault) in KillPointRun.Cells)
            {
                cells.Add(crash, fault);
            }

            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void One_label_is_sold_and_the_order_has_it(CrashAt crash, CallFault fault)
    {
        var (order, sold, history) = run.Of(crash, fault);
        Assert.True(
            sold == 1 && order is { Status: OrderStatus.AwaitingCollection, Parcels: [{ Status: ParcelStatus.Ready, PackageId: not null, LabelKey: not null }] },
            $"{sold} labels sold; the order is {order?.Status}:\n{history}");
    }

    [Fact]
    public void The_books_are_in_order_after_all_crashes() => Assert.Equal("", run.Findings);
}
