using System.Collections.Concurrent;
using Orleans.Metadata;
using Orleans.Runtime;
using Orleans.Serialization.TypeSystem;

namespace Engine.Host.Cluster;

/// <summary>
/// What Orleans calls a grain interface, worked out once: by itself it reads the attributes of the interface and puts its name together
/// at every GetGrain, which is 2 % of the engine's work at full load.
/// </summary>
internal sealed class RememberedGrainInterfaceTypes(IServiceProvider services, TypeConverter converter) : IGrainInterfaceTypeProvider
{
    private readonly GrainInterfaceTypeResolver resolver = new([new AttributeGrainInterfaceTypeProvider(services)], converter);
    private readonly ConcurrentDictionary<Type, GrainInterfaceType> known = new();

    public bool TryGetGrainInterfaceType(Type type, out GrainInterfaceType grainInterfaceType)
    {
        grainInterfaceType = known.GetOrAdd(type, resolver.GetGrainInterfaceType);
        return true;
    }
}
