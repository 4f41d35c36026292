using System.Globalization;

namespace Engine.Host.Clock;

/// <summary>In stepped time the sandbox's calls and answers carry the time: it is set before anything of the new epoch is served.</summary>
internal static class SteppedHeaders
{
    private const string Epoch = "X-Sandbox-Epoch";
    private const string NowMs = "X-Sandbox-Now-Ms";

    public static IApplicationBuilder UseSteppedClock(this IApplicationBuilder app, SteppedTimeProvider clock) =>
        app.Use((context, next) =>
        {
            if (Read(context.Request.Headers[Epoch], context.Request.Headers[NowMs]) is { } moment)
            {
                clock.Observe(moment);
            }

            return next(context);
        });

    public static SteppedMoment? Read(string? epoch, string? nowMs) =>
        long.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var e)
        && long.TryParse(nowMs, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var ms)
            ? new SteppedMoment(e, DateTimeOffset.FromUnixTimeMilliseconds(ms))
            : null;

    /// <summary>Sets the clock from the answers to the engine's own calls.</summary>
    public sealed class Handler(SteppedTimeProvider clock) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.Headers.TryGetValues(Epoch, out var epoch) && response.Headers.TryGetValues(NowMs, out var now)
                && Read(epoch.FirstOrDefault(), now.FirstOrDefault()) is { } moment)
            {
                clock.Observe(moment);
            }

            return response;
        }
    }
}
