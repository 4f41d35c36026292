using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Storage.Feed;
using Engine.Storage.Journal;
using Engine.Storage.Labels;
using Engine.Storage.LateDispatch;
using Engine.Storage.Quality;
using Engine.Storage.Queries;
using Engine.Storage.Secrets;
using Engine.Storage.Verification;
using Engine.Storage.Work;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Engine.Storage;

public static class EngineStorageServices
{
    /// <summary>Registers every storage port of the domain, over one PostgreSQL.</summary>
    /// <param name="systemClock">The key under which the system <see cref="TimeProvider"/> is registered; null = the unkeyed one, else the machine's.</param>
    /// <remarks>
    /// <see cref="IJournalInstruments"/> may be registered before; otherwise nothing is reported. The container disposes all of it:
    /// the journal answers what is queued before its connections close.
    /// </remarks>
    public static IServiceCollection AddEngineStorage(this IServiceCollection services, EngineStorageOptions options, object? systemClock = null)
    {
        TimeProvider Clock(IServiceProvider s) =>
            (systemClock is null ? s.GetService<TimeProvider>() : s.GetRequiredKeyedService<TimeProvider>(systemClock)) ?? TimeProvider.System;

        static NpgsqlDataSource Pool(IServiceProvider s) => s.GetRequiredService<EngineDataSources>().Pool;

        services.AddSingleton(options);
        services.AddSingleton(_ => EngineDataSources.Open(options.ConnectionString, poolSize: options.PoolSize));
        services.AddSingleton(Pool);
        services.AddSingleton<ISecretProtector>(options.KeyRing);
        services.AddSingleton(s => new ShopDataKeys(Pool(s), s.GetRequiredService<ISecretProtector>()));
        services.AddSingleton<JournalSignals>();
        services.AddSingleton(s => new PostgresOrderJournal(
            Pool(s),
            s.GetRequiredService<EngineDataSources>().Lanes,
            s.GetRequiredService<ShopDataKeys>(),
            s.GetRequiredService<JournalSignals>(),
            options.Journal,
            s.GetService<IJournalInstruments>() ?? NoJournalInstruments.Instance,
            Clock(s)));
        services.AddSingleton<IOrderJournal>(s => PlantedBugs.IntentNotDurable
            ? new ForgetfulJournal(s.GetRequiredService<PostgresOrderJournal>())
            : s.GetRequiredService<PostgresOrderJournal>());
        services.AddSingleton<IJournalFeed>(s => new PostgresJournalFeed(Pool(s), s.GetRequiredService<JournalSignals>()));
        services.AddSingleton<IWorkQueue>(s => new PostgresWorkQueue(Pool(s)));
        services.AddSingleton<ILateDispatchStore>(s => new PostgresLateDispatchStore(Pool(s)));
        services.AddSingleton<IOrderQueries>(s => new PostgresOrderQueries(Pool(s)));
        services.AddSingleton<IQualityStore>(s => new PostgresQualityStore(Pool(s)));
        services.AddSingleton<IShopRegistry>(s => new PostgresShopRegistry(Pool(s)));
        services.AddSingleton<IApiKeys>(s => new PostgresApiKeys(Pool(s)));
        services.AddSingleton(s => new PostgresIdempotencyKeys(Pool(s)));
        services.AddSingleton<IIdempotencyKeys>(s => s.GetRequiredService<PostgresIdempotencyKeys>());
        services.AddSingleton<IParcelProfiles>(s => new PostgresParcelProfiles(Pool(s), Clock(s)));
        services.AddSingleton(s => new PostgresRecipients(Pool(s), s.GetRequiredService<ShopDataKeys>()));
        services.AddSingleton(s => options.LabelFolder is { } folder
            ? LabelVault.InFolder(Pool(s), s.GetRequiredService<ShopDataKeys>(), folder, Clock(s))
            : LabelVault.InPostgres(Pool(s), s.GetRequiredService<ShopDataKeys>()));
        services.AddSingleton<ILabelVault>(s => s.GetRequiredService<LabelVault>());
        services.AddSingleton(s => new OrderArchive(Pool(s)));
        services.AddSingleton(s => new DatabaseVerifier(Pool(s)));
        return services;
    }
}
