using System.ComponentModel;
using System.Diagnostics;

namespace Engine.Sandbox.Faults.Kinds;

internal static class HostKill
{
    /// <returns>False when there is no such process any more: what a fault was about to strike was dead already, and the sandbox itself must not stumble over it.</returns>
    public static bool Try(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
            return true;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return false;
        }
    }
}
