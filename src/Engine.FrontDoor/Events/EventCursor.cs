using System.Buffers.Binary;
using Engine.Domain.Ports;
using Engine.FrontDoor.Wire;
using Microsoft.Extensions.Options;

namespace Engine.FrontDoor.Events;

/// <summary>How far a reader of the feed has come in each partition of the journal. Good for as long as the journal is kept, on every host.</summary>
internal sealed class EventCursor(IOptions<FrontDoorOptions> options)
{
    private const int PositionLength = 24;

    private readonly PageCursor cursor = new(options.Value.CursorKey, "engine/events-cursor/1");

    /// <param name="filter">Everything that makes the feed this feed.</param>
    public string Seal(ReadOnlySpan<JournalPosition> positions, string filter)
    {
        var payload = new byte[positions.Length * PositionLength];
        for (var i = 0; i < positions.Length; i++)
        {
            var at = payload.AsSpan(i * PositionLength);
            BinaryPrimitives.WriteInt64LittleEndian(at, positions[i].Epoch);
            BinaryPrimitives.WriteUInt64LittleEndian(at[8..], positions[i].Xid);
            BinaryPrimitives.WriteInt64LittleEndian(at[16..], positions[i].Seq);
        }

        return cursor.Seal(payload, filter);
    }

    /// <exception cref="Problems.ProblemException">400: changed, or made for another query.</exception>
    public JournalPosition[] Open(string text, int partitions, string filter)
    {
        var payload = cursor.OpenBytes(text, filter);
        return payload.Length == partitions * PositionLength ? [.. payload.Chunk(PositionLength).Select(Position)] : throw PageCursor.Invalid();
    }

    private static JournalPosition Position(byte[] at) => new(
        BinaryPrimitives.ReadInt64LittleEndian(at), BinaryPrimitives.ReadUInt64LittleEndian(at.AsSpan(8)), BinaryPrimitives.ReadInt64LittleEndian(at.AsSpan(16)));
}
