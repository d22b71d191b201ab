using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>The hospitals behind a study's masked sums: fetched once, kept, and shown with the fingerprints that officers read to each other.</summary>
internal static class RosterView
{
    /// <summary>The roster that the coordinator names for the study; null where sums are plain.</summary>
    /// <exception cref="SiteErrorException">E3204: it is not the one that was announced.</exception>
    public static async Task<PinnedRoster?> ReadAsync(SiteSession session, StudyNotice study, CancellationToken cancellation)
    {
        if (study.Roster is not { } digest) return null;
        if (session.Store.FindRoster(digest) is { } kept) return kept;
        PinnedRoster roster = await session.Link.GetRosterAsync(study.Uid, digest, cancellation);
        if (roster.Digest != digest)
            throw new SiteErrorException("E3204", ExitCode.Input, $"The list of hospitals of {study.Id} is not the one announced; try again, and tell the coordinator's operator if it stays so");
        session.Store.AddRoster(roster);
        return roster;
    }

    /// <summary>For people.</summary>
    public static void Print(Page page, PinnedRoster roster, ReadOnlySpan<byte> own)
    {
        int mine = roster.Keys.IndexOf(own);
        page.Line($"Hospitals that mask their sums together, list {roster.Digest.Hex}");
        page.Table(
            ["", "hospital", "legal entity", "identity key SHA-256"],
            roster.Hospitals.Select((h, n) => (string[])[n == mine ? "this site" : "", h.Site, h.Entity, roster.Keys.Members[n].Fingerprint]));
        page.Line("  Read the fingerprints to each other by telephone, on numbers you knew before: who replaces one can unmask you. Your approval covers this list.");
        if (mine < 0) page.Line("  WARNING: this site's own key is not on the list; do not approve, and tell the coordinator's operator.");
        if (roster.Entities < 3) page.Line($"  WARNING: {roster.Entities} legal entities; masking hides a hospital among three or more.");
        page.Line("");
    }

    /// <summary>For programs.</summary>
    public static object? Document(PinnedRoster? roster) => roster is null ? null : new
    {
        Digest = roster.Digest.Hex,
        Hospitals = roster.Hospitals.Select((h, n) => new { Number = n, h.Site, h.Entity, IdentitySha256 = roster.Keys.Members[n].Fingerprint }).ToArray(),
    };
}
