namespace Federated.Imaging.Tests.Radiomics;

/// <summary>Where reference data are: copies beside the tests, and a larger collection outside the repository that may be absent.</summary>
internal static class References
{
    private static readonly string Root = FindRoot();

    /// <summary>A file of tests/reference.</summary>
    public static string Copied(string path) => Path.Combine(Root, "tests", "reference", path);

    /// <summary>A file of the outside collection; the test says that it was skipped when the collection is absent.</summary>
    public static string Outside(string path)
    {
        string? folder = Environment.GetEnvironmentVariable("FEDERATED_REFERENCE");
        for (DirectoryInfo? above = new(Root); folder is null && above is not null; above = above.Parent)
        {
            string candidate = Path.Combine(above.FullName, "shared", "reference");
            if (Directory.Exists(candidate)) folder = candidate;
        }

        string file = Path.Combine(folder ?? "../shared/reference", path);
        Assert.SkipUnless(File.Exists(file), $"The reference {path} is not here: it may not be copied into the project; set FEDERATED_REFERENCE to the folder that holds it.");
        return file;
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Federated.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("These tests run from inside the checkout: no Federated.sln above " + AppContext.BaseDirectory);
    }
}
