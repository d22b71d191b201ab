namespace Federated.SiteAgent.Ledgers.Reports;

/// <summary>
/// What a hospital's registers say and no ledger can know: register.json in the data directory. What is absent is shown as not stated, never guessed.
/// </summary>
public sealed record RegisterDetails
{
    /// <summary>Name of the controller: the hospital.</summary>
    public string? Controller { get; init; }

    /// <summary>Its address, and how to reach it.</summary>
    public string? ControllerContact { get; init; }

    /// <summary>The data protection officer, and how to reach them.</summary>
    public string? DataProtectionOfficer { get; init; }

    /// <summary>Address of the recipient, as 45 CFR 164.528(b)(2)(ii) asks for it where it is known.</summary>
    public string? RecipientAddress { get; init; }

    /// <summary>Legal basis, for instance "Article 9(2)(j) with ...".</summary>
    public string? LegalBasis { get; init; }

    /// <summary>Categories of data subjects.</summary>
    public string? DataSubjects { get; init; }

    /// <summary>Transfers to third countries, with their safeguards.</summary>
    public string? ThirdCountries { get; init; }

    /// <summary>Time limits for erasure.</summary>
    public string? Retention { get; init; }
}
