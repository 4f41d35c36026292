using System.Text.Json.Serialization;
using Engine.Domain.LateDispatch;

namespace Engine.FrontDoor.LateDispatch;

/// <summary>A shop's Late Dispatch Rate, to the order and the second.</summary>
/// <param name="Zone">Zone of the windows' days.</param>
/// <param name="Settled">The complete days ending yesterday: what is scored.</param>
/// <param name="Live">The same length ending today: what it is turning into.</param>
/// <param name="Overall">Everything ever counted, without a window.</param>
/// <param name="JournalPosition">How far in the journal the counters have read; opaque, equal means nothing new.</param>
public sealed record LateDispatchView(
    string Shop, string Zone, LateDispatchReportView Settled, LateDispatchReportView Live, LateDispatchReportView Overall, string JournalPosition);

/// <param name="FirstOn">First day of the window; null without a window.</param>
/// <param name="LastOn">Last day, inclusive.</param>
/// <param name="Headline">The formula in force on the last day.</param>
/// <param name="Rate">By the headline formula; null without orders.</param>
/// <param name="OverdueUnscanned">Orders past their deadline that no carrier has scanned yet.</param>
/// <param name="SmallSample">Too few orders to judge.</param>
public sealed record LateDispatchReportView(
    DateOnly? FirstOn,
    DateOnly? LastOn,
    LateDispatchFormula Headline,
    decimal? Rate,
    FormulaView DispatchedCohort,
    FormulaView DueCohort,
    long OverdueUnscanned,
    bool SmallSample);

/// <param name="Late">Numerator.</param>
/// <param name="Orders">Denominator.</param>
/// <param name="Rate">late / orders; null without orders.</param>
/// <param name="HeadroomTo4Percent">How many more orders may become late before the target is passed; negative when it is.</param>
/// <param name="HeadroomTo10Percent">The same for enforcement.</param>
public sealed record FormulaView(
    long Late,
    long Orders,
    decimal? Rate,
    [property: JsonPropertyName("headroom_to_4_percent")] long HeadroomTo4Percent,
    [property: JsonPropertyName("headroom_to_10_percent")] long HeadroomTo10Percent);
