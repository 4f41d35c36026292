using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Engine.TikTok.Transport;

/// <param name="Read">Time-out of reads.</param>
/// <param name="Purchase">Time-out of calls with effects; one breaker stands before both.</param>
internal sealed record Circuit(ResiliencePipeline<Answer> Read, ResiliencePipeline<Answer> Purchase)
{
    public ResiliencePipeline<Answer> For(Effect effect) => effect == Effect.Purchase ? Purchase : Read;
}

/// <summary>A breaker and time-outs for each shop, so that one shop's trouble stops that shop only. Nothing here ever repeats a call.</summary>
internal sealed class Circuits(IOptions<TikTokOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Circuit> shops = new(StringComparer.Ordinal);
    private readonly TikTokOptions options = options.Value;

    public Circuit ForShop(string shop) => shops.GetOrAdd(shop, static (_, self) => self.Build(self.options.ReadTimeout, self.options.PurchaseTimeout), this);

    public ResiliencePipeline<Answer> TokenHost => field ??= Build(options.AuthTimeout, options.AuthTimeout).Read;

    public ResiliencePipeline<Answer> LabelStorage => field ??= Build(options.DownloadTimeout, options.DownloadTimeout).Read;

    private Circuit Build(TimeSpan read, TimeSpan purchase)
    {
        var breaker = new ResiliencePipelineBuilder<Answer> { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<Answer>
            {
                FailureRatio = options.BreakerFailureRatio,
                MinimumThroughput = options.BreakerCallsMin,
                SamplingDuration = options.BreakerSampling,
                BreakDuration = options.BreakerPause,
                ShouldHandle = static outcome => ValueTask.FromResult(
                    outcome.Outcome.Exception is HttpRequestException or IOException or TimeoutRejectedException
                    || outcome.Outcome.Result is { StatusNumber: >= 500 }),
            })
            .Build();
        return new Circuit(WithTimeout(read), WithTimeout(purchase));

        ResiliencePipeline<Answer> WithTimeout(TimeSpan timeout) => new ResiliencePipelineBuilder<Answer> { TimeProvider = time }
            .AddPipeline(breaker)
            .AddTimeout(new TimeoutStrategyOptions { Timeout = timeout })
            .Build();
    }
}
