using Engine.Storage.Secrets;

namespace Engine.Storage.Tests;

public sealed class SecretBoxConcurrencyTests
{
    [Fact]
    public async Task What_many_threads_seal_at_once_can_all_be_opened()
    {
        using var box = new SecretBox("k", new byte[32]);
        var secret = new byte[4096];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(t => Task.Run(() =>
        {
            for (var i = 0; i < 5000; i++)
            {
                Assert.Equal(secret, box.Unprotect(box.Protect(secret, $"{t}/{i}"), $"{t}/{i}"));
            }
        })));
    }
}
