namespace Engine.Host.Clock;

/// <summary>How scaled business time follows from system time: business = <see cref="Business"/> + (system - <see cref="System"/>) * speed.</summary>
/// <param name="Running">False: the clock stands at <see cref="Business"/> (the sandbox was not started yet).</param>
public sealed record ClockAnchors(DateTimeOffset System, DateTimeOffset Business, double Speed, bool Running)
{
    public DateTimeOffset BusinessAt(DateTimeOffset system) =>
        Running ? Business + TimeSpan.FromTicks((long)((system - System).Ticks * Speed)) : Business;
}
