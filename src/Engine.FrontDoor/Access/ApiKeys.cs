using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Engine.Domain.Orders;
using Engine.Domain.Ports;

namespace Engine.FrontDoor.Access;

/// <summary>A key just made.</summary>
/// <param name="Plaintext">Shown once and stored nowhere.</param>
/// <param name="Record">What is stored: no secret, only its hash.</param>
public sealed record NewApiKey(string Plaintext, ApiKeyRecord Record)
{
    public override string ToString() => $"API key {Record.KeyId}";
}

/// <summary>API keys: `eng_KEYID_SECRET`, 12 hex digits that name it and 64 (256 random bits) that prove it. The prefix is for secret scanners.</summary>
public static class ApiKeys
{
    public const string Prefix = "eng_";

    private const int KeyIdLength = 12;
    private const int SecretLength = 64;
    private const int Length = 4 + KeyIdLength + 1 + SecretLength;

    /// <param name="shops">Empty = all shops of the merchant, also later ones.</param>
    /// <param name="scopes">Null = all of <see cref="Scopes.All"/>.</param>
    /// <param name="expiresAt">System time; null = never.</param>
    public static NewApiKey Create(
        MerchantId merchant, ImmutableArray<ShopId> shops = default, ImmutableArray<string>? scopes = null, DateTimeOffset? expiresAt = null)
    {
        if (scopes is { } given && given.FirstOrDefault(s => !Scopes.All.Contains(s)) is { } wrong)
        {
            throw new ArgumentException($"'{wrong}' is no scope; known are {string.Join(", ", Scopes.All)}.", nameof(scopes));
        }

        var keyId = RandomNumberGenerator.GetHexString(KeyIdLength, lowercase: true);
        var plaintext = $"{Prefix}{keyId}_{RandomNumberGenerator.GetHexString(SecretLength, lowercase: true)}";
        return new NewApiKey(plaintext, new ApiKeyRecord(keyId, Hash(plaintext), merchant, shops.IsDefault ? [] : shops, scopes ?? Scopes.All, expiresAt));
    }

    /// <summary>SHA-256 of the whole key. Enough, without salt and stretching: the secret has 256 random bits.</summary>
    internal static byte[] Hash(string plaintext) => SHA256.HashData(Encoding.UTF8.GetBytes(plaintext));

    /// <summary>The key's public part; null when the text is no key of ours.</summary>
    internal static string? KeyIdOf(string text) =>
        text.Length == Length && text.StartsWith(Prefix, StringComparison.Ordinal) && text[Prefix.Length + KeyIdLength] == '_'
        && text.AsSpan(Prefix.Length, KeyIdLength).IndexOfAnyExcept("0123456789abcdef") < 0
            ? text.Substring(Prefix.Length, KeyIdLength)
            : null;
}
