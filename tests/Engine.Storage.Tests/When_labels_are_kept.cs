using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Storage.Labels;

namespace Engine.Storage.Tests;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class When_labels_are_kept(PostgresFixture postgres) : DatabaseTests(postgres)
{
    private static readonly MerchantId Merchant = new("acme");
    private static readonly ShopId Shop = new("shop-a");
    private static readonly byte[] Label = [.. "%PDF-1.7 Canary Bird, 1 Nest Street"u8, .. new byte[5000]];

    private readonly string folder = Directory.CreateTempSubdirectory("engine-labels-").FullName;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_label_is_read_back_as_it_was_stored(bool inFolder)
    {
        await using var vault = Vault(inFolder);
        var key = await vault.StoreAsync(Merchant, Shop, ParcelId.Of("1", 1), Label, default);
        Assert.Equal(Label, await vault.ReadAsync(Merchant, Shop, key, default));
        Assert.Equal("1.1", await Storage.ScalarAsync<string>("select parcel_id from label_files"));
        Assert.Equal(Label.Length, await Storage.ScalarAsync<int>("select size from label_files"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_same_label_twice_is_one_and_has_one_key(bool inFolder)
    {
        await using var vault = Vault(inFolder);
        var keys = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => vault.StoreAsync(Merchant, Shop, ParcelId.Of("1", 1), Label, default).AsTask()));
        Assert.Single(keys.Distinct());
        Assert.Equal(1L, await Storage.ScalarAsync<long>("select count(*) from label_files"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Many_at_once_are_all_there(bool inFolder)
    {
        await using var vault = Vault(inFolder);
        var labels = Enumerable.Range(0, 200).Select(i => (byte[])[.. Label, (byte)i]).ToList();
        var keys = await Task.WhenAll(labels.Select((l, i) => vault.StoreAsync(Merchant, Shop, ParcelId.Of($"{i}", 1), l, default).AsTask()));
        for (var i = 0; i < labels.Count; i++)
        {
            Assert.Equal(labels[i], await vault.ReadAsync(Merchant, Shop, keys[i], default));
        }
    }

    [Fact]
    public async Task Nothing_of_a_label_can_be_read_in_its_file_or_its_name()
    {
        await using var vault = Vault(inFolder: true);
        await vault.StoreAsync(Merchant, Shop, ParcelId.Of("1", 1), Label, default);
        var file = Assert.Single(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
        Assert.Equal(-1, (await File.ReadAllBytesAsync(file)).AsSpan().IndexOf("Canary"u8));
        Assert.DoesNotContain(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Label)), file, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_label_of_one_shop_is_not_read_as_anothers()
    {
        await using var vault = Vault(inFolder: false);
        var key = await vault.StoreAsync(Merchant, Shop, ParcelId.Of("1", 1), Label, default);
        Assert.Null(await vault.ReadAsync(Merchant, new ShopId("shop-b"), key, default));
    }

    [Fact]
    public async Task A_damaged_file_is_an_error_and_never_handed_out()
    {
        await using var vault = Vault(inFolder: true);
        var key = await vault.StoreAsync(Merchant, Shop, ParcelId.Of("1", 1), Label, default);
        var file = Assert.Single(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
        var content = await File.ReadAllBytesAsync(file);
        content[^1] ^= 1;
        await File.WriteAllBytesAsync(file, content);
        await Assert.ThrowsAsync<VaultUnavailableException>(async () => await vault.ReadAsync(Merchant, Shop, key, default));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_said_and_nothing_is_recorded()
    {
        var file = Path.Combine(folder, "acme");
        await File.WriteAllTextAsync(file, "a file where a folder should be");
        await using var vault = Vault(inFolder: true);
        await Assert.ThrowsAsync<VaultUnavailableException>(async () => await vault.StoreAsync(Merchant, Shop, ParcelId.Of("1", 1), Label, default));
        Assert.Equal(0L, await Storage.ScalarAsync<long>("select count(*) from label_files"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Retention_removes_label_and_record(bool inFolder)
    {
        await using var vault = Vault(inFolder);
        var key = await vault.StoreAsync(Merchant, Shop, ParcelId.Of("1", 1), Label, default);
        await Storage.ExecuteAsync("update label_files set stored_at = stored_at - interval '91 days'");
        var stored = await Storage.ScalarAsync<DateTime>("select clock_timestamp()");
        Assert.Equal(1, await vault.PurgeAsync(new DateTimeOffset(stored).AddDays(-90), 100, default));
        Assert.Null(await vault.ReadAsync(Merchant, Shop, key, default));
        Assert.Equal(0L, await Storage.ScalarAsync<long>("select count(*) from label_files"));
    }

    [Fact]
    public async Task Hosts_that_share_the_folder_prove_it_and_others_are_refused()
    {
        var shared = Path.Combine(folder, "shared");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => VaultMarker.ProveAsync(Storage.Pool, shared, default)));
        await VaultMarker.ProveAsync(Storage.Pool, shared, default);
        var refused = await Assert.ThrowsAsync<VaultFolderException>(() => VaultMarker.ProveAsync(Storage.Pool, Path.Combine(folder, "elsewhere"), default));
        Assert.Contains("is not the one", refused.Message, StringComparison.Ordinal);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private LabelVault Vault(bool inFolder) =>
        inFolder ? LabelVault.InFolder(Storage.Pool, Storage.Keys, folder) : LabelVault.InPostgres(Storage.Pool, Storage.Keys);
}
