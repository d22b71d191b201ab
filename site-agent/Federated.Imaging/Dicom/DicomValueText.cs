using System.Globalization;

namespace Federated.Imaging.Dicom;

/// <summary>Dates, times and date-times as DICOM writes them (PS3.5, table 6.2-1), with the older separators still met in archives.</summary>
public static class DicomValueText
{
    /// <summary>DA: YYYYMMDD, or the retired YYYY.MM.DD.</summary>
    public static bool TryParseDate(ReadOnlySpan<char> text, out DateOnly date)
    {
        text = text.Trim();
        return DateOnly.TryParseExact(text, text.Length == 10 ? "yyyy.MM.dd" : "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);
    }

    /// <summary>TM: HH, HHMM, HHMMSS with up to seven fractional digits kept, or the retired HH:MM:SS; 60 seconds are a leap second.</summary>
    public static bool TryParseTime(ReadOnlySpan<char> text, out TimeSpan timeOfDay)
    {
        timeOfDay = default;
        text = text.Trim();
        Span<char> digits = stackalloc char[32];
        int count = 0;
        foreach (char c in text)
        {
            if (c == ':' && count is 2 or 4) continue;
            if (count == digits.Length || (!char.IsAsciiDigit(c) && c != '.')) return false;
            digits[count++] = c;
        }
        ReadOnlySpan<char> time = digits[..count];
        long ticks = 0;
        if (time.IndexOf('.') is int dot and >= 0)
        {
            if (dot != 6 || !TryParseFraction(time[(dot + 1)..], out ticks)) return false;
            time = time[..dot];
        }
        if (time.Length is not (2 or 4 or 6)) return false;
        int hours = Number(time[..2]);
        int minutes = time.Length > 2 ? Number(time.Slice(2, 2)) : 0;
        int seconds = time.Length > 4 ? Number(time.Slice(4, 2)) : 0;
        if (hours is < 0 or > 23 || minutes is < 0 or > 59 || seconds is < 0 or > 60) return false;
        timeOfDay = new TimeSpan(hours, minutes, seconds) + TimeSpan.FromTicks(ticks);
        return true;
    }

    /// <summary>DT: from a year to microseconds, with an optional offset from UTC.</summary>
    /// <param name="text">YYYYMMDDHHMMSS.FFFFFF&amp;ZZXX or the start of it.</param>
    /// <param name="dateTime">The instant on the local clock, kind unspecified.</param>
    /// <param name="offset">The offset from UTC when one is written.</param>
    public static bool TryParseDateTime(ReadOnlySpan<char> text, out DateTime dateTime, out TimeSpan? offset)
    {
        dateTime = default;
        offset = null;
        text = text.Trim();
        int sign = text.IndexOfAny('+', '-');
        if (sign >= 0)
        {
            ReadOnlySpan<char> zone = text[(sign + 1)..];
            if (zone.Length != 4 || Number(zone[..2]) is not (>= 0 and <= 14) || Number(zone[2..]) is not (>= 0 and <= 59)) return false;
            TimeSpan size = new(Number(zone[..2]), Number(zone[2..]), 0);
            offset = text[sign] == '-' ? -size : size;
            text = text[..sign];
        }
        if (text.Length < 4) return false;
        int year = Number(text[..4]);
        int month = text.Length >= 6 ? Number(text.Slice(4, 2)) : 1;
        int day = text.Length >= 8 ? Number(text.Slice(6, 2)) : 1;
        if (text.Length is 5 or 7 || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        TimeSpan time = default;
        if (text.Length > 8 && !TryParseTime(text[8..], out time)) return false;
        dateTime = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Unspecified);
        if (dateTime.Ticks + time.Ticks > DateTime.MaxValue.Ticks) return false;
        dateTime += time;
        return true;
    }

    /// <summary>DA.</summary>
    public static string Format(DateOnly date) => date.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    /// <summary>TM with microseconds.</summary>
    public static string Format(TimeSpan timeOfDay) => timeOfDay.ToString(@"hhmmss\.ffffff", CultureInfo.InvariantCulture);

    /// <summary>DT with microseconds.</summary>
    public static string Format(DateTime dateTime) => dateTime.ToString("yyyyMMddHHmmss.ffffff", CultureInfo.InvariantCulture);

    /// <summary>DS: at most 16 characters, the closest such number.</summary>
    public static string Format(double value)
    {
        if (!double.IsFinite(value)) throw new DicomDataException($"{value} cannot be written as a decimal string: only finite numbers can");
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        for (int digits = 16; text.Length > 16; digits--) text = value.ToString("G" + digits, CultureInfo.InvariantCulture);
        return text;
    }

    private static bool TryParseFraction(ReadOnlySpan<char> digits, out long ticks)
    {
        ticks = 0;
        for (int i = 0; i < 7; i++)
        {
            int digit = i < digits.Length ? digits[i] - '0' : 0;
            if (digit is < 0 or > 9) return false;
            ticks = ticks * 10 + digit;
        }
        return true;
    }

    private static int Number(ReadOnlySpan<char> digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1;
}
