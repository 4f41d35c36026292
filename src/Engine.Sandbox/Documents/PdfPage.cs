using System.Globalization;
using System.Text;

namespace Engine.Sandbox.Documents;

/// <summary>Writes a PDF 1.4 file of simple pages: Helvetica text and filled rectangles, coordinates in points from the lower left.</summary>
public sealed class PdfPage(double width, double height)
{
    private readonly StringBuilder _content = new(4096);

    public double Width { get; } = width;
    public double Height { get; } = height;

    public PdfPage Text(double x, double y, double size, string text, bool bold = false)
    {
        _content.Append(CultureInfo.InvariantCulture, $"BT /F{(bold ? 2 : 1)} {size:0.##} Tf {x:0.##} {y:0.##} Td (");
        foreach (var c in text)
        {
            if (c is '(' or ')' or '\\')
            {
                _content.Append('\\');
            }

            // The standard fonts know Latin-1 only.
            _content.Append(c is >= ' ' and <= '~' or >= '\u00A0' and <= '\u00FF' ? c : '?');
        }

        _content.Append(") Tj ET\n");
        return this;
    }

    public PdfPage Box(double x, double y, double w, double h)
    {
        _content.Append(CultureInfo.InvariantCulture, $"{x:0.###} {y:0.##} {w:0.###} {h:0.##} re\n");
        return this;
    }

    /// <summary>Fills the rectangles drawn since the last fill.</summary>
    public PdfPage Fill()
    {
        _content.Append("f\n");
        return this;
    }

    /// <summary>A Code 128 symbol that fills the given width, ten modules of quiet zone on each side included.</summary>
    public PdfPage Barcode(double x, double y, double w, double h, string text)
    {
        var widths = Code128.Widths(text);
        var modules = 20;
        foreach (var n in widths)
        {
            modules += n;
        }

        // One unit is one module: every bar is written in whole numbers, which is most of what a label costs.
        _content.Append(CultureInfo.InvariantCulture, $"q {w / modules:0.####} 0 0 1 {x:0.##} {y:0.##} cm\n");
        var at = 10;
        var height = string.Create(CultureInfo.InvariantCulture, $" {h:0.##} re\n");
        for (var i = 0; i < widths.Length; i++)
        {
            if (i % 2 == 0)
            {
                _content.Append(at).Append(" 0 ").Append((char)('0' + widths[i])).Append(height);
            }

            at += widths[i];
        }

        _content.Append("f Q\n");
        return this;
    }

    public static byte[] File(params PdfPage[] pages)
    {
        var output = new StringBuilder(8192);
        var offsets = new List<int>();
        void Object(string body)
        {
            offsets.Add(output.Length);
            output.Append(CultureInfo.InvariantCulture, $"{offsets.Count} 0 obj\n").Append(body).Append("\nendobj\n");
        }

        output.Append("%PDF-1.4\n%\u00E2\u00E3\u00CF\u00D3\n");
        var kids = string.Join(' ', Enumerable.Range(0, pages.Length).Select(static i => (5 + (2 * i)).ToString(CultureInfo.InvariantCulture) + " 0 R"));
        Object("<< /Type /Catalog /Pages 2 0 R >>");
        Object(string.Create(CultureInfo.InvariantCulture, $"<< /Type /Pages /Kids [{kids}] /Count {pages.Length} >>"));
        Object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>");
        Object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>");
        foreach (var page in pages)
        {
            var contents = offsets.Count + 2;
            Object(string.Create(CultureInfo.InvariantCulture,
                $"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {page.Width:0.##} {page.Height:0.##}] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents {contents} 0 R >>"));
            offsets.Add(output.Length);
            output.Append(CultureInfo.InvariantCulture, $"{offsets.Count} 0 obj\n<< /Length {page._content.Length} >>\nstream\n")
                .Append(page._content).Append("endstream\nendobj\n");
        }

        var xref = output.Length;
        output.Append(CultureInfo.InvariantCulture, $"xref\n0 {offsets.Count + 1}\n0000000000 65535 f \n");
        foreach (var offset in offsets)
        {
            output.Append(CultureInfo.InvariantCulture, $"{offset:D10} 00000 n \n");
        }

        output.Append(CultureInfo.InvariantCulture, $"trailer\n<< /Size {offsets.Count + 1} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n");

        // One byte for each character, so the offsets counted above are byte offsets.
        var bytes = new byte[output.Length];
        var at = 0;
        foreach (var chunk in output.GetChunks())
        {
            at += Encoding.Latin1.GetBytes(chunk.Span, bytes.AsSpan(at));
        }

        return bytes;
    }
}
