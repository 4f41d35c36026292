namespace Engine.FrontDoor.Events;

/// <summary>What happened, in the journal's order: of one order each event after the one before it.</summary>
/// <param name="NextCursor">Where to go on. Keep the events first and the cursor with them: whoever asks with the cursor before gets the same events again.</param>
/// <param name="HasMore">Ask again at once. A page may be empty and there is more: what lay in between was not this key's.</param>
public sealed record EventPage(IReadOnlyList<EventView> Events, string NextCursor, bool HasMore);

/// <summary>A CloudEvent (1.0, JSON).</summary>
/// <param name="Id">Of the fact itself: the same whenever, and by whomever, it is told.</param>
/// <param name="Source">The order, as an address of this API.</param>
/// <param name="Type">Stable name, such as `label.purchased`.</param>
/// <param name="Subject">Shop and order id.</param>
/// <param name="Time">Business time of the decision.</param>
/// <param name="Sequence">The order's version after it: 1, 2, 3 ... without a gap within the source (CloudEvents' extension for sequences).</param>
public sealed record EventView(
    string Specversion,
    string Id,
    string Source,
    string Type,
    string Subject,
    DateTimeOffset Time,
    string Datacontenttype,
    string Sequence,
    string Sequencetype,
    EventData Data);

/// <summary>Ids only, never a person's data: the rest is with the order.</summary>
/// <param name="ParcelId">Null where the event is about the order as a whole.</param>
public sealed record EventData(string Shop, string OrderId, int Version, string? ParcelId);
