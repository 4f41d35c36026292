using Engine.Storage.Secrets;

namespace Engine.Host.Configuration;

internal static class MasterKeyFile
{
    /// <summary>The text of the key ring; made at the first start.</summary>
    public static string ReadOrMake(string file)
    {
        if (!File.Exists(file))
        {
            KeyRingFile.MakeOnce(file);
        }

        return File.ReadAllText(file).Trim();
    }
}
