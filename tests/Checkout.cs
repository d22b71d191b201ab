namespace Federated.Testing;

/// <summary>The checkout these tests run from, and the reference results beside it.</summary>
internal static class Checkout
{
    /// <summary>The folder that holds Federated.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Reference results that may be copied: tests/reference.</summary>
    public static string Reference { get; } = Path.Combine(Root, "tests", "reference");

    /// <summary>Reference results that may not be copied: the folder FEDERATED_REFERENCE names, else ../shared/reference; null when neither is there.</summary>
    public static string? OutsideReference { get; } = FindOutside();

    /// <summary>A file or folder of the checkout, by its path from the root.</summary>
    public static string File(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "Federated.sln"))) return folder.FullName;
        throw new InvalidOperationException("These tests run from inside the checkout: no Federated.sln above " + AppContext.BaseDirectory);
    }

    private static string? FindOutside()
    {
        string folder = Environment.GetEnvironmentVariable("FEDERATED_REFERENCE") is { Length: > 0 } stated ? stated : Path.Combine(Root, "..", "shared", "reference");
        return Directory.Exists(folder) ? Path.GetFullPath(folder) : null;
    }
}
