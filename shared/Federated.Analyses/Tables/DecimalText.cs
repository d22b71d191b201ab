using System.Globalization;
using System.Text;

namespace Federated.Analyses.Tables;

/// <summary>
/// Decimal numbers as tables write them: an optional sign, digits with at most one point, an optional exponent. No spaces, no digit groups, no
/// decimal
/// comma, no hexadecimal, and neither NaN nor infinity spelled out.
/// </summary>
public static class DecimalText
{
    private const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    // 10^0 .. 10^22 are exact doubles, so a significand below 2^53 times or divided by one of them is rounded only once (Clinger 1990).
    private static readonly double[] PowersOfTen = [.. Enumerable.Range(0, 23).Select(e => double.Parse($"1e{e}", CultureInfo.InvariantCulture))];

    /// <summary>Whether a cell says "no value": empty, or NA.</summary>
    public static bool IsMissing(ReadOnlySpan<char> cell) => cell.Length == 0 || cell is "NA";

    /// <summary>Whether a UTF-8 cell says "no value": empty, or NA.</summary>
    public static bool IsMissing(ReadOnlySpan<byte> cell) => cell.Length == 0 || (cell.Length == 2 && cell[0] == 'N' && cell[1] == 'A');

    /// <summary>Reads a number, correctly rounded.</summary>
    public static NumberOutcome Read(ReadOnlySpan<char> text, out double value)
    {
        value = double.NaN;
        if (text.Length > 64 * 1024) return NumberOutcome.NotANumber;
        byte[] bytes = new byte[text.Length];
        if (!Ascii.IsValid(text) || Ascii.FromUtf16(text, bytes, out int written) != System.Buffers.OperationStatus.Done) return NumberOutcome.NotANumber;
        return Read(bytes.AsSpan(0, written), out value);
    }

    /// <summary>Reads a number from UTF-8, correctly rounded.</summary>
    public static NumberOutcome Read(ReadOnlySpan<byte> text, out double value)
    {
        int i = 0;
        bool negative = false;
        if (text.Length > 0 && (text[0] == '-' || text[0] == '+'))
        {
            negative = text[0] == '-';
            i = 1;
        }

        ulong significand = 0;
        int digits = 0;
        int exponent = 0;
        bool anyDigit = false;
        for (; i < text.Length && (uint)(text[i] - '0') <= 9; i++)
        {
            anyDigit = true;
            if (significand == 0 && text[i] == '0') continue;
            significand = unchecked((significand * 10) + (uint)(text[i] - '0'));
            digits++;
        }

        if (i < text.Length && text[i] == '.')
        {
            for (i++; i < text.Length && (uint)(text[i] - '0') <= 9; i++)
            {
                anyDigit = true;
                exponent--;
                if (significand == 0 && text[i] == '0') continue;
                significand = unchecked((significand * 10) + (uint)(text[i] - '0'));
                digits++;
            }
        }

        value = double.NaN;
        if (!anyDigit) return NumberOutcome.NotANumber;
        if (i < text.Length)
        {
            if ((text[i] | 0x20) != 'e' || !TryExponent(text[(i + 1)..], out int written)) return NumberOutcome.NotANumber;
            exponent += written;
        }

        if (significand == 0 && digits == 0)
        {
            value = negative ? -0.0 : 0.0;
            return NumberOutcome.Number;
        }

        if (digits <= 19 && significand < 1UL << 53 && exponent is >= -22 and <= 22)
        {
            double magnitude = exponent < 0 ? significand / PowersOfTen[-exponent] : significand * PowersOfTen[exponent];
            value = negative ? -magnitude : magnitude;
            return NumberOutcome.Number;
        }

        if (!double.TryParse(text, Style, CultureInfo.InvariantCulture, out value)) return NumberOutcome.NotANumber;
        return double.IsFinite(value) ? NumberOutcome.Number : NumberOutcome.TooLarge;
    }

    /// <summary>What is said when a cell that must hold a number does not.</summary>
    /// <param name="where">File and row.</param>
    /// <param name="column">Column name.</param>
    /// <param name="cell">The cell's text.</param>
    /// <param name="outcome">What <see cref="Read(ReadOnlySpan{byte}, out double)"/> said.</param>
    public static TableInvalidException Refused(string where, string column, string cell, NumberOutcome outcome)
    {
        string trimmed = cell.Trim();
        string mend = outcome == NumberOutcome.TooLarge ? "is beyond the largest double (1.8e308); check its unit"
            : IsSpelledOut(trimmed) ? "is not a number; write NA, or leave the cell empty, where there is no value"
            : IsNumber(trimmed) ? "is not a number; remove the spaces"
            : IsNumber(trimmed.Replace(',', '.')) ? "is not a number; use a point"
            : "is not a number; correct it, or write NA where there is no value";
        return new TableInvalidException("E2204", $"{where}, column {PlainText.Shown(column)}: '{PlainText.Shown(cell)}' {mend}");
    }

    private static bool IsNumber(string text) => Read(text, out _) == NumberOutcome.Number;

    private static bool IsSpelledOut(string text) =>
        text.TrimStart('+', '-').ToUpperInvariant() is "NAN" or "INF" or "INFINITY" or "NULL" or "NONE" or "N/A" or "NA" or "#N/A" or "\u221E";

    private static bool TryExponent(ReadOnlySpan<byte> text, out int exponent)
    {
        exponent = 0;
        int sign = 1;
        if (text.Length > 0 && (text[0] == '-' || text[0] == '+'))
        {
            sign = text[0] == '-' ? -1 : 1;
            text = text[1..];
        }

        if (text.Length == 0) return false;
        foreach (byte unit in text)
        {
            if ((uint)(unit - '0') > 9) return false;
            if (exponent < 100_000) exponent = (exponent * 10) + (unit - '0'); // beyond any double, and no overflow
        }

        exponent *= sign;
        return true;
    }
}

/// <summary>What a cell turned out to be.</summary>
public enum NumberOutcome
{
    /// <summary>A finite number.</summary>
    Number,

    /// <summary>Not written as a number.</summary>
    NotANumber,

    /// <summary>Written as a number, but beyond the largest double.</summary>
    TooLarge,
}
