using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Engine.Host.Demo;
using Engine.Host.Demo.Recovery;
using Engine.Host.Startup;

namespace Engine.Host.Commands;

/// <summary>`demo`: what `deploy/up.sh` runs. Private PostgreSQL, sandbox and hosts, orders streaming in, progress, and a summary at the end.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var orders = new Option<int>("--orders") { Description = "Orders to place.", DefaultValueFactory = _ => 2000 };
        var shops = new Option<int>("--shops") { Description = "Shops that sell.", DefaultValueFactory = _ => 4 };
        var speed = new Option<string>("--speed") { Description = "Business seconds per second, or max: time is stepped.", DefaultValueFactory = _ => "60" };
        var replay = new Option<FileInfo?>("--replay") { Description = "Real orders (CSV) instead of generated ones." };
        var untilDone = new Option<bool>("--until-done") { Description = "End when every order is accounted for; else run until Ctrl-C." };
        var stay = new Option<bool>("--stay") { Description = "After the summary leave everything running until Ctrl-C." };
        var timeout = new Option<double?>("--timeout") { Description = "Seconds after which an unfinished run fails." };
        var json = new Option<FileInfo?>("--json") { Description = "Write the summary here." };
        var seed = new Option<ulong>("--seed") { Description = "Seed of every draw.", DefaultValueFactory = _ => 1UL };
        var data = new Option<DirectoryInfo?>("--data") { Description = "Folder of the run; emptied." };
        var hosts = new Option<int>("--hosts") { Description = "Engine processes.", DefaultValueFactory = _ => 1 };
        var killHost = new Option<int>("--kill-host") { Description = "SIGKILLs of a host at random moments." };
        var chaos = new Option<double?>("--chaos") { Description = "For so many seconds put everything through a schedule drawn from the seed: kills, freezes, crashes, full disk, network cuts, marketplace faults." };
        var killAfterSale = new Option<int?>("--kill-after-sale") { Description = "SIGKILL the first host after the sandbox sold this label and before it answers." };
        var killBeforeSale = new Option<int?>("--kill-before-sale") { Description = "SIGKILL the first host when this purchase has arrived, and never execute it." };
        var killPoint = new Option<string?>("--kill-point") { Description = "Hosts SIGKILL themselves at these points of a purchase, each once: P0,P1,P4:2 (see ENGINE_KILL_POINT)." };
        var freezePoints = new Option<string?>("--freeze-points") { Description = "One host SIGSTOPs itself once an order stands at each of these points." };
        var freezeFor = new Option<double>("--freeze-for") { Description = "Seconds after which a frozen host is woken.", DefaultValueFactory = _ => 15 };
        var rate = new Option<double?>("--rate") { Description = "Open loop: so many orders per second, without hold and without limits (for load tests; takes --speed 1)." };
        var ramp = new Option<double>("--ramp") { Description = "Seconds in which --rate rises evenly from nothing." };
        var recovery = new Option<string?>("--recovery") { Description = $"With --rate: strike the hosts phase by phase and measure how long work stands still ({RecoveryPlan.Known}; kill-one:20 lasts 20 s). Sets --orders." };
        var latencies = new Option<FileInfo?>("--latencies") { Description = "Write here, an order a line, the Unix milliseconds at which it became shippable and those from then to its label stored." };
        var cancelRequests = new Option<bool>("--cancel-requests") { Description = "Part of the default scenario by now; kept for scripts that name it." };
        var sellerShipped = new Option<bool>("--seller-shipped") { Description = "Some orders are shipped by the seller; they wait for a tracking number." };
        var port = new Option<int>("--port") { Description = "HTTP port of the first host.", DefaultValueFactory = _ => 8080 };
        var sandboxPort = new Option<int>("--sandbox-port") { Description = "HTTP port of the sandbox.", DefaultValueFactory = _ => 8090 };
        var sandbox = new Option<FileInfo?>("--sandbox-program") { Description = "The built sandbox; default: beside this program." };
        var command = new Command("demo", "The whole way of an order against the sandbox: what deploy/up.sh runs")
        {
            orders, shops, speed, replay, untilDone, stay, timeout, json, seed, data, hosts, killHost, chaos, killAfterSale, killBeforeSale, killPoint, freezePoints, freezeFor, rate, ramp, recovery, latencies, cancelRequests, sellerShipped, port, sandboxPort, sandbox,
        };
        Bound(1, int.MaxValue, orders, shops, hosts);
        Bound(0, int.MaxValue, killHost);
        Bound(1, ushort.MaxValue, port, sandboxPort);
        command.SetAction((parsed, ct) => Start.ReportAsync(async () =>
        {
            var phases = PhasesOf(parsed.GetValue(recovery), parsed.GetValue(rate));
            var options = new DemoOptions
            {
                Orders = phases is null ? parsed.GetValue(orders) : RecoveryPlan.OrdersFor(phases, parsed.GetValue(rate)!.Value, TimeSpan.FromSeconds(parsed.GetValue(ramp))),
                Recovery = phases,
                Shops = parsed.GetValue(shops),
                Speed = parsed.GetValue(rate) is null ? SpeedOf(parsed.GetValue(speed)!) : 1,
                Replay = Existing(parsed.GetValue(replay)),
                UntilDone = parsed.GetValue(untilDone),
                Stay = parsed.GetValue(stay),
                Timeout = parsed.GetValue(timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                Json = parsed.GetValue(json),
                Seed = parsed.GetValue(seed),
                DataFolder = parsed.GetValue(data)?.FullName ?? Path.Combine(Path.GetTempPath(), $"engine-demo-{Environment.UserName}"),
                Hosts = parsed.GetValue(hosts),
                KillHost = parsed.GetValue(killHost),
                Chaos = parsed.GetValue(chaos) is { } length ? TimeSpan.FromSeconds(length) : null,
                KillAfterSale = parsed.GetValue(killAfterSale),
                KillBeforeSale = parsed.GetValue(killBeforeSale),
                KillPoints = parsed.GetValue(killPoint),
                FreezePoints = parsed.GetValue(freezePoints),
                FreezeFor = TimeSpan.FromSeconds(parsed.GetValue(freezeFor)),
                Rate = parsed.GetValue(rate),
                Ramp = TimeSpan.FromSeconds(parsed.GetValue(ramp)),
                Latencies = parsed.GetValue(latencies),
                SellerShipped = parsed.GetValue(sellerShipped),
                HttpPort = parsed.GetValue(port),
                SandboxPort = parsed.GetValue(sandboxPort),
                SandboxProgram = parsed.GetValue(sandbox)?.FullName ?? SandboxBeside(),
            };
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, stop));
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, stop));
            try
            {
                return await new DemoRun(options).RunAsync(stop.Token);
            }
            catch (Exception e) when (e is HttpRequestException or InvalidOperationException)
            {
                await Console.Error.WriteLineAsync($"The run broke off: {e.Message}\nLogs: {Path.Combine(options.DataFolder, "logs")}");
                return 1;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                await Console.Error.WriteLineAsync("Told to stop before the orders began.");
                return 1;
            }
        }));
        return command;
    }

    /// <summary>A number outside is said at once, with every other, before anything starts.</summary>
    private static void Bound(int least, int most, params ReadOnlySpan<Option<int>> options)
    {
        foreach (var option in options)
        {
            option.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<int>() is var given && (given < least || given > most))
                {
                    result.AddError($"{option.Name} is {given}: give a number from {least}{(most == int.MaxValue ? " on" : $" to {most}")}.");
                }
            });
        }
    }

    private static void Stop(PosixSignalContext context, CancellationTokenSource stop)
    {
        context.Cancel = true;
        stop.Cancel();
    }

    private static double? SpeedOf(string text) => text == "max"
        ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var speed) && speed > 0 && double.IsFinite(speed)
            ? speed
            : throw new StartProblemException([$"--speed is '{text}': give business seconds per second, such as 600, or max."]);

    private static IReadOnlyList<RecoveryPhase>? PhasesOf(string? text, double? rate)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            return rate is null ? throw new StartProblemException(["--recovery needs --rate: orders must come all the while."]) : RecoveryPlan.Parse(text);
        }
        catch (FormatException e)
        {
            throw new StartProblemException([$"--recovery is '{text}': {e.Message}"]);
        }
    }

    private static FileInfo? Existing(FileInfo? file) => file is null or { Exists: true }
        ? file
        : throw new StartProblemException([$"--replay names '{file}', which does not exist: give the CSV file of the orders."]);

    /// <summary>Where the build puts it, seen from this program's own folder.</summary>
    private static string SandboxBeside()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(own.FullName.Replace("Engine.Host", "Engine.Sandbox", StringComparison.Ordinal), "Engine.Sandbox");
        return File.Exists(program)
            ? program
            : throw new StartProblemException([$"The sandbox is not built: expected '{program}'. Build the solution, or name it with --sandbox-program."]);
    }
}
