using System.Text;
using Engine.Domain.Ports;

namespace Engine.Storage.Journal;

/// <summary>A unit on its way to the database: everything that could change under us is copied before it is queued.</summary>
internal sealed class AppendRequest
{
    private readonly TaskCompletionSource<AppendAnswer> answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AppendRequest(AppendUnit unit, byte[]?[]? recipients)
    {
        Unit = unit;
        Recipients = recipients;
        var count = 0;
        foreach (var order in unit.Orders)
        {
            count += order.Events.Length;
        }

        Bodies = new byte[count][];
        var at = 0;
        for (var i = 0; i < unit.Orders.Length; i++)
        {
            var order = unit.Orders[i];
            foreach (var happened in order.Events)
            {
                var body = EventCodec.Encode(happened);
                Bodies[at++] = body;
                Bytes += body.Length;
            }

            if (!order.Document.IsEmpty)
            {
                Documents ??= new string[unit.Orders.Length];
                Documents[i] = Encoding.UTF8.GetString(order.Document.Span);
                Bytes += order.Document.Length;
            }

            if (recipients?[i] is { } recipient)
            {
                Bytes += recipient.Length;
            }

            IsWide |= !order.Document.IsEmpty || order.LinesChanged || order.ParcelsChanged || recipients?[i] is not null;
        }

        IsWide |= unit.Idempotency is not null;
    }

    public AppendUnit Unit { get; }

    /// <summary>Encoded events of all orders, in order.</summary>
    public byte[][] Bodies { get; }

    public string?[]? Documents { get; }

    /// <summary>Encrypted recipients, by order.</summary>
    public byte[]?[]? Recipients { get; }

    public int Bytes { get; }

    /// <summary>Writes more than hot row, events and work.</summary>
    public bool IsWide { get; }

    public bool IsCombined => Unit.Orders.Length > 1;

    public Task<AppendAnswer> Answered => answered.Task;

    public void Answer(AppendAnswer answer) => answered.TrySetResult(answer);
}
