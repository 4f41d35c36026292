using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Storage.Labels;
using Microsoft.Extensions.Time.Testing;

namespace Engine.Storage.Tests;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class When_labels_are_kept(PostgresFixture postgres) : DatabaseTests(postgres)
{
    private static readonly MerchantId Merchant = new("acme");
    private static readonly ShopId Shop = new("shop-a");
    private static readonly byte[] Label = [.. "%PDF-1.7 Canary Bird, 1 Nest Street"u8, .. new byte[5000]];

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 11, 23, 5, 40, 0, TimeSpan.Zero));
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

        Assert.InRange(Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Length, 0, labels.Count / 4);
    }

    [Fact]
    public async Task A_label_that_an_older_build_put_into_a_file_of_its_own_is_read_and_removed()
    {
        await using var vault = Vault(inFolder: true);
        var key = await vault.StoreAsync(Merchant, Shop, ParcelId.Of("1", 1), Label, default);
        var home = Directory.CreateDirectory(Path.Combine(folder, Merchant.Value, Shop.Value, key[..2])).FullName;
        var own = Path.Combine(home, key);
        File.Move(Assert.Single(Directory.GetFiles(folder, "*", SearchOption.AllDirectories)), own);
        await Storage.ExecuteAsync("update label_files set pack = null, position = null, length = null, stored_at = '2026-11-23T05:40Z'");

        Assert.Equal(Label, await vault.ReadAsync(Merchant, Shop, key, default));
        Assert.Equal(1, await vault.PurgeAsync(clock.GetUtcNow().AddMinutes(1), 100, default));
        Assert.False(File.Exists(own));
    }

    [Fact]
    public async Task A_shared_file_goes_with_the_last_of_its_labels()
    {
        await using var vault = Vault(inFolder: true);
        var labels = Enumerable.Range(0, 40).Select(i => (byte[])[.. Label, (byte)i]).ToList();
        var keys = await Task.WhenAll(labels.Select((l, i) => vault.StoreAsync(Merchant, Shop, ParcelId.Of($"{i}", 1), l, default).AsTask()));
        await Storage.ExecuteAsync("update label_files set stored_at = '2026-11-23T05:40Z'");
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Length;
        Assert.InRange(files, 1, labels.Count - 1);
        var later = clock.GetUtcNow().AddHours(1);

        Assert.Equal(labels.Count - 1, await vault.PurgeAsync(later, labels.Count - 1, default));
        var last = await Storage.ScalarAsync<string>("select label_key from label_files");
        Assert.Equal(labels[Array.IndexOf(keys, last)], await vault.ReadAsync(Merchant, Shop, last!, default));
        Assert.Single(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));

        Assert.Equal(1, await vault.PurgeAsync(later, 100, default));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public async Task A_file_whose_writer_died_before_it_recorded_the_labels_is_swept_when_it_is_old_and_only_then()
    {
        await using var vault = Vault(inFolder: true);
        await vault.StoreAsync(Merchant, Shop, ParcelId.Of("1", 1), Label, default);
        await Storage.ExecuteAsync("delete from label_files");

        await vault.PurgeAsync(clock.GetUtcNow().AddMinutes(19), 100, default);
        Assert.Single(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
        await vault.PurgeAsync(clock.GetUtcNow().AddMinutes(21), 100, default);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public async Task A_folder_that_somebody_removed_is_made_again()
    {
        await using var vault = Vault(inFolder: true);
        await vault.StoreAsync(Merchant, Shop, ParcelId.Of("1", 1), Label, default);
        Directory.Delete(Assert.Single(Directory.GetDirectories(folder)), recursive: true);
        byte[] other = [.. Label, 1];
        await Assert.ThrowsAsync<VaultUnavailableException>(async () => await vault.StoreAsync(Merchant, Shop, ParcelId.Of("2", 1), other, default));

        var key = await vault.StoreAsync(Merchant, Shop, ParcelId.Of("2", 1), other, default);
        Assert.Equal(other, await vault.ReadAsync(Merchant, Shop, key, default));
    }

    [Fact]
    public async Task A_file_that_was_cut_off_is_an_error()
    {
        await using var vault = Vault(inFolder: true);
        var key = await vault.StoreAsync(Merchant, Shop, ParcelId.Of("1", 1), Label, default);
        var file = Assert.Single(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
        await using (var stream = File.OpenWrite(file))
        {
            stream.SetLength(100);
        }

        await Assert.ThrowsAsync<VaultUnavailableException>(async () => await vault.ReadAsync(Merchant, Shop, key, default));
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
        var file = Path.Combine(folder, "20261123T05");
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
        clock.SetUtcNow(await NowAsync());
        var key = await vault.StoreAsync(Merchant, Shop, ParcelId.Of("1", 1), Label, default);
        await Storage.ExecuteAsync("update label_files set stored_at = stored_at - interval '91 days'");
        Assert.Equal(1, await vault.PurgeAsync((await NowAsync()).AddDays(-90), 100, default));
        Assert.Null(await vault.ReadAsync(Merchant, Shop, key, default));
        Assert.Equal(0L, await Storage.ScalarAsync<long>("select count(*) from label_files"));

        async Task<DateTimeOffset> NowAsync() => new(await Storage.ScalarAsync<DateTime>("select clock_timestamp()"));
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
        inFolder ? LabelVault.InFolder(Storage.Pool, Storage.Keys, folder, clock) : LabelVault.InPostgres(Storage.Pool, Storage.Keys);
}
