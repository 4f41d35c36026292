using System.Globalization;
using Engine.Sandbox.Fulfillment;

namespace Engine.Sandbox.Documents;

/// <summary>The files that a package has: shipping label and packing slip, A6 or A5. The label carries the address in clear: it is what the carrier needs.</summary>
public static class LabelDocument
{
    private static readonly (double Width, double Height) A6 = (297.64, 419.53);
    private static readonly (double Width, double Height) A5 = (419.53, 595.28);

    public static byte[] Create(Package package, string type, string size)
    {
        var (width, height) = size == "A5" ? A5 : A6;
        return type switch
        {
            "PACKING_SLIP" => PdfPage.File(Slip(package, width, height)),
            "SHIPPING_LABEL_AND_PACKING_SLIP" => PdfPage.File(Label(package, width, height), Slip(package, width, height)),
            _ => PdfPage.File(Label(package, width, height)),
        };
    }

    private static PdfPage Label(Package package, double width, double height)
    {
        const double margin = 14;
        var buyer = package.Orders[0].Buyer;
        var page = new PdfPage(width, height)
            .Text(margin, height - 34, 20, package.Carrier.Name, bold: true)
            .Text(margin, height - 50, 9, package.Service?.Name ?? "")
            .Text(width - 90, height - 34, 9, string.Create(CultureInfo.InvariantCulture, $"{package.Weight.Value} {package.Weight.Unit}"))
            .Box(margin, height - 58, width - (2 * margin), 1).Fill()
            .Text(margin, height - 72, 7, "FROM")
            .Text(margin, height - 82, 8, package.Shop.Name)
            .Text(margin, height - 92, 8, "1 Example Way, Reno, NV 89502")
            .Text(margin, height - 116, 7, "SHIP TO")
            .Text(margin, height - 132, 13, buyer.Name, bold: true)
            .Text(margin, height - 148, 12, buyer.AddressLine1)
            .Text(margin, height - 163, 12, buyer.AddressLine2.Length > 0 ? buyer.AddressLine2 : $"{buyer.City}, {buyer.StateCode} {buyer.PostalCode}")
            .Text(margin, height - 178, 12, buyer.AddressLine2.Length > 0 ? $"{buyer.City}, {buyer.StateCode} {buyer.PostalCode}" : buyer.CountryName)
            .Box(margin, height - 190, width - (2 * margin), 1).Fill()
            .Text(margin, height - 204, 8, "TRACKING NUMBER")
            .Barcode(margin, height - 300, width - (2 * margin), 86, package.TrackingNumber)
            .Text(margin + 34, height - 318, 13, package.TrackingNumber, bold: true)
            .Box(margin, height - 328, width - (2 * margin), 1).Fill()
            .Text(margin, height - 342, 8, "PACKAGE " + package.Id);
        var y = height - 354;
        foreach (var order in package.Orders)
        {
            if (y < 12)
            {
                break;
            }

            page.Text(margin, y, 7, "ORDER " + order.Id);
            y -= 10;
        }

        return page;
    }

    private static PdfPage Slip(Package package, double width, double height)
    {
        const double margin = 14;
        var page = new PdfPage(width, height)
            .Text(margin, height - 34, 16, "Packing slip", bold: true)
            .Text(margin, height - 50, 8, "Package " + package.Id)
            .Text(margin, height - 60, 8, "Tracking number " + package.TrackingNumber)
            .Box(margin, height - 66, width - (2 * margin), 1).Fill();
        var y = height - 80;
        foreach (var group in package.Lines.GroupBy(static l => l.Sku.Id))
        {
            if (y < 12)
            {
                break;
            }

            var sku = group.First().Sku;
            page.Text(margin, y, 8, string.Create(CultureInfo.InvariantCulture, $"{group.Count()} x {sku.SellerSku}  {sku.Product.Title}, {sku.Name}"));
            y -= 11;
        }

        return page;
    }
}
