namespace Federated.Imaging.Tests.Radiomics;

/// <summary>Where reference data are: copies beside the tests, and a larger collection outside the repository that may be absent.</summary>
internal static class References
{
    /// <summary>A file of tests/reference.</summary>
    public static string Copied(string path) => Path.Combine(Checkout.Reference, path);

    /// <summary>A file of the outside collection; the test says that it was skipped when the collection is absent.</summary>
    public static string Outside(string path)
    {
        string file = Path.Combine(Checkout.OutsideReference ?? "../shared/reference", path);
        Assert.SkipUnless(File.Exists(file), $"The reference {path} is not here: it may not be copied into the project; set FEDERATED_REFERENCE to the folder that holds it.");
        return file;
    }
}
