using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Federated.Imaging.Tests")]
