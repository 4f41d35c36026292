using System.Net;
using Engine.FrontDoor.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Engine.FrontDoor.Tests;

public sealed class Health_is_told
{
    [Fact]
    public async Task Live_without_asking_anything()
    {
        await using var door = await TestFrontDoor.StartAsync(more: s => s.AddSingleton<IReadiness>(new Check("database", _ => throw new InvalidOperationException())));
        door.Store.Down = new InvalidOperationException("asked");
        using var client = door.ClientFor(null);
        using var response = await client.GetAsync("/health/live");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Ready_when_every_check_is_ok_and_each_is_named()
    {
        await using var door = await TestFrontDoor.StartAsync(more: s => s
            .AddSingleton<IReadiness>(new Check("database", _ => new(new ReadinessResult(true, "horizon 0 s"))))
            .AddSingleton<IReadiness>(new Check("silo", _ => new(new ReadinessResult(true)))));
        using var response = await door.Client.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var report = await response.JsonAsync();
        Assert.Equal("ready", report.GetProperty("status").GetString());
        Assert.Equal(["database", "silo"], report.GetProperty("checks").EnumerateArray().Select(c => c.GetProperty("name").GetString()!));
    }

    [Fact]
    public async Task Not_ready_when_one_check_fails_or_throws_and_its_reason_stays_in_the_log()
    {
        await using var door = await TestFrontDoor.StartAsync(more: s => s
            .AddSingleton<IReadiness>(new Check("database", _ => throw new InvalidOperationException("password=hunter2")))
            .AddSingleton<IReadiness>(new Check("silo", _ => new(new ReadinessResult(false, "joining")))));
        using var response = await door.Client.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains("joining", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.Contains(door.Log, l => l.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Not_ready_when_a_check_does_not_answer_in_time()
    {
        var asked = new TaskCompletionSource();
        await using var door = await TestFrontDoor.StartAsync(more: s => s.AddSingleton<IReadiness>(new Check("database", async _ =>
        {
            asked.SetResult();
            await new TaskCompletionSource().Task;
            return default;
        })));
        var answer = door.Client.GetAsync("/health/ready");
        await asked.Task;
        door.Clock.Advance(TimeSpan.FromSeconds(2));
        using var response = await answer;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task Not_ready_as_soon_as_the_host_is_told_to_stop()
    {
        var stopping = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        await using var door = await TestFrontDoor.StartAsync(more: s => s.AddHostedService(_ => new SlowStop(stopping, goOn)));
        var stop = door.App.StopAsync();
        await stopping.Task;
        using var response = await door.Client.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("stopping", (await response.JsonAsync()).GetProperty("status").GetString());
        goOn.SetResult();
        await stop;
    }

    private sealed class Check(string name, Func<CancellationToken, ValueTask<ReadinessResult>> check) : IReadiness
    {
        public string Name => name;

        public ValueTask<ReadinessResult> CheckAsync(CancellationToken ct) => check(ct);
    }

    /// <summary>Holds the host between the word to stop and the closing of its sockets.</summary>
    private sealed class SlowStop(TaskCompletionSource stopping, TaskCompletionSource goOn) : IHostedLifecycleService
    {
        public Task StoppingAsync(CancellationToken cancellationToken)
        {
            stopping.SetResult();
            return goOn.Task;
        }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
