using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Engine.FrontDoor.Events;
using Engine.FrontDoor.Exceptions;
using Engine.FrontDoor.Health;
using Engine.FrontDoor.LateDispatch;
using Engine.FrontDoor.Orders;
using Engine.FrontDoor.ParcelProfiles;
using Engine.FrontDoor.Problems;
using Engine.FrontDoor.Quality;
using Engine.FrontDoor.Shops;

namespace Engine.FrontDoor.Wire;

/// <summary>JSON as the API speaks it: snake_case, nothing unknown and nothing twice in what is written to us, instants in UTC with a Z.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ApiProblem))]
[JsonSerializable(typeof(OrderList))]
[JsonSerializable(typeof(OrderDetail))]
[JsonSerializable(typeof(TrackingRequest))]
[JsonSerializable(typeof(TrackingReceipt))]
[JsonSerializable(typeof(EventPage))]
[JsonSerializable(typeof(ExceptionList))]
[JsonSerializable(typeof(CancellationAnswerRequest))]
[JsonSerializable(typeof(CancellationAnswerReceipt))]
[JsonSerializable(typeof(ParcelProfileList))]
[JsonSerializable(typeof(ParcelProfileBatch))]
[JsonSerializable(typeof(ParcelMeasureView))]
[JsonSerializable(typeof(ParcelProfileView))]
[JsonSerializable(typeof(ImportReceipt))]
[JsonSerializable(typeof(LateDispatchView))]
[JsonSerializable(typeof(QualityView))]
[JsonSerializable(typeof(ShopList))]
[JsonSerializable(typeof(ShopDetail))]
[JsonSerializable(typeof(ShopView))]
[JsonSerializable(typeof(ConnectRequest))]
[JsonSerializable(typeof(IntakeView))]
[JsonSerializable(typeof(HealthReport))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class WireContext : JsonSerializerContext;

internal static class WireJson
{
    public static readonly JsonSerializerOptions Options = Configure(new JsonSerializerOptions());

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.MaxDepth = 16;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = false;
        options.Encoder = JavaScriptEncoder.Default;
        options.TypeInfoResolverChain.Insert(0, WireContext.Default);
        options.Converters.Insert(0, new UtcConverter());
        options.Converters.Insert(1, new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        return options;
    }

    public static JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));
}
