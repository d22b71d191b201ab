using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Federated.Analyses.Study.Documents;
using Federated.Analyses.Tables;

namespace Federated.Analyses.Study.Shapes;

/// <summary>Text on one line: names and sentences. Never empty.</summary>
public sealed record TextShape : ValueShape
{
    /// <summary>Most characters (UTF-16 units).</summary>
    public int Most { get; init; } = 256;

    /// <summary>A sentence: white space and line breaks inside count as one space. Otherwise text is taken as written.</summary>
    public bool Sentence { get; init; }

    /// <summary>May not be NA, which stands for a missing value in tables.</summary>
    public bool Label { get; init; }

    /// <summary>What the name refers to.</summary>
    public NameOf Names { get; init; }

    /// <inheritdoc/>
    public override string Expected => Sentence ? $"text of at most {Most:N0} characters" : $"a name of at most {Most:N0} visible characters{(Label ? ", not NA" : "")}";

    internal override JsonNode? Read(DocumentNode node, string label, ShapeReading reading)
    {
        string? text = node is ScalarNode { IsNull: false } scalar ? scalar.Text : null;
        if (Sentence && text is not null) text = string.Join(' ', text.Split((char[])[' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
        if (text is null || text.Length == 0 || text.Length > Most || !PlainText.IsOneLine(text) || (Label && DecimalText.IsMissing(text)))
        {
            reading.Mismatch(node, label, this);
            return null;
        }

        if (Names != NameOf.Nothing) reading.Mentions.Add(new Mention(Names, text, label, reading.Analysis, node));
        return text;
    }

    // A name written without quotes may look like a number to an editor: levels: [1, 0].
    internal override JsonObject Schema() => Sentence
        ? new JsonObject { ["type"] = "string", ["maxLength"] = Most }
        : new JsonObject { ["type"] = new JsonArray("string", "number", "boolean"), ["maxLength"] = Most };
}

/// <summary>An identifier: lower-case letters, digits and hyphens.</summary>
public sealed record IdShape : ValueShape
{
    /// <inheritdoc/>
    public override string Expected => "an identifier of 1 to 64 lower-case letters, digits and hyphens";

    internal override JsonNode? Read(DocumentNode node, string label, ShapeReading reading)
    {
        if (node is ScalarNode { Text.Length: > 0 and <= 64 } scalar && scalar.Text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')) return scalar.Text;
        reading.Mismatch(node, label, this);
        return null;
    }

    internal override JsonObject Schema() => new() { ["type"] = "string", ["pattern"] = "^[a-z0-9-]{1,64}$" };
}

/// <summary>A whole number.</summary>
/// <param name="Least">Smallest.</param>
/// <param name="Most">Largest.</param>
public sealed record IntegerShape(long Least, long Most) : ValueShape
{
    /// <inheritdoc/>
    public override string Expected => $"a whole number from {Least:N0} to {Most:N0}";

    internal override JsonNode? Read(DocumentNode node, string label, ShapeReading reading)
    {
        if (node is ScalarNode { Plain: true } scalar
            && long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= Least && value <= Most) return value;
        reading.Mismatch(node, label, this);
        return null;
    }

    internal override JsonObject Schema() => new() { ["type"] = "integer", ["minimum"] = Least, ["maximum"] = Most };
}

/// <summary>A finite number, between two ends that may themselves be excluded.</summary>
/// <param name="Least">Smallest.</param>
/// <param name="Most">Largest.</param>
public sealed record NumberShape(double Least, double Most) : ValueShape
{
    /// <summary>Whether the ends themselves are not allowed.</summary>
    public bool Between { get; init; }

    /// <inheritdoc/>
    public override string Expected =>
        Least == double.MinValue && Most == double.MaxValue ? "a number"
        : Between ? $"a number between {Least} and {Most}, both excluded"
        : Most == double.MaxValue ? $"a number of at least {Least}"
        : $"a number from {Least} to {Most}";

    internal override JsonNode? Read(DocumentNode node, string label, ShapeReading reading)
    {
        if (node is ScalarNode { Plain: true } scalar && DecimalText.Read(scalar.Text, out double value) == NumberOutcome.Number
            && (Between ? value > Least && value < Most : value >= Least && value <= Most)) return value == 0 ? 0.0 : value;
        reading.Mismatch(node, label, this);
        return null;
    }

    internal override JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = "number" };
        if (Least != double.MinValue) schema[Between ? "exclusiveMinimum" : "minimum"] = Least;
        if (Most != double.MaxValue) schema[Between ? "exclusiveMaximum" : "maximum"] = Most;
        return schema;
    }
}

/// <summary>true or false.</summary>
public sealed record BooleanShape : ValueShape
{
    /// <summary>Whether true makes the analysis read the study's column `site`.</summary>
    public bool ReadsSite { get; init; }

    /// <inheritdoc/>
    public override string Expected => "true or false";

    internal override JsonNode? Read(DocumentNode node, string label, ShapeReading reading)
    {
        if (node is ScalarNode { Plain: true, Text: "true" or "false" } scalar)
        {
            if (ReadsSite && scalar.Text is "true") reading.Mentions.Add(new Mention(NameOf.Site, scalar.Text, label, reading.Analysis, node));
            return scalar.Text is "true";
        }

        reading.Mismatch(node, label, this);
        return null;
    }

    internal override JsonObject Schema() => new() { ["type"] = "boolean" };
}

/// <summary>One of a few words.</summary>
/// <param name="Choices">The words.</param>
public sealed record ChoiceShape(params ImmutableArray<string> Choices) : ValueShape
{
    /// <summary>The word, if any, that makes the analysis read the study's column `site`.</summary>
    public string? ReadsSite { get; init; }

    /// <summary>Words that are known but not available in this version, and what is said when one is used.</summary>
    public ImmutableSortedDictionary<string, string> NotAvailable { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>What stands in messages instead of the words, where these are many; null lists them.</summary>
    public string? Summary { get; init; }

    /// <inheritdoc/>
    public override string Expected => Summary ?? (Choices.Length == 1 ? Choices[0] : $"{string.Join(", ", Choices[..^1])} or {Choices[^1]}");

    internal override JsonNode? Read(DocumentNode node, string label, ShapeReading reading)
    {
        if (node is not ScalarNode scalar)
        {
            reading.Mismatch(node, label, this);
            return null;
        }

        if (string.Equals(scalar.Text, ReadsSite, StringComparison.Ordinal)) reading.Mentions.Add(new Mention(NameOf.Site, scalar.Text, label, reading.Analysis, node));
        if (Choices.Contains(scalar.Text, StringComparer.Ordinal)) return scalar.Text;
        if (NotAvailable.TryGetValue(scalar.Text, out string? message)) reading.Error("E2007", node, message);
        else if (PlainText.Nearest(scalar.Text, Choices) is { } near) reading.Error("E2005", node, $"{label} is {node.Found}; did you mean '{near}'? Write {Expected}");
        else reading.Error("E2005", node, $"{label} is {node.Found}; write {Expected}");
        return null;
    }

    internal override JsonObject Schema() => new() { ["enum"] = new JsonArray([.. Choices.Select(c => (JsonNode)c)]) };
}

/// <summary>A length of time, written 2h, 30m or 90s; canonical form: whole seconds.</summary>
/// <param name="MostSeconds">Longest.</param>
public sealed record DurationShape(long MostSeconds) : ValueShape
{
    /// <inheritdoc/>
    public override string Expected => $"a duration such as 2h, 30m or 90s, of at most {MostSeconds / 3600:N0}h";

    internal override JsonNode? Read(DocumentNode node, string label, ShapeReading reading)
    {
        if (node is ScalarNode { Text.Length: > 1 and <= 10 } scalar
            && int.TryParse(scalar.Text.AsSpan(0, scalar.Text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0)
        {
            long unit = scalar.Text[^1] switch { 'h' => 3600, 'm' => 60, 's' => 1, _ => 0 };
            if (unit > 0 && count * unit <= MostSeconds) return count * unit;
        }

        reading.Mismatch(node, label, this);
        return null;
    }

    internal override JsonObject Schema() => new() { ["type"] = "string", ["pattern"] = "^[1-9][0-9]{0,8}[hms]$" };
}
