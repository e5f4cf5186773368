//! The results of a claim: decision, payout, correction, or none of them.

use bytes::Bytes;
use piaolian_base::clock;
use piaolian_proto::v1::{
    Assessment, ClaimApproval, ClaimRejection, ClaimStatus, ClaimView, ConfirmPayout,
    ConfirmPayoutRequest, ConfirmReturn, ConfirmReturnRequest, CorrectClaim, CorrectClaimRequest,
    DecideClaim, DecideClaimRequest, PayoutFailed, PayoutPaid, ReleaseOrphan, ReleaseOrphanRequest,
    SettledReceipt, WithdrawClaim, WithdrawClaimRequest, confirm_payout::Result as Paid,
    decide_claim::Verdict,
};
use tonic::{Code, Status};

use super::{FUND, TOTAL, claim, clerk, file, id, status};
use crate::world::{ORGANISATION, World, operator, refusal};

fn decision(number: &str, reviewer: &str, verdict: Verdict) -> DecideClaimRequest {
    DecideClaimRequest {
        decide_claim: Some(DecideClaim {
            claim_number: number.to_owned(),
            reviewer: reviewer.to_owned(),
            verdict: Some(verdict),
        }),
        options: operator("clerk-1"),
    }
}

fn approval(receipts: usize) -> Verdict {
    Verdict::Approve(ClaimApproval {
        assessments: vec![Assessment::default(); receipts],
        bank: ORGANISATION.to_owned(),
        payee_reference: Bytes::from_static(&[6; 32]),
        settled_receipts: Vec::new(),
    })
}

async fn decide(world: &World, request: DecideClaimRequest) -> Result<ClaimView, Status> {
    let answer = clerk(world).decide_claim(request).await?;
    Ok(answer.into_inner().claim.unwrap())
}

pub(super) async fn a_decision_needs_two_persons_and_tells_every_step(world: &World) {
    let alone = decision("YB-1", "clerk-1", approval(2));
    let (code, detail) = refusal(decide(world, alone).await);
    assert_eq!(code, Code::FailedPrecondition);
    assert!(
        detail.arguments.contains(&"clerk-1".to_owned()),
        "{detail:?}"
    );
    let (_, detail) = refusal(decide(world, decision("YB-9", "clerk-2", approval(1))).await);
    assert_eq!(detail.code, 1631);
    // What was settled directly counts in the year of the same person alone.
    for (receipt, code) in [(4, Code::InvalidArgument), (3, Code::FailedPrecondition)] {
        let mut of_another = approval(2);
        if let Verdict::Approve(approval) = &mut of_another {
            approval.settled_receipts = vec![SettledReceipt {
                receipt: Some(id(receipt)),
                ..SettledReceipt::default()
            }];
        }
        let status = decide(world, decision("YB-1", "clerk-2", of_another)).await;
        assert_eq!(status.unwrap_err().code(), code);
    }

    let decided = decide(world, decision("YB-1", "clerk-2", approval(2)))
        .await
        .unwrap();
    assert_eq!(decided.status(), ClaimStatus::Decided);
    let decision = decided.record.unwrap().decision.unwrap();
    let funds: Vec<_> = decision.lines.iter().map(|line| line.fund_fen).collect();
    // The deductible is for the whole year, so it no longer reduces the second receipt.
    assert_eq!(funds, [FUND, TOTAL / 2]);
    assert_eq!(decision.total_fen, FUND + TOTAL / 2);
    let first = &decision.lines[0];
    assert_eq!(
        (first.deductible_taken_fen, first.above_fen),
        (100, TOTAL - 100)
    );
}

fn payout(payout_number: u32, reference: &str, result: Paid) -> ConfirmPayoutRequest {
    ConfirmPayoutRequest {
        confirm_payout: Some(ConfirmPayout {
            insurer: ORGANISATION.to_owned(),
            claim_number: "YB-1".to_owned(),
            payout_number,
            bank_reference: reference.to_owned(),
            result: Some(result),
        }),
        options: operator("clerk-1"),
    }
}

fn paid(amount_fen: i64) -> Paid {
    Paid::Paid(PayoutPaid {
        amount_fen,
        paid_ms: clock::now().as_ms(),
    })
}

async fn confirm(world: &World, request: ConfirmPayoutRequest) -> Result<ClaimStatus, Status> {
    let answer = clerk(world).confirm_payout(request).await?;
    Ok(answer.into_inner().claim.unwrap().status())
}

pub(super) async fn a_payout_that_failed_is_ordered_again(world: &World) {
    let ordered = FUND + TOTAL / 2;
    let tomorrow = Paid::Paid(PayoutPaid {
        amount_fen: ordered,
        paid_ms: clock::now().as_ms() + 86_400_000,
    });
    let (code, detail) = refusal(confirm(world, payout(1, "ZF-1", tomorrow)).await);
    assert_eq!((code, detail.code), (Code::FailedPrecondition, 1666));
    let failed = Paid::Failed(PayoutFailed {
        reason: "account closed".to_owned(),
        final_word: true,
    });
    let status = confirm(world, payout(1, "ZF-1", failed)).await.unwrap();
    assert_eq!(status, ClaimStatus::PayoutFailed);
    decide(world, decision("YB-1", "clerk-2", approval(2)))
        .await
        .unwrap();
    let confirmed = payout(2, "ZF-2", paid(ordered));
    // After a lost answer the bank repeats its confirmation.
    for _ in 0..2 {
        let status = confirm(world, confirmed.clone()).await.unwrap();
        assert_eq!(status, ClaimStatus::Paid);
    }
    let (_, detail) = refusal(confirm(world, payout(3, "ZF-3", paid(1))).await);
    assert_eq!(detail.code, 1660);
}

pub(super) async fn a_paid_claim_is_corrected(world: &World) {
    let request = |reviewer: &str| CorrectClaimRequest {
        correct_claim: Some(CorrectClaim {
            claim_number: "YB-1".to_owned(),
            reason: "paid by mistake".to_owned(),
            reviewer: reviewer.to_owned(),
            ..CorrectClaim::default()
        }),
        options: operator("clerk-1"),
    };
    let alone = clerk(world).correct_claim(request("clerk-1")).await;
    assert_eq!(refusal(alone).0, Code::FailedPrecondition);
    clerk(world)
        .correct_claim(request("clerk-2"))
        .await
        .unwrap();
    assert_eq!(status(world, "YB-1").await, ClaimStatus::Corrected);
    let again = clerk(world).correct_claim(request("clerk-2")).await;
    assert_eq!(refusal(again).1.code, 1644);
    // What is out counts until the bank says that it came back.
    for (number, amount_fen) in [(1, FUND), (2, TOTAL / 2)] {
        let back = ConfirmReturnRequest {
            confirm_return: Some(ConfirmReturn {
                bank_reference: format!("TH-{number}"),
                receipt: Some(id(number)),
                payer: ORGANISATION.to_owned(),
                voucher_number: "YB-1".to_owned(),
                payout_number: 2,
                amount_fen,
                returned_ms: clock::now().as_ms(),
            }),
            options: operator("clerk-1"),
        };
        clerk(world).confirm_return(back).await.unwrap();
    }
}

pub(super) async fn claims_are_rejected_and_withdrawn(world: &World) {
    let rejected = Verdict::Reject(ClaimRejection {
        reason: "not covered".to_owned(),
    });
    let view = decide(world, decision("YB-3", "clerk-2", rejected))
        .await
        .unwrap();
    assert_eq!(view.status(), ClaimStatus::Rejected);
    // Both receipts of the corrected claim and that of the rejected one are free again.
    file(world, claim("YB-4", [1, 2, 3])).await.unwrap();
    let request = WithdrawClaimRequest {
        withdraw_claim: Some(WithdrawClaim {
            claim_number: "YB-4".to_owned(),
            reason: "filed by mistake".to_owned(),
        }),
        options: operator("clerk-1"),
    };
    clerk(world).withdraw_claim(request.clone()).await.unwrap();
    assert_eq!(status(world, "YB-4").await, ClaimStatus::Withdrawn);
    let (_, detail) = refusal(clerk(world).withdraw_claim(request).await);
    assert_eq!(detail.code, 1644);
    let release = ReleaseOrphanRequest {
        release_orphan: Some(ReleaseOrphan {
            receipt: Some(id(1)),
            organisation: ORGANISATION.to_owned(),
            reason: "dissolved".to_owned(),
        }),
        options: operator("finance-1"),
    };
    let (_, detail) = refusal(clerk(world).release_orphan(release).await);
    assert_eq!(detail.code, 1670);
}
