using Federated.Analyses.Study;
using Federated.Imaging.Measurement;

namespace Federated.SiteAgent.Host.Extraction;

/// <summary>The measurement protocol of a study, from its file or from its plan.</summary>
public static class ProtocolSource
{
    /// <summary>The protocol of a section.</summary>
    /// <param name="section">The study's section; null when it has none.</param>
    /// <param name="origin">The study or file, for messages.</param>
    /// <exception cref="SiteErrorException">E3501: there is none; E3502: this release cannot follow it.</exception>
    public static MeasurementProtocol Of(MeasurementSection? section, string origin)
    {
        if (section is null)
            throw new SiteErrorException("E3501", ExitCode.Input, $"{origin}: does not say how features are measured; add a measurement section to the study, or import tables with: federated-site features import");
        try
        {
            return MeasurementProtocol.Read(section.Canonical);
        }
        catch (MeasurementException unfit)
        {
            throw new SiteErrorException("E3502", ExitCode.Input, $"{origin}: its measurement section cannot be followed: {unfit.Message}", unfit);
        }
    }

    /// <summary>The section of a study file (YAML) or of a plan (its canonical JSON).</summary>
    /// <exception cref="SiteErrorException">The file cannot be read, or is neither.</exception>
    public static MeasurementSection? OfFile(string path)
    {
        string name = Path.GetFileName(path);
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            return bytes is [(byte)'{', ..] ? PlanDocument.Read(bytes).Measurement : StudyFile.Read(System.Text.Encoding.UTF8.GetString(bytes), name).Measurement;
        }
        catch (StudyFileInvalidException wrong)
        {
            StudyFileError first = wrong.Errors[0];
            throw new SiteErrorException(first.Code, ExitCode.Input, first.ToString(), wrong);
        }
        catch (PlanInvalidException wrong)
        {
            throw new SiteErrorException(wrong.Code, ExitCode.Input, $"{name}: {wrong.Message}", wrong);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SiteErrorException("E3201", ExitCode.Input, $"{path}: cannot be read ({failure.Message}); check the name and the permissions", failure);
        }
    }
}
