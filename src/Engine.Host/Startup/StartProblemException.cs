namespace Engine.Host.Startup;

/// <summary>The engine cannot start; each problem is one sentence that says what to do. Exit code 2.</summary>
internal sealed class StartProblemException(IReadOnlyList<string> problems) : Exception(string.Join('\n', problems))
{
    public const int ExitCode = 2;

    public IReadOnlyList<string> Problems => problems;
}
