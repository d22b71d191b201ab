using System.CommandLine;
using System.Globalization;
using Federated.Imaging.Resonance;
using Federated.Imaging.Volumes;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>`images`: quantities computed voxel by voxel from several images, and the standard scale of MR intensities.</summary>
internal static class ImageCommands
{
    private const long MostBytes = 1L << 31;

    public static Command Create(SharedOptions shared) =>
        new("images", "Maps from several images of one grid, as NIfTI, to be measured like any image; and the standard scale of MR intensities.")
        {
            Diffusion(shared), Asymmetry(shared), Ratio(shared), Landmarks(shared),
        };

    private static Command Diffusion(SharedOptions shared)
    {
        var images = new Argument<string[]>("IMAGE") { Description = "NIfTI files, one per b-value.", Arity = ArgumentArity.OneOrMore };
        Option<string> b = Numbers("--b", "b-values in s/mm2, in the images' order, for instance 0,400,800.");
        var floor = new Option<double>("--noise-floor") { Description = "Signals up to this one are left out of their voxel.", DefaultValueFactory = _ => 0 };
        Option<string> into = Into();
        var command = new Command("adc",
            """
            The apparent diffusion coefficient in 10^-3 mm2/s, by weighted least squares through the logarithms.

            Example:
              federated-site images adc b0.nii.gz b400.nii.gz b800.nii.gz --b 0,400,800 --out adc.nii
            """) { images, b, floor, into };
        command.SetAction((parsed, _) => Write(shared, parsed, into, "apparent diffusion coefficient, 10^-3 mm2/s", () => ParameterMap.ApparentDiffusion(Read(parsed.GetValue(images)!), Parsed(parsed.GetValue(b)!, "--b"), parsed.GetValue(floor))));
        return command;
    }

    private static Command Asymmetry(SharedOptions shared)
    {
        var images = new Argument<string[]>("IMAGE") { Description = "NIfTI files of the Z-spectrum, one per offset.", Arity = ArgumentArity.OneOrMore };
        Option<string> offsets = Numbers("--offsets", "Saturation offsets in ppm, in the images' order, for instance -4,-3.5,3.5,4.");
        var unsaturated = new Option<string>("--unsaturated") { Description = "The image without saturation (S0).", Required = true, HelpName = "FILE" };
        var at = new Option<double>("--at") { Description = "Where the asymmetry is taken, in ppm.", DefaultValueFactory = _ => 3.5 };
        var field = new Option<string?>("--field") { Description = "Shift of water per voxel in ppm.", HelpName = "FILE" };
        Option<string> into = Into();
        var command = new Command("mtr-asym",
            """
            Asymmetry of the magnetization transfer ratio (CEST), (S(-x) - S(+x)) / S0 in per cent.

            Example:
              federated-site images mtr-asym z1.nii z2.nii z3.nii z4.nii --offsets -4,-3,3,4 --unsaturated s0.nii --at 3.5 --out apt.nii
            """) { images, offsets, unsaturated, at, field, into };
        command.SetAction((parsed, _) => Write(shared, parsed, into, $"transfer asymmetry at {parsed.GetValue(at).ToString(CultureInfo.InvariantCulture)} ppm, %", () => ParameterMap.TransferAsymmetry(
            Read(parsed.GetValue(images)!), Parsed(parsed.GetValue(offsets)!, "--offsets"), Read([parsed.GetValue(unsaturated)!])[0], parsed.GetValue(at), parsed.GetValue(field) is { } map ? Read([map])[0] : null)));
        return command;
    }

    private static Command Ratio(SharedOptions shared)
    {
        var product = new Option<string[]>("--product") { Description = "NIfTI files of lactate (or any product), one per time.", Required = true, AllowMultipleArgumentsPerToken = true, HelpName = "FILE" };
        var substrate = new Option<string[]>("--substrate") { Description = "NIfTI files of pyruvate (or any substrate), one per time.", Required = true, AllowMultipleArgumentsPerToken = true, HelpName = "FILE" };
        Option<string> seconds = Numbers("--times", "Times in seconds, rising.");
        var least = new Option<double>("--least-substrate") { Description = "Voxels whose area of the substrate does not pass this are left out.", DefaultValueFactory = _ => 0 };
        Option<string> into = Into();
        var command = new Command("area-ratio",
            """
            The ratio of areas under the curves over time, such as lactate to pyruvate after hyperpolarized 13C pyruvate; without unit.

            Example:
              federated-site images area-ratio --product l0.nii l3.nii l6.nii --substrate p0.nii p3.nii p6.nii --times 0,3,6 --out lac-pyr.nii
            """) { product, substrate, seconds, least, into };
        command.SetAction((parsed, _) => Write(shared, parsed, into, "ratio of areas, no unit", () => ParameterMap.AreaRatio(Read(parsed.GetValue(product)!), Read(parsed.GetValue(substrate)!), Parsed(parsed.GetValue(seconds)!, "--times"), parsed.GetValue(least))));
        return command;
    }

    private static Command Landmarks(SharedOptions shared)
    {
        var images = new Argument<string[]>("IMAGE") { Description = "NIfTI files of one sequence, of as many patients as there are.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("landmarks",
            """
            Learns a standard scale of MR intensities (Nyul): the landmarks that a study writes under measurement: { intensity: { scale: nyul, landmarks: [..] } }.

            Example:
              federated-site images landmarks t2/*.nii.gz
            """) { images };
        command.SetAction((parsed, _) => Task.FromResult((int)Guarded(() =>
        {
            var page = new Page(shared.Console, parsed.GetValue(shared.Json));
            string[] files = parsed.GetValue(images)!;
            var scale = StandardScale.Learn(files.Select(file => Read([file])[0]).Select(volume => (volume, IntensityNormalization.Foreground(volume))));
            page.Line($"landmarks: [{string.Join(", ", scale.Landmarks.Select(l => l.ToString("R", CultureInfo.InvariantCulture)))}]");
            page.Line($"learned from {files.Length} {(files.Length == 1 ? "image" : "images")}, the foreground by Otsu's threshold");
            page.Json(new { scale.Landmarks, Percentiles = StandardScale.Percentiles, Images = files.Length });
            return ExitCode.Done;
        })));
        return command;
    }

    private static Option<string> Numbers(string name, string about) => new(name) { Description = about, Required = true, HelpName = "NUMBERS" };

    private static Option<string> Into() => new("--out") { Description = "Where the map goes, as NIfTI (.nii); voxels without a value are NaN.", Required = true, HelpName = "FILE" };

    private static Task<int> Write(SharedOptions shared, ParseResult parsed, Option<string> into, string what, Func<Volume> map) => Task.FromResult((int)Guarded(() =>
    {
        Volume found = map();
        string path = parsed.GetValue(into)!, fresh = path + ".partial";
        File.WriteAllBytes(fresh, NiftiWriter.Write(found));
        File.Move(fresh, path, overwrite: true);
        float[] known = [.. found.Values.Where(float.IsFinite)];
        Array.Sort(known);
        var page = new Page(shared.Console, parsed.GetValue(shared.Json));
        float? middle = known.Length > 0 ? known[known.Length / 2] : null;
        page.Line($"{path}: {what}; {known.Length} of {found.Values.Length} voxels, median {middle?.ToString("G4", CultureInfo.InvariantCulture) ?? "none"}");
        page.Json(new { File = path, Quantity = what, Voxels = found.Values.Length, WithValue = known.Length, Median = middle });
        return ExitCode.Done;
    }));

    private static ExitCode Guarded(Func<ExitCode> work)
    {
        try
        {
            return work();
        }
        catch (Exception wrong) when (wrong is VolumeException or NormalizationException)
        {
            throw new SiteErrorException("E3811", ExitCode.Input, wrong.Message, wrong);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SiteErrorException("E3201", ExitCode.Input, $"{failure.Message} Check names and permissions", failure);
        }
    }

    private static Volume[] Read(IReadOnlyList<string> files) => [.. files.Select(file =>
    {
        if (new FileInfo(file) is { Exists: true, Length: > MostBytes }) throw new VolumeException($"{file} is larger than 2 GiB: crop it");
        try
        {
            return NiftiReader.Read(File.ReadAllBytes(file));
        }
        catch (VolumeException wrong)
        {
            throw new VolumeException($"{file}: {wrong.Message}");
        }
    })];

    private static double[] Parsed(string text, string option) => [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(word =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number
            : throw new SiteErrorException("E3811", ExitCode.Input, $"{option}: '{Federated.Analyses.PlainText.Shown(word)}' is no number; write numbers separated by commas"))];
}
