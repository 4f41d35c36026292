namespace Engine.Sandbox.Documents;

/// <summary>Code 128 (ISO/IEC 15417): set C for an even number of digits, set B for other printable ASCII.</summary>
public static class Code128
{
    private const int StartB = 104;
    private const int StartC = 105;
    private const int Stop = 106;

    /// <summary>Element widths of each symbol value: bar, space, bar, space, bar, space (the stop symbol has a seventh).</summary>
    internal static readonly string[] Patterns =
    [
        "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312", "231212", "112232", "122132", "122231",
        "113222", "123122", "123221", "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211",
        "212123", "212321", "232121", "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131",
        "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
        "314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211",
        "241211", "221114", "413111", "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
        "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311", "113141", "114131", "311141", "411131", "211412", "211214",
        "211232", "2331112",
    ];

    /// <summary>Alternating widths in modules, beginning with a bar; without quiet zones.</summary>
    public static byte[] Widths(string text)
    {
        var digits = text.Length > 0 && text.Length % 2 == 0 && text.All(char.IsAsciiDigit);
        Span<int> values = stackalloc int[text.Length + 3];
        var count = 0;
        if (digits)
        {
            values[count++] = StartC;
            for (var i = 0; i < text.Length; i += 2)
            {
                values[count++] = ((text[i] - '0') * 10) + (text[i + 1] - '0');
            }
        }
        else
        {
            values[count++] = StartB;
            foreach (var c in text)
            {
                if (c is < ' ' or > '~')
                {
                    throw new ArgumentException($"Code 128 set B has no sign for U+{(int)c:X4}.", nameof(text));
                }

                values[count++] = c - ' ';
            }
        }

        var sum = values[0];
        for (var i = 1; i < count; i++)
        {
            sum += i * values[i];
        }

        values[count++] = sum % 103;
        values[count++] = Stop;
        var widths = new byte[(count * 6) + 1];
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            foreach (var c in Patterns[values[i]])
            {
                widths[at++] = (byte)(c - '0');
            }
        }

        return widths;
    }
}
