using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Engine.Storage.Secrets;

/// <summary>The key ring's file: `k1:base64 of 32 bytes`, readable by its owner only. Whoever loses it loses tokens, labels and addresses.</summary>
public static class KeyRingFile
{
    private const int AlreadyThere = 17;

    /// <summary>Makes the file with a fresh key, unless there is one: of several hosts that start together, all read the same afterwards.</summary>
    public static void MakeOnce(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var making = $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";
        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            using (var stream = new FileStream(making, how))
            {
                stream.Write(Encoding.ASCII.GetBytes($"k1:{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}\n"));
                stream.Flush(flushToDisk: true);
            }

            Publish(making, path);
        }
        finally
        {
            File.Delete(making);
        }
    }

    /// <summary>The first to arrive wins. Moving does not do on Unix: there it looks first and renames then, and a second one slips in between.</summary>
    private static void Publish(string making, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                File.Move(making, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another host was first.
            }
        }
        else if (Link(making, path) != 0 && Marshal.GetLastPInvokeError() is var error and not AlreadyThere)
        {
            throw new IOException($"The key ring '{path}' cannot be made: {Marshal.GetPInvokeErrorMessage(error)}.");
        }
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true, BestFitMapping = false)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string made);
}
