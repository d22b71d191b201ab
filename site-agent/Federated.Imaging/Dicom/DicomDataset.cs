using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Federated.Imaging.Dicom;

/// <summary>Elements in the order of their tags. Names and meanings follow fo-dicom's type of the same name.</summary>
public sealed class DicomDataset : IEnumerable<DicomItem>
{
    private readonly SortedDictionary<uint, DicomItem> items;
    private DicomCharacterSet? characterSet;

    /// <summary>An empty dataset, or one with these items.</summary>
    public DicomDataset(params IEnumerable<DicomItem> items)
    {
        this.items = [];
        foreach (DicomItem item in items) AddOrUpdate(item);
    }

    /// <summary>How many items stand at the top level.</summary>
    public int Count => items.Count;

    /// <summary>SpecificCharacterSet of this dataset, or of the one around it.</summary>
    public DicomCharacterSet CharacterSet => characterSet ??= items.TryGetValue(DicomTag.SpecificCharacterSet.Number, out DicomItem? item) && item is DicomElement { Length: > 0 } element
        ? DicomCharacterSet.Parse(System.Text.Encoding.Latin1.GetString(element.Buffer.Span).TrimEnd('\0', ' '))
        : InheritedCharacterSet;

    internal DicomCharacterSet InheritedCharacterSet { get; set; } = DicomCharacterSet.Default;

    /// <summary>True when the tag is there, even if empty.</summary>
    public bool Contains(DicomTag tag) => Find(tag) is not null;

    /// <summary>The item at a tag, when there is one.</summary>
    public bool TryGetItem(DicomTag tag, [NotNullWhen(true)] out DicomItem? item)
    {
        item = Find(tag);
        return item is not null;
    }

    /// <summary>The element at a tag, when it is there and holds bytes.</summary>
    public bool TryGetElement(DicomTag tag, [NotNullWhen(true)] out DicomElement? element)
    {
        element = Find(tag) as DicomElement;
        return element is { Length: > 0 };
    }

    /// <summary>The sequence at a tag, when it is there; it may have no items.</summary>
    public bool TryGetSequence(DicomTag tag, [NotNullWhen(true)] out DicomSequence? sequence)
    {
        sequence = Find(tag) as DicomSequence;
        return sequence is not null;
    }

    /// <summary>The sequence at a tag.</summary>
    /// <exception cref="DicomDataException">Absent, or not a sequence.</exception>
    public DicomSequence GetSequence(DicomTag tag) =>
        TryGetSequence(tag, out DicomSequence? sequence) ? sequence : throw new DicomDataException($"{tag.Describe()} is absent or not a sequence: the object lacks what its class requires");

    /// <summary>The one value at a tag.</summary>
    /// <typeparam name="T">string, a number, DateOnly (DA), TimeSpan (TM), DateTime (DT, DA), DicomUID, DicomTag or byte[].</typeparam>
    /// <exception cref="DicomDataException">Absent, empty, several values, or not of that type.</exception>
    public T GetSingleValue<T>(DicomTag tag)
    {
        T[] values = GetValues<T>(tag);
        return values.Length == 1 ? values[0] : throw new DicomDataException($"{tag.Describe()} holds {values.Length} values where one is expected: correct the object at its source");
    }

    /// <summary>The one value at a tag, or <paramref name="defaultValue"/> when it is absent, empty, several or of another type.</summary>
    public T GetSingleValueOrDefault<T>(DicomTag tag, T defaultValue) => TryGetValues(tag, out T[]? values) && values.Length == 1 ? values[0] : defaultValue;

    /// <summary>The one value at a tag, when it is there, alone and of that type.</summary>
    public bool TryGetSingleValue<T>(DicomTag tag, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (!TryGetValues(tag, out T[]? values) || values.Length != 1) return false;
        value = values[0];
        return true;
    }

    /// <summary>The value at a position, when it is there and of that type.</summary>
    public bool TryGetValue<T>(DicomTag tag, int index, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (!TryGetValues(tag, out T[]? values) || (uint)index >= (uint)values.Length) return false;
        value = values[index];
        return true;
    }

    /// <summary>All values at a tag.</summary>
    /// <exception cref="DicomDataException">Absent, empty, or not of that type.</exception>
    public T[] GetValues<T>(DicomTag tag)
    {
        if (!TryGetElement(tag, out DicomElement? element)) throw new DicomDataException($"{tag.Describe()} is absent or empty: the object lacks a needed attribute, complete it at its source");
        return DicomValues.TryConvert(element, CharacterSet, out T[]? values)
            ? values
            : throw new DicomDataException($"{tag.Describe()} of type {element.ValueRepresentation} does not hold readable {typeof(T).Name} values: correct the object at its source");
    }

    /// <summary>All values at a tag, when they are there and of that type.</summary>
    public bool TryGetValues<T>(DicomTag tag, [NotNullWhen(true)] out T[]? values)
    {
        values = null;
        return TryGetElement(tag, out DicomElement? element) && DicomValues.TryConvert(element, CharacterSet, out values);
    }

    /// <summary>The whole value as text, backslashes kept; null when absent or empty.</summary>
    public string? GetStringOrNull(DicomTag tag)
    {
        if (!TryGetElement(tag, out DicomElement? element)) return null;
        string text = DicomValues.Text(element, CharacterSet);
        return text.Length == 0 ? null : text;
    }

    /// <summary>The whole value as text, backslashes kept.</summary>
    /// <exception cref="DicomDataException">Absent or empty.</exception>
    public string GetString(DicomTag tag) => GetStringOrNull(tag) ?? throw new DicomDataException($"{tag.Describe()} is absent or empty: complete the object at its source");

    /// <summary>Puts an item at its tag, in place of any that stood there.</summary>
    public DicomDataset AddOrUpdate(DicomItem item)
    {
        DicomTag tag = item.Tag.PrivateCreator is null ? item.Tag : Resolve(item.Tag) ?? Reserve(item.Tag);
        if (tag != item.Tag) item = Move(item, tag);
        items[tag.Number] = item;
        if (tag == DicomTag.SpecificCharacterSet) characterSet = null;
        if (item is DicomSequence sequence)
        {
            foreach (DicomDataset nested in sequence.Items) nested.InheritedCharacterSet = CharacterSet;
        }
        return this;
    }

    /// <summary>Writes values with the representation of the dictionary.</summary>
    /// <exception cref="DicomDataException">The dictionary does not know the tag, or a value does not fit it.</exception>
    public DicomDataset AddOrUpdate<T>(DicomTag tag, params T[] values)
    {
        int representation = GetSingleValueOrDefault(DicomTag.PixelRepresentation, 0);
        DicomVR vr = DicomDictionary.FindVR(tag, representation) ?? throw new DicomDataException($"{tag} is not in the dictionary: name its value representation");
        return AddOrUpdate(vr, tag, values);
    }

    /// <summary>Writes values with a representation of your choice, as private elements need.</summary>
    public DicomDataset AddOrUpdate<T>(DicomVR vr, DicomTag tag, params T[] values)
    {
        if (values is DicomDataset[] datasets) return AddOrUpdate(new DicomSequence(tag, datasets));
        return AddOrUpdate(new DicomElement(tag, vr, DicomValues.Encode(tag, vr, values, CharacterSet)));
    }

    /// <summary>Takes the item at a tag away, if there is one.</summary>
    public DicomDataset Remove(DicomTag tag)
    {
        if (Resolve(tag) is { } place) items.Remove(place.Number);
        if (tag == DicomTag.SpecificCharacterSet) characterSet = null;
        return this;
    }

    /// <summary>A dataset of the same items that can be changed on its own; nested datasets and bytes are shared.</summary>
    public DicomDataset Clone() => new(items.Values) { InheritedCharacterSet = InheritedCharacterSet };

    /// <inheritdoc/>
    public IEnumerator<DicomItem> GetEnumerator() => items.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal string? CreatorOf(DicomTag tag)
    {
        if (!tag.IsPrivate || tag.Element < 0x1000) return null;
        DicomTag creator = new(tag.Group, (ushort)(tag.Element >> 8));
        return items.TryGetValue(creator.Number, out DicomItem? item) && item is DicomElement element ? DicomValues.Text(element, DicomCharacterSet.Default) : null;
    }

    private DicomItem? Find(DicomTag tag) => Resolve(tag) is { } place && items.TryGetValue(place.Number, out DicomItem? item) ? item : null;

    private DicomTag? Resolve(DicomTag tag)
    {
        if (tag.PrivateCreator is null) return tag;
        for (ushort block = 0x10; block <= 0xFF; block++)
        {
            DicomTag candidate = new(tag.Group, (ushort)((block << 8) | tag.Element));
            if (string.Equals(CreatorOf(candidate), tag.PrivateCreator, StringComparison.Ordinal)) return candidate;
        }
        return null;
    }

    private DicomTag Reserve(DicomTag tag)
    {
        for (ushort block = 0x10; block <= 0xFF; block++)
        {
            DicomTag creator = new(tag.Group, block);
            if (items.ContainsKey(creator.Number)) continue;
            items[creator.Number] = new DicomElement(creator, DicomVR.LO, DicomValues.Encode(creator, DicomVR.LO, [tag.PrivateCreator!], DicomCharacterSet.Default));
            return new DicomTag(tag.Group, (ushort)((block << 8) | tag.Element));
        }
        throw new DicomDataException($"group {tag.Group:X4} has no free private block: remove one first");
    }

    private static DicomItem Move(DicomItem item, DicomTag tag) => item switch
    {
        DicomSequence sequence => new DicomSequence(tag, sequence.Items),
        DicomElement element => new DicomElement(tag, element.ValueRepresentation, element.Buffer),
        _ => throw new DicomDataException($"{item.Tag} cannot hold fragments: only pixel data can"),
    };
}
