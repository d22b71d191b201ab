using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Study.Documents;

namespace Federated.Analyses.Study.Shapes;

/// <summary>A list of values of one shape.</summary>
/// <param name="Item">Each value.</param>
/// <param name="Least">Fewest.</param>
/// <param name="Most">Most.</param>
public sealed record ListShape(ValueShape Item, int Least, int Most) : ValueShape
{
    /// <summary>Whether values may occur more than once.</summary>
    public bool Repeats { get; init; }

    /// <inheritdoc/>
    public override string Expected =>
        $"a list [..] of {(Least == Most ? $"{Least:N0} values" : Least > 0 ? $"{Least:N0} to {Most:N0} values" : $"at most {Most:N0} values")}, each {Item.Expected}";

    internal override JsonNode? Read(DocumentNode node, string label, ShapeReading reading)
    {
        if (node is not ListNode list || list.Items.Count < Least || list.Items.Count > Most)
        {
            reading.Error("E2004", node, $"{label} {(node is ListNode found ? $"has {found.Items.Count:N0} values" : $"is {node.Found}")}; write {Expected}");
            return null;
        }

        var values = new JsonArray();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < list.Items.Count; i++)
        {
            JsonNode? value = Item.Read(list.Items[i], $"{label}, item {i + 1},", reading);
            if (value is JsonValue && !Repeats && !seen.Add(value.ToJsonString()))
                reading.Error("E2006", list.Items[i], $"{label}, item {i + 1}, is {list.Items[i].Found}, which is there already; remove one");
            if (value is not null) values.Add(value);
        }

        return values;
    }

    internal override JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = Item.Schema(), ["maxItems"] = Most };
        if (Least > 0) schema["minItems"] = Least;
        if (!Repeats) schema["uniqueItems"] = true;
        return schema;
    }
}

/// <summary>Keys with values; no other keys.</summary>
/// <param name="Keys">The keys, in the order in which people should meet them.</param>
public sealed record ObjectShape(params ImmutableArray<OptionKey> Keys) : ValueShape
{
    /// <inheritdoc/>
    public override string Expected => $"keys with values: {{ {string.Join(", ", Keys.Where(k => k.NotAvailable is null).Select(k => k.Name + ": .."))} }}";

    internal override JsonNode? Read(DocumentNode node, string label, ShapeReading reading)
    {
        if (node is not MapNode map)
        {
            reading.Mismatch(node, label, this);
            return null;
        }

        var result = new JsonObject();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var misspelt = new HashSet<string>(StringComparer.Ordinal);
        foreach ((ScalarNode key, DocumentNode value) in map.Entries)
        {
            OptionKey? declared = Keys.FirstOrDefault(k => string.Equals(k.Name, key.Text, StringComparison.Ordinal));
            if (!seen.Add(key.Text)) reading.Error("E2006", key, $"the key {key.Found} occurs twice; keep one");
            else if (declared is null)
            {
                string? meant = Meant(key.Text);
                reading.Error("E2002", key, $"unknown key {key.Found}; {(meant is null ? $"the keys here are {string.Join(", ", Offered)}" : $"did you mean '{meant}'?")}");
                if (meant is not null) misspelt.Add(meant); // one mistake, not also a missing key
            }
            else if (declared.NotAvailable is { } message)
            {
                if (!IsNothing(value)) reading.Error("E2007", key, message);
            }
            else if (value is ScalarNode { IsNull: true })
            {
                if (declared.Required) reading.Error("E2003", key, $"{declared.Name} is empty; write {declared.Shape.Expected}");
            }
            else if (declared.Shape.Read(value, declared.Name, reading) is { } read) result[declared.Name] = read;
        }

        foreach (OptionKey key in Keys)
        {
            if (key.Required && !seen.Contains(key.Name) && !misspelt.Contains(key.Name)) reading.Error("E2003", node, $"the key '{key.Name}' is missing; write {key.Name}: and {key.Shape.Expected}");
            if (!result.ContainsKey(key.Name) && key.Default is not null) result[key.Name] = key.Default.DeepClone();
        }

        return result;
    }

    internal override JsonObject Schema()
    {
        var properties = new JsonObject();
        foreach (OptionKey key in Keys)
        {
            JsonObject schema = key.NotAvailable is not null ? new JsonObject { ["type"] = "null" }
                : key.Required ? key.Shape.Schema()
                : new JsonObject { ["anyOf"] = new JsonArray(key.Shape.Schema(), new JsonObject { ["type"] = "null" }) };
            schema["description"] = key.Description;
            if (key.Default is not null) schema["default"] = key.Shape is DurationShape ? $"{(long)key.Default}s" : key.Default.DeepClone();
            properties[key.Name] = schema;
        }

        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = new JsonArray([.. Keys.Where(k => k.Required).Select(k => (JsonNode)k.Name)]),
            ["additionalProperties"] = false,
        };
    }

    private IEnumerable<string> Offered => Keys.Where(k => k.NotAvailable is null).Select(k => k.Name);

    private string? Meant(string key) => PlainText.Nearest(key, Offered);

    private static bool IsNothing(DocumentNode value) => value is ScalarNode { IsNull: true } or ScalarNode { Plain: true, Text: "none" } or ListNode { Items.Count: 0 };
}

/// <summary>A word, or a value of another shape: <c>penalty: gcv</c> or <c>penalty: 0.5</c>.</summary>
/// <param name="Word">The words.</param>
/// <param name="Other">The other shape.</param>
public sealed record EitherShape(ChoiceShape Word, ValueShape Other) : ValueShape
{
    /// <inheritdoc/>
    public override string Expected => $"{Word.Expected}, or {Other.Expected}";

    internal override JsonNode? Read(DocumentNode node, string label, ShapeReading reading)
    {
        if (node is ScalarNode scalar && Word.Choices.Contains(scalar.Text, StringComparer.Ordinal)) return scalar.Text;
        var attempt = new ShapeReading { Analysis = reading.Analysis };
        JsonNode? value = Other.Read(node, label, attempt);
        if (attempt.Errors.Count > 0 && node is ScalarNode)
        {
            reading.Mismatch(node, label, this);
            return null;
        }

        reading.Errors.AddRange(attempt.Errors);
        reading.Mentions.AddRange(attempt.Mentions);
        return value;
    }

    internal override JsonObject Schema() => new() { ["anyOf"] = new JsonArray(Word.Schema(), Other.Schema()) };
}
