using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Engine.Sandbox.Faults;
using Engine.Sandbox.Fulfillment;
using Engine.Sandbox.Http;

namespace Engine.Sandbox.Documents;

/// <summary>
/// The storage host of label files. A URL needs no token and no request signature, names its end (24 h of business time after it
/// was given out) and carries a seal, so that neither file nor end can be guessed.
/// </summary>
public sealed class LabelStorage(Marketplace market)
{
    public const string PathPrefix = "/label-storage/";
    private static readonly byte[] Spaces = [.. Enumerable.Repeat((byte)' ', 64 * 1024)];
    private const long LifeSeconds = 24 * 3600;
    private readonly byte[] _sealKey = SHA256.HashData(Encoding.UTF8.GetBytes("label-storage/" + market.Options.Seed.ToString(CultureInfo.InvariantCulture)));

    public string Url(HttpRequest request, Package package, string type, string size)
    {
        var expires = (market.Clock.NowSeconds + LifeSeconds).ToString(CultureInfo.InvariantCulture);
        return $"{request.Scheme}://{request.Host}{PathPrefix}{package.Id}/{type}/{size}?x-expires={expires}&x-seal={Seal(package.Id, type, size, expires)}";
    }

    /// <summary>Answers the file; 403 when the URL is expired or was changed, 404 when there is no such package.</summary>
    public async Task<int> ServeAsync(ApiCall call)
    {
        var http = call.Http;
        var parts = http.Request.Path.Value![PathPrefix.Length..].Split('/');
        var query = Http.QueryString.Parse(http.Request.QueryString.Value);
        var (expires, seal) = (query["x-expires"] ?? "", query["x-seal"] ?? "");
        if (parts.Length != 3 || !HttpMethods.IsGet(http.Request.Method)
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Seal(parts[0], parts[1], parts[2], expires)), Encoding.UTF8.GetBytes(seal)))
        {
            return Refuse(http, 403);
        }

        if (!long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var end) || market.Clock.NowSeconds >= end)
        {
            return Refuse(http, 403);
        }

        if (!market.Packages.TryGetValue(parts[0], out var package))
        {
            return Refuse(http, 404);
        }

        byte[] Whole() => LabelDocument.Create(package, parts[1], parts[2]);
        var file = market.Faults.Spoil(call, package.Id, Whole) ?? new StoredFile(200, "application/pdf", Whole());
        http.Response.StatusCode = file.Status;
        http.Response.ContentType = file.ContentType;
        http.Response.ContentLength = file.Body.Length + file.Padding;
        await http.Response.Body.WriteAsync(file.Body, http.RequestAborted).ConfigureAwait(false);
        for (var left = file.Padding; left > 0; left -= Spaces.Length)
        {
            await http.Response.Body.WriteAsync(Spaces.AsMemory(0, (int)Math.Min(left, Spaces.Length)), http.RequestAborted).ConfigureAwait(false);
        }

        return file.Status;
    }

    private string Seal(string packageId, string type, string size, string expires) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_sealKey, Encoding.UTF8.GetBytes($"{packageId}/{type}/{size}/{expires}")));

    private static int Refuse(HttpContext http, int status)
    {
        http.Response.StatusCode = status;
        http.Response.ContentLength = 0;
        return status;
    }
}
