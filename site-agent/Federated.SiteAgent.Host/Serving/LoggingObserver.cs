using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Rounds;
using Microsoft.Extensions.Logging;

namespace Federated.SiteAgent.Host.Serving;

/// <summary>
/// What happened, as structured log lines: words of the plan, numbers and codes. Of an exception only its type and its place are written, never its message,
/// because a message may quote a row.
/// </summary>
public sealed partial class LoggingObserver(ILogger<LoggingObserver> log) : ISiteObserver
{
    /// <inheritdoc/>
    public void Observe(SiteEvent happened)
    {
        switch (happened)
        {
            case SiteEvent.PlanReceived e:
                PlanReceived(e.Study.Id, e.Study.Plan.Hex[..12]);
                break;
            case SiteEvent.PlanUnreadable e:
                PlanUnreadable(e.Study.Id, Story(e.Cause));
                break;
            case SiteEvent.DecisionSent e:
                DecisionSent(e.Study.Hex, $"{e.Verdict}");
                break;
            case SiteEvent.DecisionRefused e:
                DecisionRefused(e.Study.Hex, $"{e.Verdict}", RefusalMeaning.Of(e.Code));
                break;
            case SiteEvent.TaskStarted e:
                TaskStarted(e.Task.Key.Study.Hex, e.Task.Key.Round, e.Task.Analysis, e.Task.Step);
                break;
            case SiteEvent.AnswerWritten e:
                AnswerWritten(e.Task.Key.Study.Hex, e.Task.Key.Round, e.Bytes);
                break;
            case SiteEvent.TaskDeclined e:
                TaskDeclined(e.Task.Key.Study.Hex, e.Task.Key.Round, $"{e.Code}", e.Decisive is { } check ? $"{check.Rule}" : "none");
                break;
            case SiteEvent.TaskFailed e:
                TaskFailed(e.Task.Key.Study.Hex, e.Task.Key.Round, e.Task.Analysis, e.Task.Step, Story(e.Cause));
                break;
            case SiteEvent.TableUnusable e:
                TableUnusable(e.Task.Key.Study.Hex, e.Code);
                break;
            case SiteEvent.MaskingStepTaken e:
                MaskingStepTaken(e.Task.Study.Hex, e.Task.Round, $"{e.Step}");
                break;
            case SiteEvent.MaskingRefused e:
                MaskingRefused(e.Task.Study.Hex, e.Task.Round, $"{e.Step}", $"{e.Refusal}");
                break;
            case SiteEvent.AnswerDelivered e:
                AnswerDelivered(e.Task.Study.Hex, e.Task.Round, e.Bytes);
                break;
            case SiteEvent.AnswerRefused e:
                AnswerRefused(e.Task.Study.Hex, e.Task.Round, RefusalMeaning.Of(e.Code));
                break;
            case SiteEvent.AnswerWithheld e:
                AnswerWithheld(e.Task.Study.Hex, e.Task.Round);
                break;
            case SiteEvent.ReceiptInvalid e:
                ReceiptInvalid(e.Task.Study.Hex, e.Task.Round);
                break;
            case SiteEvent.ActionRefused e:
                ActionRefused(e.Action.GetType().Name, RefusalMeaning.Of(e.Code));
                break;
            case SiteEvent.Unreachable e:
                Unreachable(e.Message, e.RetryIn.TotalSeconds);
                break;
            case SiteEvent.Refused e:
                Refused(RefusalMeaning.Of(e.Code), e.RetryIn.TotalSeconds);
                break;
            case SiteEvent.CoordinatorLedgerFault e:
                CoordinatorLedgerFault($"{e.Finding}");
                break;
            case SiteEvent.RunFailed e:
                RunFailed(Story(e.Cause), e.RetryIn.TotalSeconds);
                break;
        }
    }

    /// <summary>Type and stack of an exception and of its causes, without their messages.</summary>
    internal static string Story(Exception cause) =>
        $"{cause.GetType().FullName}\n{cause.StackTrace}" + (cause.InnerException is { } inner ? $"\ncaused by {Story(inner)}" : "");

    [LoggerMessage(1, LogLevel.Information, "Study {Study}: plan {Plan} arrived; the officer can read it with: federated-site study show {Study}")]
    private partial void PlanReceived(string study, string plan);

    [LoggerMessage(2, LogLevel.Error, "Study {Study}: its plan cannot be read by this release. {Story}")]
    private partial void PlanUnreadable(string study, string story);

    [LoggerMessage(3, LogLevel.Information, "Study {Study}: the coordinator knows that it is {Verdict}")]
    private partial void DecisionSent(string study, string verdict);

    [LoggerMessage(4, LogLevel.Warning, "Study {Study}: the coordinator refused the word {Verdict}. {Meaning}")]
    private partial void DecisionRefused(string study, string verdict, string meaning);

    [LoggerMessage(5, LogLevel.Information, "Study {Study}, round {Round}: {Analysis}, {Step} begins")]
    private partial void TaskStarted(string study, int round, string analysis, string step);

    [LoggerMessage(6, LogLevel.Information, "Study {Study}, round {Round}: {Bytes} bytes passed the gate")]
    private partial void AnswerWritten(string study, int round, long bytes);

    [LoggerMessage(7, LogLevel.Warning, "Study {Study}, round {Round}: declined, {Code}; decisive check {Check}")]
    private partial void TaskDeclined(string study, int round, string code, string check);

    [LoggerMessage(8, LogLevel.Error, "Study {Study}, round {Round}: a defect in {Analysis}, {Step}. {Story}")]
    private partial void TaskFailed(string study, int round, string analysis, string step, string story);

    [LoggerMessage(9, LogLevel.Warning, "Study {Study}: the imported tables do not fit its plan ({Code}); federated-site study show says why")]
    private partial void TableUnusable(string study, string code);

    [LoggerMessage(18, LogLevel.Debug, "Study {Study}, round {Round}: {Step} of the masking is done")]
    private partial void MaskingStepTaken(string study, int round, string step);

    [LoggerMessage(19, LogLevel.Error, "Study {Study}, round {Round}: what arrived for {Step} of the masking was refused, {Refusal}; this site sends nothing more in this round. Tell the coordinator's operator, and the other hospitals")]
    private partial void MaskingRefused(string study, int round, string step, string refusal);

    [LoggerMessage(10, LogLevel.Information, "Study {Study}, round {Round}: {Bytes} bytes delivered, receipt kept")]
    private partial void AnswerDelivered(string study, int round, long bytes);

    [LoggerMessage(11, LogLevel.Warning, "Study {Study}, round {Round}: not wanted any more. {Meaning}")]
    private partial void AnswerRefused(string study, int round, string meaning);

    [LoggerMessage(12, LogLevel.Warning, "Study {Study}, round {Round}: an answer in the outbox may not leave (withdrawn, paused, or damaged)")]
    private partial void AnswerWithheld(string study, int round);

    [LoggerMessage(13, LogLevel.Error, "Study {Study}, round {Round}: the receipt is not signed by the coordinator's key; the answer stays pending")]
    private partial void ReceiptInvalid(string study, int round);

    [LoggerMessage(14, LogLevel.Warning, "{Action} was refused for now. {Meaning}")]
    private partial void ActionRefused(string action, string meaning);

    [LoggerMessage(15, LogLevel.Warning, "{Problem} Next try in {Seconds:0} s; federated-site doctor names the blocked hop")]
    private partial void Unreachable(string problem, double seconds);

    [LoggerMessage(16, LogLevel.Error, "{Meaning}. Next try in {Seconds:0} s")]
    private partial void Refused(string meaning, double seconds);

    [LoggerMessage(20, LogLevel.Error, "The coordinator's ledger does not continue what this site saw of it ({Finding}): it was shortened, forked or rewritten. The signed proof is in this site's ledger; tell the other hospitals")]
    private partial void CoordinatorLedgerFault(string finding);

    [LoggerMessage(17, LogLevel.Error, "A defect; next try in {Seconds:0} s. {Story}")]
    private partial void RunFailed(string story, double seconds);
}
