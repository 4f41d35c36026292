using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Ports;
using Engine.Host.Configuration;
using Engine.Host.Startup;
using Engine.TikTok;

namespace Engine.Host.Clock;

/// <summary>Which business time this process has: system time itself, or a sandbox's, scaled or in steps.</summary>
internal abstract class BusinessClock
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(100);

    public virtual bool IsStepped => false;

    public abstract TimeProvider Provider { get; }

    public virtual HostActivity? Activity => null;

    /// <summary>What keeps the clock going.</summary>
    public virtual void AddServices(IServiceCollection services, EngineSettings settings)
    {
    }

    /// <summary>What must happen to a request before anything of it is served.</summary>
    public virtual void Use(WebApplication app)
    {
    }

    /// <summary>Asks the sandbox of the settings, if there is one, what kind of time it keeps.</summary>
    /// <exception cref="StartProblemException">It does not answer.</exception>
    public static async Task<BusinessClock> ChooseAsync(EngineSettings settings, CancellationToken ct)
    {
        if (settings.SandboxClock is not { } address)
        {
            return new Real();
        }

        var http = new HttpClient(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromMinutes(10) })
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromSeconds(30),
        };
        var sandbox = new SandboxClockClient(http);
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                var time = await sandbox.GetTimeAsync(ct);
                return time.IsStepped ? new Stepped(sandbox, time) : new Scaled(sandbox, time);
            }
            catch (HttpRequestException) when (TimeProvider.System.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(Retry, TimeProvider.System, ct);
            }
            catch (HttpRequestException e)
            {
                throw new StartProblemException(
                    [$"The sandbox of ENGINE_SANDBOX_CLOCK does not answer at {address} ({e.Message.TrimEnd('.')}): start it, correct the address, or leave the setting away."]);
            }
        }
    }

    private sealed class Real : BusinessClock
    {
        public override TimeProvider Provider => TimeProvider.System;
    }

    private sealed class Scaled(SandboxClockClient sandbox, SandboxTime time) : BusinessClock
    {
        private readonly ScaledTimeProvider clock = new(TimeProvider.System, time.Anchors);

        public override TimeProvider Provider => clock;

        public override void AddServices(IServiceCollection services, EngineSettings settings) =>
            services.AddHostedService(s => new ScaledClockFollower(sandbox, clock, TimeProvider.System, s.GetRequiredService<ILogger<ScaledClockFollower>>()));
    }

    private sealed class Stepped : BusinessClock
    {
        private readonly SandboxClockClient sandbox;
        private readonly HostActivity activity = new();
        private readonly SteppedTimeProvider clock;

        public Stepped(SandboxClockClient sandbox, SandboxTime time)
        {
            this.sandbox = sandbox;
            clock = new SteppedTimeProvider(activity, time.Moment);
        }

        public override bool IsStepped => true;

        public override TimeProvider Provider => clock;

        public override HostActivity Activity => activity;

        public override void AddServices(IServiceCollection services, EngineSettings settings)
        {
            services.AddSingleton(activity);
            services.AddTikTokTransportLayer(_ => new SteppedHeaders.Handler(clock));
            services.AddHostedService(s => new SteppedReporter(
                sandbox,
                clock,
                activity,
                s.GetRequiredService<HostWakes>(),
                s.GetRequiredService<IHostPings>(),
                s.GetRequiredService<IJournalFeed>(),
                s.GetRequiredService<IWorkQueue>(),
                TimeProvider.System,
                settings.Cluster.HostName,
                s.GetRequiredService<ILogger<SteppedReporter>>()));
        }

        public override void Use(WebApplication app) => app.UseSteppedClock(clock);
    }
}

internal static class ClockServices
{
    /// <param name="ahead">By how much both clocks of this host are wrong: zero but in tests.</param>
    public static IServiceCollection AddEngineClocks(this IServiceCollection services, BusinessClock clock, TimeSpan ahead)
    {
        services.AddKeyedSingleton(Clocks.System, Skewed(TimeProvider.System, ahead));
        services.AddKeyedSingleton(Clocks.Business, Skewed(clock.Provider, ahead));
        return services;
    }

    private static TimeProvider Skewed(TimeProvider clock, TimeSpan ahead) => ahead == TimeSpan.Zero ? clock : new SkewedTimeProvider(clock, ahead);
}
