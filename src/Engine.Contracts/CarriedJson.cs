using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Engine.Domain.Orders;

namespace Engine.Contracts;

/// <summary>JSON between silos: closed hierarchies of the domain by type name. Never stored.</summary>
internal static class CarriedJson
{
    public static readonly JsonSerializerOptions Options = new()
    {
        IncludeFields = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { AddHierarchies } },
        Converters = { new BytesConverter(), new ShopIdConverter(), new MerchantIdConverter() },
    };

    private static void AddHierarchies(JsonTypeInfo info)
    {
        if (info.Type.IsAbstract && info.Kind == JsonTypeInfoKind.Object && info.Type.Namespace?.StartsWith("Engine.Domain", StringComparison.Ordinal) == true)
        {
            var polymorphism = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = "$type" };
            foreach (var derived in DerivedOf(info.Type))
            {
                polymorphism.DerivedTypes.Add(new JsonDerivedType(derived, derived.Name));
            }

            info.PolymorphismOptions = polymorphism;
        }
    }

    private static IEnumerable<Type> DerivedOf(Type type) =>
        typeof(OrderState).Assembly.GetTypes()
            .Where(t => !t.IsAbstract)
            .Select(t => t.IsGenericTypeDefinition && type.IsGenericType && t.GetGenericArguments().Length == type.GetGenericArguments().Length
                ? t.MakeGenericType(type.GetGenericArguments())
                : t)
            .Where(t => !t.ContainsGenericParameters && t.IsSubclassOf(type));

    private sealed class BytesConverter : JsonConverter<ReadOnlyMemory<byte>>
    {
        public override ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetBytesFromBase64();

        public override void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> value, JsonSerializerOptions options) => writer.WriteBase64StringValue(value.Span);
    }

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
