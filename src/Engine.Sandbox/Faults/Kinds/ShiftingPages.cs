using Engine.Sandbox.Http;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>
/// Between two pages of a search the data moves: a later page repeats one or two entries of the page before it or leaves one or
/// two out ('repeat', 'skip', or drawn).
/// </summary>
public sealed class ShiftingPages(FaultPlan plan) : Fault(plan), IListFault
{
    public void Shape(CallFaults call, Paging paging)
    {
        if (paging.After is null || !Plan.Strikes(call, out var hit))
        {
            return;
        }

        var by = (int)Plan.Between(hit, "by", 1, 2);
        paging.ShiftBy(Plan.Either(Plan.Request.How, hit, "repeat", "skip") == "skip" ? by : -by);
    }
}
