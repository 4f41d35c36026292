using Engine.Contracts;
using Orleans.Runtime;

namespace Engine.FrontDoor.Wire;

/// <summary>Calls to a grain whose host is just leaving or was lost: the caller at the front door need not notice, it is asked again where it lives now.</summary>
internal static class MovingGrains
{
    private const int TriesMax = 6;
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(50);

    /// <summary>A question, or something that may be done twice: whatever became of the try before, it may be asked again.</summary>
    public static Task<T> AskAsync<T>(TimeProvider system, Func<Task<T>> question) =>
        AgainAsync(system, question, e => e.IsLossOfHost() || e is OperationCanceledException);

    /// <summary>Something to be done: only asked again where the message was turned away undelivered; a connection lost on the way leaves the outcome unknown.</summary>
    public static Task<T> TellAsync<T>(TimeProvider system, Func<Task<T>> command) => AgainAsync(system, command, e => e is OrleansMessageRejectionException);

    private static Task<T> AgainAsync<T>(TimeProvider system, Func<Task<T>> call, Func<Exception, bool> again) =>
        LossOfHost.AskAgainAsync(system, TriesMax, tries => PauseMin * Math.Pow(2, tries - 1), again, call);
}
