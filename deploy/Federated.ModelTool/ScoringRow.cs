using Microsoft.ML;
using Microsoft.ML.Data;

namespace Federated.ModelTool;

/// <summary>A row as ML.NET sees it.</summary>
internal sealed class ScoringRow
{
    /// <summary>Inputs, in the model's order.</summary>
    [ColumnName("features")]
    public float[] Features { get; set; } = [];

    /// <summary>Whether the event happened; of no account when scoring.</summary>
    public bool Label { get; set; }

    /// <summary>Rows as a view whose vectors have a known length.</summary>
    public static IDataView View(MLContext context, IEnumerable<ScoringRow> rows, int inputs)
    {
        var schema = SchemaDefinition.Create(typeof(ScoringRow));
        schema["features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, inputs);
        return context.Data.LoadFromEnumerable(rows, schema);
    }
}
