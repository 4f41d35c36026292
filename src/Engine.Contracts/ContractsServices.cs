using Engine.Domain.Orders;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization.Configuration;

namespace Engine.Contracts;

public static class ContractsServices
{
    /// <summary>Lets silos and clients name the types of the domain and of the contracts on the wire, and no others beyond Orleans' own.</summary>
    public static IServiceCollection AddEngineContracts(this IServiceCollection services) => services.Configure<TypeManifestOptions>(options =>
    {
        options.AddAllowedAssembly(typeof(OrderState).Assembly);
        options.AddAllowedAssembly(typeof(ContractsServices).Assembly);
    });
}
