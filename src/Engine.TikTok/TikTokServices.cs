using Engine.Domain.Ports;
using Engine.TikTok.Calls;
using Engine.TikTok.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Engine.TikTok;

/// <summary>Registers TikTok Shop as the marketplace.</summary>
public static class TikTokServices
{
    /// <summary>Key of the system clock's <see cref="TimeProvider"/>: signatures, time-outs and breakers never run on business time.</summary>
    public const string SystemClock = "system";

    /// <summary>Adds <see cref="IMarketplace"/>, <see cref="IQualityExchange"/> and <see cref="IMarketplaceAuthorization"/>. The host provides <see cref="IShopAccess"/>
    /// and the keyed system clock. Options are checked at start, all problems at once.</summary>
    public static IServiceCollection AddEngineTikTok(this IServiceCollection services, Action<TikTokOptions> configure)
    {
        services.AddOptions<TikTokOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TikTokOptions>, TikTokOptionsValidator>());
        services.AddSingleton(provider => new TikTokTransport(
            provider.GetRequiredService<IOptions<TikTokOptions>>(), Clock(provider), provider.GetServices<TikTokTransportLayer>(), provider));
        services.AddSingleton(provider => new Circuits(provider.GetRequiredService<IOptions<TikTokOptions>>(), Clock(provider)));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<SignedCaller>(
            provider, Clock(provider), (Func<IShopAccess>)provider.GetRequiredService<IShopAccess>));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<LabelDownload>(provider, Clock(provider)));
        services.AddSingleton<IMarketplace, TikTokMarketplace>();
        services.AddSingleton<IQualityExchange, TikTokQualityExchange>();
        services.AddSingleton<IMarketplaceAuthorization>(provider => ActivatorUtilities.CreateInstance<TikTokAuthorization>(provider, Clock(provider)));
        return services;
    }

    /// <summary>Puts a layer between the client and the socket, for instance to read the demo's clock from response headers.
    /// Later layers lie outside earlier ones.</summary>
    public static IServiceCollection AddTikTokTransportLayer(this IServiceCollection services, Func<IServiceProvider, DelegatingHandler> create) =>
        services.AddSingleton(new TikTokTransportLayer(create));

    private static TimeProvider Clock(IServiceProvider provider) => provider.GetRequiredKeyedService<TimeProvider>(SystemClock);
}
