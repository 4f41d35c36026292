using Orleans.Runtime;

namespace Engine.Contracts;

/// <summary>Calls to a grain whose host is just leaving or was lost. By the next try the grain may live elsewhere.</summary>
public static class LossOfHost
{
    /// <summary>The call failed because the host of the grain was lost, which says nothing about whether it took effect.</summary>
    public static bool IsLossOfHost(this Exception e) => e is SiloUnavailableException or OrleansMessageRejectionException;

    /// <summary>Asks, and asks again after a failure that <paramref name="again"/> allows; the last one is thrown.</summary>
    /// <param name="system">The clock of the pauses: system time.</param>
    /// <param name="triesMax">Calls at most, 1 or more.</param>
    /// <param name="pause">How long to wait after so many failed tries; system time.</param>
    /// <param name="again">Whether the call may be made once more after this; for a call that must not take effect twice, only what proves that it had none.</param>
    /// <param name="call">The call.</param>
    public static async Task<T> AskAgainAsync<T>(TimeProvider system, int triesMax, Func<int, TimeSpan> pause, Func<Exception, bool> again, Func<Task<T>> call)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await call();
            }
            catch (Exception e) when (tries < triesMax && again(e))
            {
                await Task.Delay(pause(tries), system);
            }
        }
    }
}
