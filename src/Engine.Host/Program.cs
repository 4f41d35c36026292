using System.CommandLine;
using Engine.Host.Commands;

var engine = new RootCommand("Engine: takes TikTok Shop orders at peak volume and gets every one labelled, handed over and scanned in time. Without a command it runs.")
{
    VerifyCommand.Create(),
    KeysCommand.Create(),
    DoctorCommand.Create(),
    HealthcheckCommand.Create(),
    DemoCommand.Create(),
};
engine.SetAction((_, ct) => RunCommand.RunAsync(ct));

// The host ends by its own shutdown, which is longer than the two seconds that the command line would give it.
return await engine.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
