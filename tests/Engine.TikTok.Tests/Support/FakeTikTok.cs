using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Engine.TikTok.Tests.Support;

internal sealed record ReceivedRequest(string Method, string Path, IReadOnlyDictionary<string, string> Query, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>A small server of this test project's own: answers what the test says, and keeps what it received.</summary>
internal sealed class FakeTikTok : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly CancellationTokenSource closing = new();

    private FakeTikTok(WebApplication application) => this.application = application;

    public ConcurrentQueue<ReceivedRequest> Received { get; } = new();

    public string Url => application.Urls.Single();

    /// <summary>Cancelled when the test ends: an answer that never comes waits on it.</summary>
    public CancellationToken Closing => closing.Token;

    public Func<HttpContext, Task> Respond { get; set; } = context => Json(context, 200, """{"code":0,"message":"Success","request_id":"r","data":{}}""");

    public static async Task<FakeTikTok> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(100));
        var application = builder.Build();
        var fake = new FakeTikTok(application);
        application.Run(fake.HandleAsync);
        await application.StartAsync();
        return fake;
    }

    public void Answer(int status, string body, string? retryAfter = null) => Respond = context =>
    {
        if (retryAfter is not null)
        {
            context.Response.Headers.RetryAfter = retryAfter;
        }

        return Json(context, status, body);
    };

    public void AnswerData(string data) => Answer(200, $$"""{"code":0,"message":"Success","request_id":"r","data":{{data}}}""");

    public void Refuse(long code, int status = 200, string message = "refused") =>
        Answer(status, $$"""{"code":{{code}},"message":"{{message}}","request_id":"req-1","data":null}""");

    /// <summary>Takes the call, and cuts the connection instead of answering.</summary>
    public void LoseReply() => Respond = context =>
    {
        context.Abort();
        return Task.CompletedTask;
    };

    /// <summary>Announces more than it sends.</summary>
    public void CutReply(string body) => Respond = async context =>
    {
        context.Response.ContentLength = Encoding.UTF8.GetByteCount(body) + 100;
        await context.Response.WriteAsync(body);
        await context.Response.Body.FlushAsync();
        context.Abort();
    };

    public void NeverAnswer() => Respond = context => Task.Delay(Timeout.Infinite, CancellationTokenSource.CreateLinkedTokenSource(Closing, context.RequestAborted).Token)
        .ContinueWith(_ => { }, TaskScheduler.Default);

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await application.DisposeAsync();
        closing.Dispose();
    }

    public static Task Json(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body);
    }

    private async Task HandleAsync(HttpContext context)
    {
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var received = new ReceivedRequest(
            context.Request.Method,
            context.Request.Path,
            context.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal),
            context.Request.Headers.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            body.ToArray());
        Received.Enqueue(received);
        context.Features.Set(received);
        await Respond(context);
    }
}
