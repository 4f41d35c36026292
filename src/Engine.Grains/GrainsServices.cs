using Engine.Contracts;
using Engine.Domain.Ports;
using Engine.Grains.Budgets;
using Engine.Grains.Hosting;
using Engine.Grains.Labels;
using Engine.Grains.Orders;
using Engine.Grains.Shops;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Engine.Grains;

public static class GrainsServices
{
    /// <summary>Everything the grains need besides the ports (journal, marketplace, vault, ...) and the two keyed clocks.</summary>
    public static IServiceCollection AddEngineGrains(this IServiceCollection services, Action<GrainsOptions> configure)
    {
        services.Configure(configure);
        services.AddEngineContracts();
        services.AddSingleton<HostActivity>();
        services.AddSingleton<HostWakes>();
        services.AddSingleton<EngineInstruments>();
        services.TryAddSingleton<IPausePoints, NoPausePoints>();
        services.AddSingleton<CallBudget>();
        services.AddSingleton<MembershipProof>();
        services.AddSingleton<OrderReader>();
        services.AddSingleton<ShopMerchants>();
        services.AddSingleton<ParcelMeasures>();
        services.AddSingleton<IShopAccess, ShopAccessCache>();
        services.AddSingleton<HostPings>();
        services.AddSingleton<IHostPings>(s => s.GetRequiredService<HostPings>());
        services.AddHostedService(s => s.GetRequiredService<HostPings>());
        return services;
    }
}
