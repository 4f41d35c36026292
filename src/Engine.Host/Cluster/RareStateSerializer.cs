using System.Text.Json;
using System.Text.Json.Serialization;
using Engine.Domain.Orders;
using Orleans.Storage;

namespace Engine.Host.Cluster;

/// <summary>What is kept by stock grain persistence (shops, learned limits, watermarks) is stored as JSON that a person can read.</summary>
/// <remarks>Names of members are stored: renaming one loses it.</remarks>
internal sealed class RareStateSerializer : IGrainStorageSerializer
{
    private static readonly JsonSerializerOptions Options = new()
    {
        Converters = { new ShopIdConverter(), new MerchantIdConverter(), new JsonStringEnumConverter() },
    };

    public BinaryData Serialize<T>(T? input) => new(JsonSerializer.SerializeToUtf8Bytes(input, Options));

    public T Deserialize<T>(BinaryData input) => JsonSerializer.Deserialize<T>(input.ToMemory().Span, Options)!;

    private sealed class ShopIdConverter : JsonConverter<ShopId>
    {
        public override ShopId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, ShopId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
    }

    private sealed class MerchantIdConverter : JsonConverter<MerchantId>
    {
        public override MerchantId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, MerchantId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
    }
}
