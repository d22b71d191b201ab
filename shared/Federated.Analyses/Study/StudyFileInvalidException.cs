using System.Collections.Immutable;

namespace Federated.Analyses.Study;

/// <summary>One thing wrong in a study file.</summary>
/// <param name="Code">A numbered reason, E20xx, explained in the README of Federated.Analyses.</param>
/// <param name="File">File name.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1.</param>
/// <param name="Message">What is wrong, and how to mend it.</param>
public sealed record StudyFileError(string Code, string File, int Line, int Column, string Message)
{
    /// <summary>One line: file:line:column: what; how to mend it.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}: {Message}";
}

/// <summary>A study file cannot be used as it is. The message holds one line per error.</summary>
public sealed class StudyFileInvalidException : Exception
{
    /// <summary>Of these errors.</summary>
    public StudyFileInvalidException(ImmutableArray<StudyFileError> errors)
        : base(string.Join('\n', errors)) => Errors = errors;

    /// <summary>Every error found, in the order of the file.</summary>
    public ImmutableArray<StudyFileError> Errors { get; }
}
