namespace Federated.Imaging.Dicom;

/// <summary>Limits that hold before anything is allocated. A file that needs more is refused with <see cref="DicomLimitException"/>.</summary>
public sealed record DicomReadOptions
{
    /// <summary>Limits for objects of clinical size.</summary>
    public static DicomReadOptions Default { get; } = new();

    /// <summary>Bytes of a file, at most. Default 1 GiB; range 1 to 2 GiB - 1.</summary>
    public int MaximumFileBytes { get; init; } = 1 << 30;

    /// <summary>Bytes a deflated dataset may inflate to. Default 512 MiB.</summary>
    public int MaximumInflatedBytes { get; init; } = 1 << 29;

    /// <summary>How deep sequences may nest. Default 32; clinical objects stay below 12.</summary>
    public int MaximumDepth { get; init; } = 32;

    /// <summary>Elements and items in the whole object. Default 4 million.</summary>
    public int MaximumElements { get; init; } = 4_000_000;

    /// <summary>Stop before this tag at the top level, to index headers without their pixels; null reads everything.</summary>
    public DicomTag? StopBefore { get; init; }
}
