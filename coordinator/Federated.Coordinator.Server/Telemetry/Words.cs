using System.Collections.Frozen;
using Federated.Analyses;
using Federated.Contracts.V1;
using DeclineCode = Federated.Coordinator.Studies.DeclineCode;
using StudyState = Federated.Coordinator.Studies.StudyState;

namespace Federated.Coordinator.Server.Telemetry;

/// <summary>The closed lists that labels are taken from.</summary>
public static class Words
{
    /// <summary>What is in none of the lists.</summary>
    public const string Other = Federated.Telemetry.StepLabel.Other;

    /// <summary>How a call ended.</summary>
    public const string Ok = "ok", Refused = "refused", Cancelled = "cancelled", Failed = "failed";

    private static readonly FrozenSet<string> Kinds = AnalysisCatalogue.All.Select(a => a.Kind).ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> Methods =
        new[] { EnrolmentReflection.Descriptor, StudyReflection.Descriptor, ExchangeReflection.Descriptor, MaskingReflection.Descriptor, LedgerReflection.Descriptor }
            .SelectMany(file => file.Services).SelectMany(service => service.Methods)
            .ToFrozenDictionary(m => $"/{m.Service.FullName}/{m.Name}", m => $"{m.Service.Name}/{m.Name}", StringComparer.Ordinal);

    /// <summary>A kind of analysis.</summary>
    public static string Kind(string? kind) => kind is not null && Kinds.Contains(kind) ? kind : Other;

    /// <summary>A call of the wire by its full path.</summary>
    public static string Method(string path) => Methods.GetValueOrDefault(path, Other);

    /// <summary>Why a hospital declined.</summary>
    public static string Of(DeclineCode code) => Enum.IsDefined(code) ? Dashed(code.ToString()) : Other;

    /// <summary>Why a call was refused.</summary>
    public static string Of(RefusalCode code) => Enum.IsDefined(code) ? Dashed(code.ToString()) : Other;

    /// <summary>Where a study stands.</summary>
    public static string Of(StudyState state) => Dashed(state.ToString());

    private static string Dashed(string pascal) => string.Concat(pascal.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
