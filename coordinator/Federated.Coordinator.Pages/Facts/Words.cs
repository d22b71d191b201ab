using System.Globalization;

namespace Federated.Coordinator.Pages.Facts;

/// <summary>Numbers and times as people read them, always with their unit.</summary>
public static class Words
{
    /// <summary>A moment, to the minute.</summary>
    public static string Time(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>How long ago.</summary>
    public static string Ago(DateTimeOffset at, DateTimeOffset now) => (now - at) switch
    {
        { TotalSeconds: < 90 } => "just now",
        { TotalMinutes: < 90 } span => $"{span.TotalMinutes:F0} minutes ago",
        { TotalHours: < 36 } span => $"{span.TotalHours:F0} hours ago",
        var span => $"{span.TotalDays:F0} days ago",
    };

    /// <summary>How long something took.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 1 } => $"{span.TotalMilliseconds:F0} ms",
        { TotalSeconds: < 90 } => $"{span.TotalSeconds:F1} s",
        { TotalMinutes: < 90 } => $"{span.TotalMinutes:F0} min",
        { TotalHours: < 48 } => $"{span.TotalHours:F1} h",
        _ => $"{span.TotalDays:F1} days",
    };

    /// <summary>An amount of data.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => $"{bytes / 1024.0:F1} KiB",
        _ => $"{bytes / 1048576.0:F1} MiB",
    };

    /// <summary>A number to four significant digits.</summary>
    public static string Number(double value)
    {
        if (double.IsNaN(value)) return "–";
        if (value == 0) return "0";
        double magnitude = Math.Abs(value);
        if (magnitude is >= 1e6 or < 1e-4) return value.ToString("0.###e+0", CultureInfo.InvariantCulture);
        int digits = Math.Max(0, 3 - (int)Math.Floor(Math.Log10(magnitude)));
        return value.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    /// <summary>A share as a percentage.</summary>
    public static string Percent(double value) => double.IsFinite(value) ? (100 * value).ToString(Math.Abs(value) < 0.1 ? "F1" : "F0", CultureInfo.InvariantCulture) + " %" : "–";

    /// <summary>A p-value.</summary>
    public static string P(double p) => double.IsNaN(p) ? "–" : p < 1e-4 ? "< 0.0001" : p.ToString("F4", CultureInfo.InvariantCulture);
}
