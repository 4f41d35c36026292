using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Engine.Storage.Secrets;

/// <summary>One AES-256-GCM key and its id. Sealed form: format 1, length and bytes of the key id, 12 bytes nonce, 16 bytes tag, ciphertext.</summary>
/// <remarks>Header and purpose are associated data. The nonce is random: one key must seal fewer than 2^32 secrets.</remarks>
public sealed class SecretBox : IDisposable
{
    private const byte Format = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <summary>Holds one native cipher context: two threads in it at once make ciphertexts that nobody can open. Locked for each use.</summary>
    private readonly AesGcm aes;
    private readonly byte[] header;
    private readonly byte[] namingKey;

    /// <param name="id">1 to 64 characters of ASCII; readable in every ciphertext.</param>
    /// <param name="key">32 bytes.</param>
    public SecretBox(string id, ReadOnlySpan<byte> key)
    {
        if (id.Length is < 1 or > 64 || !Ascii.IsValid(id))
        {
            throw new ArgumentException("A key id has 1 to 64 ASCII characters.", nameof(id));
        }

        if (key.Length != 32)
        {
            throw new ArgumentException($"The key '{id}' has {key.Length} bytes; AES-256 needs 32.", nameof(key));
        }

        Id = id;
        aes = new AesGcm(key, TagBytes);
        header = [Format, (byte)id.Length, .. Encoding.ASCII.GetBytes(id)];
        namingKey = HMACSHA256.HashData(key, "naming"u8);
    }

    public string Id { get; }

    public byte[] Protect(ReadOnlySpan<byte> secret, string purpose)
    {
        var sealedSecret = new byte[header.Length + NonceBytes + TagBytes + secret.Length];
        header.CopyTo(sealedSecret, 0);
        var nonce = sealedSecret.AsSpan(header.Length, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        var tag = sealedSecret.AsSpan(header.Length + NonceBytes, TagBytes);
        var associated = Associated(purpose);
        lock (aes)
        {
            aes.Encrypt(nonce, secret, sealedSecret.AsSpan(header.Length + NonceBytes + TagBytes), tag, associated);
        }

        return sealedSecret;
    }

    /// <exception cref="CryptographicException">Other key, other purpose, or changed.</exception>
    public byte[] Unprotect(ReadOnlySpan<byte> sealedSecret, string purpose)
    {
        if (sealedSecret.Length < header.Length + NonceBytes + TagBytes || !sealedSecret[..header.Length].SequenceEqual(header))
        {
            throw new CryptographicException($"Not sealed under the key '{Id}'.");
        }

        var nonce = sealedSecret.Slice(header.Length, NonceBytes);
        var tag = sealedSecret.Slice(header.Length + NonceBytes, TagBytes);
        var secret = new byte[sealedSecret.Length - header.Length - NonceBytes - TagBytes];
        var associated = Associated(purpose);
        lock (aes)
        {
            aes.Decrypt(nonce, sealedSecret[(header.Length + NonceBytes + TagBytes)..], tag, secret, associated);
        }

        return secret;
    }

    /// <summary>A name for a content that tells nothing about it without the key: HMAC-SHA256, hex.</summary>
    public string NameOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(HMACSHA256.HashData(namingKey, content));

    public void Dispose() => aes.Dispose();

    /// <summary>The id of the key under which something was sealed.</summary>
    public static string KeyIdOf(ReadOnlySpan<byte> sealedSecret) =>
        sealedSecret.Length >= 2 && sealedSecret[0] == Format && sealedSecret.Length >= 2 + sealedSecret[1]
            ? Encoding.ASCII.GetString(sealedSecret.Slice(2, sealedSecret[1]))
            : throw new CryptographicException("Not a sealed secret of a known format.");

    private byte[] Associated(string purpose)
    {
        // Length first: header and purpose cannot be cut differently.
        var associated = new byte[4 + header.Length + Encoding.UTF8.GetByteCount(purpose)];
        BinaryPrimitives.WriteInt32BigEndian(associated, header.Length);
        header.CopyTo(associated, 4);
        Encoding.UTF8.GetBytes(purpose, associated.AsSpan(4 + header.Length));
        return associated;
    }
}
