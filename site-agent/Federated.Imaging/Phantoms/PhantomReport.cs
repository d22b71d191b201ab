namespace Federated.Imaging.Phantoms;

/// <summary>What was filled into a phantom, decayed to the instant of the image and in its units.</summary>
/// <param name="Background">Level of the body.</param>
/// <param name="Spheres">Level of the spheres; null when it is not known.</param>
public sealed record PhantomActivity(double Background, double? Spheres = null)
{
    internal void Validate()
    {
        if (!(Background > 0 && double.IsFinite(Background))) throw new PhantomException(PhantomRefusal.ActivityMissing, $"a stated activity of {Background} in the body is impossible: state what was filled in, decayed to the scan");
        if (Spheres is { } spheres && !(spheres > Background && double.IsFinite(spheres)))
            throw new PhantomException(PhantomRefusal.ActivityMissing, $"a stated activity of {spheres} in the spheres is not above the {Background} of the body: state both in the image's unit, decayed to the scan");
    }
}

/// <summary>What a phantom scan says about a scanner and one of its reconstructions.</summary>
/// <param name="Background">The evenly filled part.</param>
/// <param name="CalibrationFactor">What the image shows of the activity that is there, a plain number: 1 is right; null when the activity is not stated. Patients are divided by it.</param>
public abstract record PhantomReport(PhantomBackground Background, double? CalibrationFactor);

/// <summary>An image-quality phantom.</summary>
/// <param name="Background">Background around the spheres.</param>
/// <param name="CalibrationFactor">Background of the image divided by the stated background.</param>
/// <param name="Pose">Where it lies.</param>
/// <param name="Spheres">Recoveries without a filter, largest sphere first.</param>
/// <param name="FwhmMillimetres">Full width at half maximum of the Gaussian point-spread function that explains the spheres, without the width of the voxels themselves.</param>
/// <param name="FittedSignal">Level of the largest sphere before blur, by the same model, in units of the image: no blur reaches its middle.</param>
/// <param name="SphereLevel">Level that counts as recovery 1: stated x calibration factor, else <paramref name="FittedSignal"/>.</param>
/// <param name="IsLevelStated">True when <paramref name="SphereLevel"/> comes from the stated activity.</param>
/// <param name="LungResidualPercent">NEMA NU 2 residual error in the lung insert: 100 x mean of discs 30 mm wide / background, in percent; null when there is no cold insert.</param>
public sealed record NemaReport(
    PhantomBackground Background, double? CalibrationFactor, PhantomPose Pose, IReadOnlyList<SphereRecovery> Spheres, double FwhmMillimetres, double FittedSignal, double SphereLevel, bool IsLevelStated,
    double? LungResidualPercent) : PhantomReport(Background, CalibrationFactor);

/// <summary>A uniform cylinder.</summary>
/// <param name="Background">Its inner part, 25 mm from the walls.</param>
/// <param name="CalibrationFactor">Mean of the image divided by the stated activity.</param>
/// <param name="Centre">Centre in patient space.</param>
/// <param name="Axis">Direction of its axis.</param>
/// <param name="RadiusMillimetres">Radius of the filled part, from its cross-section.</param>
/// <param name="LengthMillimetres">Length of the filled part.</param>
/// <param name="LargestSliceDeviationPercent">Largest deviation of the mean of a centimetre along the axis from the mean of all, in percent.</param>
public sealed record UniformReport(
    PhantomBackground Background, double? CalibrationFactor, Volumes.Point3 Centre, Volumes.Point3 Axis, double RadiusMillimetres, double LengthMillimetres, double LargestSliceDeviationPercent)
    : PhantomReport(Background, CalibrationFactor);
