using System.Text;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>The file behind a document's link is cut short, far too large (50 MB unless told otherwise), no PDF, or gone (403).</summary>
public sealed class SpoiledDocument(FaultPlan plan, string kind) : Fault(plan), IStorageFault
{
    private static readonly byte[] Page = Encoding.UTF8.GetBytes("<!DOCTYPE html><html><body>This page is being prepared.</body></html>");

    public StoredFile? Spoil(CallFaults call, Func<byte[]> file)
    {
        if (!Plan.Strikes(call, out var hit))
        {
            return null;
        }

        switch (kind)
        {
            case "document-corrupt":
                var whole = file();
                return new StoredFile(200, "application/pdf", whole[..(int)Plan.Between(hit, "cut", 1, whole.Length * 9 / 10)]);
            case "document-oversized":
                var body = file();
                return new StoredFile(200, "application/pdf", body, Math.Max(0, (Plan.Request.SizeBytes ?? 50_000_000) - body.Length));
            case "document-wrong-type":
                return new StoredFile(200, "text/html", Page);
            default:
                return new StoredFile(403, "application/octet-stream", []);
        }
    }
}
