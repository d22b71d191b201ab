using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>A picture of an image in a plane of the phantom, whatever way it lies: square pixels, the first at the top left.</summary>
/// <param name="Width">Pixels from left to right.</param>
/// <param name="Height">Pixels from top to bottom.</param>
/// <param name="PixelMillimetres">Side of a pixel.</param>
/// <param name="Values">Values of the image, read linearly between voxels, rows from top to bottom.</param>
public sealed record PhantomSlice(int Width, int Height, double PixelMillimetres, float[] Values)
{
    /// <summary>The plane through a point.</summary>
    /// <param name="image">The image.</param>
    /// <param name="centre">Middle of the picture in patient space.</param>
    /// <param name="right">Unit vector towards the right edge.</param>
    /// <param name="down">Unit vector towards the lower edge.</param>
    /// <param name="width">Millimetres, positive.</param>
    /// <param name="height">Millimetres, positive.</param>
    /// <param name="pixel">Side of a pixel in millimetres, positive.</param>
    public static PhantomSlice Through(Volume image, Point3 centre, Point3 right, Point3 down, double width, double height, double pixel)
    {
        int columns = (int)Math.Ceiling(width / pixel), rows = (int)Math.Ceiling(height / pixel);
        float[] values = new float[columns * rows];
        for (int row = 0; row < rows; row++)
        {
            Point3 start = centre + down * ((row + 0.5 - rows / 2.0) * pixel);
            for (int column = 0; column < columns; column++)
                values[row * columns + column] = (float)CoarseImage.Sample(image, start + right * ((column + 0.5 - columns / 2.0) * pixel));
        }
        return new PhantomSlice(columns, rows, pixel, values);
    }
}
