using System.Security.Cryptography;

namespace Engine.Host.Configuration;

/// <summary>The key ring's file: `k1:base64 of 32 bytes`, readable by its owner only. Whoever loses it loses tokens, labels and addresses.</summary>
internal static class MasterKeyFile
{
    public static string ReadOrMake(string file)
    {
        if (File.Exists(file))
        {
            return File.ReadAllText(file).Trim();
        }

        // Made beside and linked into place, so that of two hosts that start together both read the same key.
        var making = $"{file}.{Environment.ProcessId}-{Guid.NewGuid():n}";
        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(making, how))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes("k1:" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)) + "\n"));
            stream.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(making, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(making);
        }

        return File.ReadAllText(file).Trim();
    }
}
