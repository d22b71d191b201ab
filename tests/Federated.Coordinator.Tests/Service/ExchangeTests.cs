using Federated.Coordinator.Identity;
using Federated.Coordinator.Payloads;
using Federated.Coordinator.Service;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;
using Federated.Coordinator.Tests.Kit;

namespace Federated.Coordinator.Tests.Service;

public sealed class ExchangeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_repeated_submission_gets_the_stored_receipt_even_after_the_round()
    {
        using var consortium = new TestConsortium(2);
        await consortium.StartAsync(2, "m:mean");
        TestHospital hospital = consortium.Hospitals[0];
        SiteTask task = (await consortium.TaskAsync(hospital))!;
        byte[] payload = await consortium.PayloadAsync(hospital, task);
        Receipt first = await consortium.Sites.SubmitAsync(hospital.Name, task.Key, task.Plan, payload, Cancellation);
        Assert.True(TestConsortium.ReceiptKey.VerifyHash(SignedStatement.Receipt(task.Key, Digest.Of(payload), first.Accepted), first.Signature.Span));
        consortium.Time.Advance(TimeSpan.FromMinutes(3));
        await consortium.RunAsync();
        consortium.Restart();

        Receipt again = await consortium.Sites.SubmitAsync(hospital.Name, task.Key, task.Plan, PayloadManifest.Of(payload), Cancellation);

        Assert.Equal(first.Accepted, again.Accepted);
        Assert.Equal(first.Signature.ToArray(), again.Signature.ToArray());
        OfferResult offer = await consortium.Sites.OfferAsync(hospital.Name, task.Key, task.Plan, PayloadManifest.Of(payload), Cancellation);
        Assert.NotNull(offer.Receipt);
    }

    [Fact]
    public async Task A_different_payload_for_the_same_task_is_refused()
    {
        using var consortium = new TestConsortium(2);
        await consortium.StartAsync(2, "m:mean");
        SiteTask task = (await consortium.TaskAsync(consortium.Hospitals[0]))!;
        byte[] payload = await consortium.PayloadAsync(consortium.Hospitals[0], task);
        await consortium.Sites.SubmitAsync("hospital-00", task.Key, task.Plan, payload, Cancellation);
        payload[0] ^= 1;
        Assert.Equal(RefusalCode.PayloadDiffers, await Refused(() => consortium.Sites.SubmitAsync("hospital-00", task.Key, task.Plan, payload, Cancellation)));
    }

    [Fact]
    public async Task Only_what_is_missing_is_asked_for()
    {
        using var consortium = new TestConsortium(2);
        await consortium.StartAsync(2, "m:mean");
        SiteTask task = (await consortium.TaskAsync(consortium.Hospitals[0]))!;
        byte[] payload = await consortium.PayloadAsync(consortium.Hospitals[0], task);
        var manifest = PayloadManifest.Of(payload);
        Assert.Equal([0], (await consortium.Sites.OfferAsync("hospital-00", task.Key, task.Plan, manifest, Cancellation)).Missing);
        await consortium.Sites.PutChunkAsync("hospital-00", task.Key, 0, manifest.Chunks[0], payload, Cancellation);
        consortium.Restart();
        Assert.Empty((await consortium.Sites.OfferAsync("hospital-00", task.Key, task.Plan, manifest, Cancellation)).Missing);
        await consortium.Sites.SubmitAsync("hospital-00", task.Key, task.Plan, manifest, Cancellation);
    }

    [Fact]
    public async Task What_is_not_as_declared_is_refused()
    {
        using var consortium = new TestConsortium(2);
        Study study = await consortium.StartAsync(2, "m:mean");
        SiteTask task = (await consortium.TaskAsync(consortium.Hospitals[0]))!;
        byte[] payload = await consortium.PayloadAsync(consortium.Hospitals[0], task);
        var manifest = PayloadManifest.Of(payload);
        SiteService sites = consortium.Sites;

        Assert.Equal(RefusalCode.PayloadInvalid, await Refused(() => sites.SubmitAsync("hospital-00", task.Key, task.Plan, manifest, Cancellation)));
        Assert.Equal(RefusalCode.PayloadInvalid, await Refused(() => sites.OfferAsync("hospital-00", task.Key, task.Plan, manifest with { Chunks = [] }, Cancellation)));
        Assert.Equal(RefusalCode.PayloadInvalid, await Refused(() => sites.SubmitAsync("hospital-00", task.Key, task.Plan, payload.AsMemory(16), Cancellation)));
        Assert.Equal(RefusalCode.PayloadInvalid, await Refused(() => sites.PutChunkAsync("hospital-00", task.Key, 0, Digest.Of("other"u8), payload, Cancellation)));
        Assert.Equal(RefusalCode.PayloadInvalid, await Refused(() => sites.PutChunkAsync("hospital-00", task.Key, 9, manifest.Chunks[0], payload, Cancellation)));
        Assert.Equal(RefusalCode.PayloadInvalid, await Refused(() => sites.FetchChunkAsync("hospital-00", task.Broadcast, 3, Cancellation)));
        Assert.Equal(RefusalCode.TaskClosed, await Refused(() => sites.FetchChunkAsync("hospital-00", study.Plan, 0, Cancellation)));
        Assert.Equal(RefusalCode.PlanDiffers, await Refused(() => sites.SubmitAsync("hospital-00", task.Key, Digest.Of("other"u8), manifest, Cancellation)));
        Assert.Equal(RefusalCode.StudyUnknown, await Refused(() => sites.SubmitAsync("stranger", task.Key, task.Plan, manifest, Cancellation)));
        Assert.Equal(RefusalCode.StudyUnknown, await Refused(() => sites.GetPlanAsync("hospital-00", TestConsortium.Uid(99), study.Plan, Cancellation)));
        Assert.Equal(RefusalCode.TaskClosed, await Refused(() => sites.SubmitAsync("hospital-00", task.Key with { Round = 2 }, task.Plan, payload, Cancellation)));
        Assert.Equal(RefusalCode.TaskClosed, await Refused(() => sites.SubmitAsync("hospital-00", task.Key with { Attempt = 2 }, task.Plan, payload, Cancellation)));
        Assert.Equal(RefusalCode.PayloadInvalid, await Refused(() =>
            sites.DeclineAsync("hospital-00", task.Key, task.Plan, new Decline((DeclineCode)99, [], []), Cancellation)));
        Assert.Equal(2, study.Participants.Count);
    }

    [Fact]
    public async Task Bytes_that_are_not_a_report_are_refused()
    {
        using var consortium = new TestConsortium(2);
        await consortium.StartAsync(2, "r:reporting");
        foreach (TestHospital hospital in consortium.Hospitals) await consortium.AnswerAsync(hospital);
        SiteTask task = (await consortium.TaskAsync(consortium.Hospitals[0]))!;
        Assert.Equal(RefusalCode.PayloadInvalid, await Refused(() => consortium.Sites.SubmitAsync("hospital-00", task.Key, task.Plan, "patient 7"u8.ToArray(), Cancellation)));
        Assert.Equal(StudyState.Released, (await consortium.RunAsync()).State);
    }

    [Fact]
    public async Task A_site_cannot_make_us_keep_more_than_two_payloads()
    {
        using var consortium = new TestConsortium(2);
        await consortium.StartAsync(2, "m:mean");
        SiteTask task = (await consortium.TaskAsync(consortium.Hospitals[0]))!;
        async Task Put(byte i) => await consortium.Sites.PutChunkAsync("hospital-00", task.Key, 0, Digest.Of([i]), new[] { i }, Cancellation);
        await Put(0);
        await Put(1);
        await Put(1);
        Assert.Equal(RefusalCode.PayloadInvalid, await Refused(() => Put(2)));
    }

    [Fact]
    public async Task Decisions_need_the_officers_signature()
    {
        using var consortium = new TestConsortium(2);
        Study study = await consortium.OpenAsync(2, "m:mean");
        byte[] someoneElses = consortium.Hospitals[1].SignApproval(study.Uid, study.Plan, TestConsortium.Manifest);
        Assert.Equal(RefusalCode.SignatureWrong, await Refused(() =>
            consortium.Sites.ApproveAsync("hospital-00", study.Uid, study.Plan, TestConsortium.Manifest, null, someoneElses, Cancellation)));
        byte[] yes = consortium.Hospitals[0].SignApproval(study.Uid, study.Plan, TestConsortium.Manifest);
        Assert.Equal(RefusalCode.SignatureWrong, await Refused(() =>
            consortium.Sites.WithdrawAsync("hospital-00", study.Uid, study.Plan, yes, Cancellation)));
        await consortium.ApproveAsync(consortium.Hospitals[0]);
        await consortium.ApproveAsync(consortium.Hospitals[0]);
        Assert.Equal(3, (await consortium.StudyAsync()).Sequence);
    }

    [Fact]
    public async Task A_contribution_damaged_on_disk_is_asked_for_again()
    {
        var blobs = new MemoryBlobStore();
        using var consortium = new TestConsortium(2, blobs: blobs);
        Study study = await consortium.StartAsync(2, "m:mean");
        await consortium.AnswerAsync(consortium.Hospitals[0]);
        await blobs.DropAsync(BlobScope.Contribution(new TaskKey(study.Uid, 1, 1), "hospital-00"), Cancellation);
        Assert.NotNull(await consortium.AnswerAsync(consortium.Hospitals[1]));
        Assert.Equal("hospital-00", Assert.Single((await consortium.StudyAsync()).Current!.Outstanding));
        Assert.Equal(StudyState.Released, (await consortium.RunAsync()).State);
    }

    [Fact]
    public async Task Single_hospitals_numbers_are_not_kept_once_they_are_added_up()
    {
        using var consortium = new TestConsortium(2);
        Study study = await consortium.StartAsync(2, "m:mean", "r:reporting");
        study = await consortium.RunAsync();
        foreach (Round round in study.Rounds)
        {
            int kept = await consortium.Blobs.CountAsync(BlobScope.Contribution(new TaskKey(study.Uid, round.Number, round.Attempt), "hospital-00"), Cancellation);
            Assert.Equal(round.Sum is null ? 1 : 0, kept);
        }
    }

    private static async Task<RefusalCode> Refused(Func<Task> act) => (await Assert.ThrowsAsync<SiteRefusedException>(act)).Code;
}
