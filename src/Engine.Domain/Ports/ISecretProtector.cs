using Engine.Domain.Orders;

namespace Engine.Domain.Ports;

/// <summary>AES-256-GCM under the installation's key ring (first key encrypts, all decrypt).</summary>
public interface ISecretProtector
{
    /// <param name="purpose">What and where it is (table, row, column); bound into the ciphertext, so that one cannot be moved to another place.</param>
    byte[] Protect(ReadOnlySpan<byte> secret, string purpose);

    /// <exception cref="System.Security.Cryptography.CryptographicException">Wrong key, purpose or content.</exception>
    byte[] Unprotect(ReadOnlySpan<byte> ciphertext, string purpose);
}
