using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans;

namespace Engine.Contracts;

/// <summary>A domain object on its way to a grain: by reference inside a silo, as JSON between silos. The domain knows nothing of Orleans.</summary>
/// <remarks>What is carried is immutable, so it is never copied.</remarks>
[Immutable]
public sealed class Carried<T>(T value)
{
    public T Value { get; } = value;

    public static implicit operator Carried<T>(T value) => new(value);
}

[GenerateSerializer]
public struct CarriedSurrogate<T>
{
    [Id(0)]
    public byte[] Json;
}

[RegisterConverter]
public sealed class CarriedConverter<T> : IConverter<Carried<T>, CarriedSurrogate<T>>
{
    public Carried<T> ConvertFromSurrogate(in CarriedSurrogate<T> surrogate) =>
        new(JsonSerializer.Deserialize<T>(surrogate.Json, CarriedJson.Options)!);

    public CarriedSurrogate<T> ConvertToSurrogate(in Carried<T> value) =>
        new() { Json = JsonSerializer.SerializeToUtf8Bytes(value.Value, CarriedJson.Options) };
}
