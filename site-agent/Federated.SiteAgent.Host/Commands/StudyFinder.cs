using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>Studies by the name a person uses.</summary>
internal static class StudyFinder
{
    /// <summary>The study of that id, or of that uid where two have the same id.</summary>
    /// <exception cref="SiteErrorException">E3202.</exception>
    public static StudyNotice Find(ISiteStore store, string id)
    {
        StudyNotice[] found = [.. store.Studies().Studies.Where(s => string.Equals(s.Id, id, StringComparison.Ordinal) || string.Equals(s.Uid.Hex, id, StringComparison.Ordinal))];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new SiteErrorException("E3202", ExitCode.Input, $"No study '{Analyses.PlainText.Shown(id)}' is known here; see federated-site study list"),
            _ => throw new SiteErrorException("E3202", ExitCode.Input, $"{found.Length} studies are called '{id}'; name one by its uid: {string.Join(", ", found.Select(s => s.Uid.Hex))}"),
        };
    }

    /// <summary>A study's id, or its uid where it is not known any more.</summary>
    public static Func<StudyUid, string> Names(ISiteStore store)
    {
        Dictionary<StudyUid, string> names = store.Studies().Studies.ToDictionary(s => s.Uid, s => s.Id);
        return uid => names.GetValueOrDefault(uid, uid.Hex);
    }
}
