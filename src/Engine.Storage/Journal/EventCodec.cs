using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Engine.Domain.Cancellations;
using Engine.Domain.Orders;

namespace Engine.Storage.Journal;

/// <summary>Events as stored: JSON with the members' names in camel case, enums as their numbers, absent for null.</summary>
/// <remarks>What is written here stays for ever; a member may be added, never renamed. <see cref="OrderEventNames"/> names the shapes.</remarks>
internal static class EventCodec
{
    private static readonly FrozenDictionary<Type, JsonTypeInfo> Shapes =
        OrderEventNames.Types.ToFrozenDictionary(
            t => t,
            t => EventJson.Default.GetTypeInfo(t) ?? throw new InvalidOperationException($"{t.Name} is missing in {nameof(EventJson)}."));

    public static byte[] Encode(OrderEvent happened) => JsonSerializer.SerializeToUtf8Bytes(happened, Shapes[happened.GetType()]);

    /// <exception cref="KeyNotFoundException">Written by a newer engine.</exception>
    /// <exception cref="JsonException">Not what this engine writes.</exception>
    public static OrderEvent Decode(string name, short schema, ReadOnlySpan<byte> body) =>
        (OrderEvent?)JsonSerializer.Deserialize(body, Shapes[OrderEventNames.TypeOf(name, schema)])
        ?? throw new JsonException($"The stored event '{name}' is null.");
}

internal sealed class ParcelIdConverter : JsonConverter<ParcelId>
{
    public override ParcelId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, ParcelId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(ParcelIdConverter)])]
[JsonSerializable(typeof(OrderReceived))]
[JsonSerializable(typeof(OrderUpdated))]
[JsonSerializable(typeof(OrderPaid))]
[JsonSerializable(typeof(OrderReleased))]
[JsonSerializable(typeof(OrderAllocated))]
[JsonSerializable(typeof(CancellationRequested))]
[JsonSerializable(typeof(CancellationWithdrawn))]
[JsonSerializable(typeof(CancellationSeen))]
[JsonSerializable(typeof(CancellationAnswerOrdered))]
[JsonSerializable(typeof(CancellationAnswerIntended))]
[JsonSerializable(typeof(CancellationAnswerEnded))]
[JsonSerializable(typeof(CancellationClosed))]
[JsonSerializable(typeof(OrderCancelled))]
[JsonSerializable(typeof(PurchaseIntended))]
[JsonSerializable(typeof(PurchaseNotApplied))]
[JsonSerializable(typeof(PurchaseUnknown))]
[JsonSerializable(typeof(ReadBackEmpty))]
[JsonSerializable(typeof(PurchaseCleared))]
[JsonSerializable(typeof(PurchaseRejected))]
[JsonSerializable(typeof(LabelPurchased))]
[JsonSerializable(typeof(LabelAdopted))]
[JsonSerializable(typeof(LabelStored))]
[JsonSerializable(typeof(TrackingSubmitted))]
[JsonSerializable(typeof(TrackingConfirmed))]
[JsonSerializable(typeof(CarrierScanned))]
[JsonSerializable(typeof(ScanMissing))]
[JsonSerializable(typeof(OrderDelivered))]
[JsonSerializable(typeof(OrderCompleted))]
[JsonSerializable(typeof(OrderParked))]
[JsonSerializable(typeof(OrderResumed))]
internal sealed partial class EventJson : JsonSerializerContext;
