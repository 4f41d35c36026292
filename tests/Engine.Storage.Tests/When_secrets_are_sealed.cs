using System.Security.Cryptography;
using Engine.Domain.Orders;
using Engine.Storage.Secrets;
using Engine.Testing.Postgres;

namespace Engine.Storage.Tests;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class When_secrets_are_sealed(PostgresFixture postgres) : DatabaseTests(postgres)
{
    private static readonly string One = "k1:" + Convert.ToBase64String(Enumerable.Repeat((byte)1, 32).ToArray());
    private static readonly string Two = "k2:" + Convert.ToBase64String(Enumerable.Repeat((byte)2, 32).ToArray());

    [Fact]
    public void A_secret_comes_back_under_its_purpose_only()
    {
        var ring = KeyRing.Parse(One);
        var sealedSecret = ring.Protect("token"u8, "shops/a/token");
        Assert.Equal("token"u8.ToArray(), ring.Unprotect(sealedSecret, "shops/a/token"));
        Assert.ThrowsAny<CryptographicException>(() => ring.Unprotect(sealedSecret, "shops/b/token"));
        for (var i = 0; i < sealedSecret.Length; i++)
        {
            var changed = (byte[])sealedSecret.Clone();
            changed[i] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => ring.Unprotect(changed, "shops/a/token"));
        }
    }

    [Fact]
    public void The_same_secret_is_sealed_differently_every_time()
    {
        var ring = KeyRing.Parse(One);
        Assert.NotEqual(ring.Protect("token"u8, "p"), ring.Protect("token"u8, "p"));
    }

    [Fact]
    public void The_first_key_seals_and_all_open()
    {
        var old = KeyRing.Parse(One).Protect("token"u8, "p");
        var both = KeyRing.Parse($"# the new one first\n{Two}\n{One}\n");
        Assert.Equal("token"u8.ToArray(), both.Unprotect(old, "p"));
        Assert.Equal("k2", both.CurrentKeyId);
        var missing = Assert.ThrowsAny<CryptographicException>(() => KeyRing.Parse(Two).Unprotect(old, "p"));
        Assert.Contains("'k1'", missing.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "no key")]
    [InlineData("k1:short", "Line 1")]
    [InlineData("# only a comment\nsecret-without-id", "Line 2")]
    public void A_bad_ring_is_refused_without_repeating_it(string text, string problem)
    {
        var refused = Assert.Throws<FormatException>(() => KeyRing.Parse(text));
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-without-id", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("short", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ring_file_is_made_once_by_many_who_start_together()
    {
        var folder = Directory.CreateTempSubdirectory("engine-ring-").FullName;
        var file = Path.Combine(folder, "keys");
        for (var round = 0; round < 50; round++)
        {
            var rings = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => KeyRing.FromFileAsync(file, make: true, default))));
            var sealedSecret = rings[0].Protect("token"u8, "p");
            Assert.All(rings, r => Assert.Equal("token"u8.ToArray(), r.Unprotect(sealedSecret, "p")));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Equal([file], Directory.GetFiles(folder));
            File.Delete(file);
        }

        Directory.Delete(folder, recursive: true);
        await Assert.ThrowsAsync<FileNotFoundException>(() => KeyRing.FromFileAsync(file, make: false, default));
    }

    [Fact]
    public async Task A_shop_has_one_data_key_whoever_asks_first()
    {
        await using var other = new TestStorage(ConnectionString);
        var shop = new ShopId("shop-a");
        var boxes = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => (i % 2 == 0 ? Storage : other).Keys.GetAsync(new MerchantId("acme"), shop, default).AsTask()));
        var sealedSecret = boxes[0].Protect("x"u8, "p");
        Assert.All(boxes, b => Assert.Equal("x"u8.ToArray(), b.Unprotect(sealedSecret, "p")));
        Assert.Equal(1L, await Storage.ScalarAsync<long>("select count(*) from shop_keys"));
    }

    [Fact]
    public async Task Data_keys_are_wrapped_anew_under_a_new_master_key()
    {
        var shop = new ShopId("shop-a");
        var sealedSecret = (await new ShopDataKeys(Storage.Pool, KeyRing.Parse(One)).GetAsync(new MerchantId("acme"), shop, default)).Protect("x"u8, "p");
        Assert.Equal(1, await new ShopDataKeys(Storage.Pool, KeyRing.Parse($"{Two}\n{One}")).RewrapAsync(default));
        var box = await new ShopDataKeys(Storage.Pool, KeyRing.Parse(Two)).FindAsync(shop, default);
        Assert.Equal("x"u8.ToArray(), box!.Unprotect(sealedSecret, "p"));
    }
}
