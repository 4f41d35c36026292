using System.Security.Cryptography;
using Engine.Domain.Ports;

namespace Engine.Storage.Secrets;

/// <summary>The installation's master keys: the first seals, all open.</summary>
/// <remarks>
/// Text form, one key a line: `id:base64 of 32 bytes`; empty lines and lines with # are skipped. To change the key, put a new line
/// first and keep the old ones until everything is sealed anew.
/// </remarks>
public sealed class KeyRing : ISecretProtector
{
    private readonly SecretBox first;
    private readonly Dictionary<string, SecretBox> all;

    private KeyRing(SecretBox first, Dictionary<string, SecretBox> all)
    {
        this.first = first;
        this.all = all;
    }

    /// <summary>Id of the key that seals.</summary>
    public string CurrentKeyId => first.Id;

    /// <exception cref="FormatException">What is wrong, in which line; never the key.</exception>
    public static KeyRing Parse(string text)
    {
        SecretBox? first = null;
        var all = new Dictionary<string, SecretBox>(StringComparer.Ordinal);
        var number = 0;
        foreach (var raw in text.Split('\n', ',', ';'))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var cut = line.IndexOf(':');
            var key = new byte[33];
            if (cut < 1 || !Convert.TryFromBase64String(line[(cut + 1)..].Trim(), key, out var length) || length != 32)
            {
                throw new FormatException($"Line {number} of the key ring is not 'id:base64 of 32 bytes'; make one with: echo \"k1:$(openssl rand -base64 32)\".");
            }

            var box = new SecretBox(line[..cut].Trim(), key.AsSpan(0, 32));
            CryptographicOperations.ZeroMemory(key);
            if (!all.TryAdd(box.Id, box))
            {
                throw new FormatException($"The key ring has the key '{box.Id}' twice: remove one.");
            }

            first ??= box;
        }

        return new KeyRing(first ?? throw new FormatException("The key ring holds no key: add a line 'id:base64 of 32 bytes'."), all);
    }

    /// <summary>Reads the file; where it is absent and <paramref name="make"/> is set, makes one with a fresh key (mode 0600).</summary>
    /// <exception cref="FormatException">See <see cref="Parse"/>.</exception>
    /// <exception cref="FileNotFoundException">Absent and not to be made.</exception>
    public static async Task<KeyRing> FromFileAsync(string path, bool make, CancellationToken ct)
    {
        if (!File.Exists(path))
        {
            if (!make)
            {
                throw new FileNotFoundException($"The key ring '{path}' does not exist: put it back, or make one with: (umask 077; echo \"k1:$(openssl rand -base64 32)\" > {path}).", path);
            }

            KeyRingFile.MakeOnce(path);
        }

        return Parse(await File.ReadAllTextAsync(path, ct).ConfigureAwait(false));
    }

    public byte[] Protect(ReadOnlySpan<byte> secret, string purpose) => first.Protect(secret, purpose);

    public byte[] Unprotect(ReadOnlySpan<byte> ciphertext, string purpose)
    {
        var id = SecretBox.KeyIdOf(ciphertext);
        return all.TryGetValue(id, out var box)
            ? box.Unprotect(ciphertext, purpose)
            : throw new CryptographicException($"Sealed under the key '{id}', which is not in the key ring: add it again.");
    }
}
