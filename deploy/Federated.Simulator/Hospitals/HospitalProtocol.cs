using System.Text;
using Federated.Imaging.Measurement;

namespace Federated.Simulator.Hospitals;

/// <summary>What the hospitals measure of every scan: the whole of its lesions, volumes above an SUV of 2.5 within what was drawn.</summary>
public static class HospitalProtocol
{
    /// <summary>The measures, in the order of their values: SUVmax, SUVpeak, MTV, TLG.</summary>
    public static MeasurementProtocol Measures { get; } = MeasurementProtocol.Read(Encoding.UTF8.GetBytes(
        """
        {"definitions":1,"filter":{"fwhm":0},"measures":["suvmax","suvpeak_global","mtv_suv2.5","tlg_suv2.5"],"modality":"PT","radiomics":[],"region":{"lesions":"total","minimum-volume":0,"name":"*","source":"structure-set"},"uptake":{"normalization":"body-weight","strict":false}}
        """.Trim()));
}
