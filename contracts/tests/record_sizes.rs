//! The sizes of the largest records: every list full and every text at its longest.

use std::{fmt::Debug, str::FromStr};

use piaolian_contracts::{
    chain::{Hash, Height},
    claims::{
        Again, Assessment, CLAIM_RECEIPTS_MAX, Claim, ClaimClosing, ClaimEnd, Confirmation,
        MetElsewhere, PAYOUTS_MAX, Payout, PayoutNote, PayoutPart, PayoutResult, Reimbursement,
        TierStep,
    },
    policies::{HospitalLevel, TIERS_MAX},
    receipts::{
        ARCHIVES_MAX, AccountingFacts, ArchiveEntry, Booking, ClaimLock, Delivery, DeliveryChannel,
        LATE_BOOKINGS_MAX, NotedVerification, PAPERS_MAX, PaperExchange, PaperReturn, PayerGone,
        Receipt, Unbooking, UseAudit,
    },
    storage::Record,
    types::{
        AccountingEntity, AccountingPeriod, ArchiveNumber, BankReference, BlockTime,
        BusinessNumber, ClaimNumber, Fen, FundKind, Operator, PaperCode, PaperNumber, PlanCode,
        PolicyCode, Reason, VoucherNumber, VoucherType,
    },
};

use crate::world::{
    World,
    reimbursement::{approve, authorise, claim, file, with_policy},
    requests::issue,
};

/// The documentation of `BOOKINGS_MAX` and of `CLAIM_RECEIPTS_MAX` says so too.
const RECEIPT_BYTES_MAX: usize = 177_130;
const CLAIM_BYTES_MAX: usize = 54_904;

const MOST: Fen = Fen::new(i64::MAX);
const LAST: Height = Height::new(u64::MAX);

const fn end_of_time() -> BlockTime {
    BlockTime::from_ms(u64::MAX)
}

fn text<T: FromStr<Err: Debug>>(bytes: usize) -> T {
    "x".repeat(bytes).parse().unwrap()
}

fn operator() -> Operator {
    text::<Operator>(Operator::BYTES_MAX)
}

fn reason() -> Reason {
    text::<Reason>(Reason::BYTES_MAX)
}

fn with_decided_claim() -> World {
    let mut world = with_policy();
    world
        .accept(issue("R1"))
        .accept(authorise("R1", "insurer"))
        .accept(file("C-1", &["R1"]))
        .accept(approve("C-1"));
    world
}

/// A booking that was taken back is larger than a reservation, and both share a bound.
fn fill_receipt(receipt: &mut Receipt) {
    let (height, time) = (LAST, end_of_time());
    let organisation = receipt.issuer;
    receipt.agency = Some(organisation);
    receipt.business_number = text::<BusinessNumber>(BusinessNumber::BYTES_MAX);
    receipt.total = MOST;
    receipt.settlement.pooled_fund = MOST;
    receipt.settlement.personal_account = MOST;
    receipt.settlement.personal_cash = MOST;
    receipt.settlement.other = MOST;
    receipt.attachment_hash = Some(Hash::new([0xff; 32]));
    receipt.issued_height = height;
    receipt.issued_index = u32::MAX;
    receipt.reversed_by = Some(receipt.id);
    receipt.replaces = Some(receipt.id);
    receipt.replaced_by = Some(receipt.id);
    receipt.lock = Some(ClaimLock {
        owner: organisation,
        claim_number: text::<ClaimNumber>(ClaimNumber::BYTES_MAX),
        until: time,
    });
    let booking = Booking {
        payer: organisation,
        fund_kind: FundKind::Other,
        voucher_number: text::<VoucherNumber>(VoucherNumber::BYTES_MAX),
        amount: MOST,
        operator: operator(),
        reviewer: operator(),
        height,
        time,
        unbooking: Some(Unbooking {
            reason: reason(),
            operator: Some(operator()),
            reviewer: operator(),
            evidence_hash: Some(Hash::new([0xff; 32])),
            height,
            time,
        }),
        payout_number: 8,
        recovery: MOST,
        returned: MOST,
        payer_gone: Some(PayerGone {
            organisation,
            reason: reason(),
            height,
            time,
        }),
        carried_from: Some(receipt.id),
        carried_to: None,
        accounting: AccountingFacts {
            voucher_type: Some(text::<VoucherType>(VoucherType::BYTES_MAX)),
            voucher_date: Some(receipt.issue_date),
            period: Some(AccountingPeriod::parse("", 2026_11).unwrap()),
            entity: Some(text::<AccountingEntity>(AccountingEntity::BYTES_MAX)),
        },
    };
    receipt.reservations = Vec::new();
    receipt.bookings = vec![booking; LATE_BOOKINGS_MAX];
    receipt.delivery = Some(Delivery {
        agency: Some(organisation),
        channel: DeliveryChannel::Counter,
        height,
        time,
    });
    let paper = PaperExchange {
        code: text::<PaperCode>(PaperCode::BYTES_MAX),
        number: text::<PaperNumber>(PaperNumber::BYTES_MAX),
        height,
        time,
        returned: Some(PaperReturn {
            reason: reason(),
            height,
            time,
        }),
    };
    receipt.papers = vec![paper; PAPERS_MAX];
    receipt.use_audit = Some(UseAudit {
        organisation,
        audit_number: text(64),
        height,
        time,
    });
    let entry = ArchiveEntry {
        organisation,
        archive_number: text::<ArchiveNumber>(ArchiveNumber::BYTES_MAX),
        legal_basis: reason(),
        retain_until: receipt.issue_date,
        operator: Some(operator()),
        height,
        time,
    };
    receipt.archives = vec![entry; ARCHIVES_MAX];
    receipt.verification = Some(NotedVerification {
        organisation,
        height,
        time,
    });
}

fn fill_line(line: &mut Reimbursement) {
    line.policy_version = u32::MAX;
    line.year = u16::MAX;
    line.assessment = Assessment {
        fully_self_paid: MOST,
        over_limit: MOST,
        prior_self_pay: MOST,
        hospital_share: MOST,
        hospital_level: Some(HospitalLevel::Unrated),
        met_elsewhere: Some(MetElsewhere {
            deductible_met: MOST,
            above: MOST,
            fund_paid: MOST,
            admissions: 366,
            evidence_hash: Hash::new([0xff; 32]),
        }),
    };
    line.admission = Some(u32::MAX);
    for amount in [
        &mut line.base,
        &mut line.in_scope,
        &mut line.deductible,
        &mut line.deductible_before,
        &mut line.deductible_taken,
        &mut line.above,
        &mut line.above_before,
        &mut line.tiers_from,
        &mut line.tiers_sum,
        &mut line.paid_before,
        &mut line.left,
        &mut line.fund,
        &mut line.personal,
    ] {
        *amount = MOST;
    }
    line.cap = Some(MOST);
    let step = TierStep {
        from: MOST,
        to: Some(MOST),
        ratio: 10_000,
        amount: MOST,
        fund: MOST,
    };
    line.tiers = vec![step; TIERS_MAX];
}

fn fill_claim(claim: &mut Claim) {
    let (height, time) = (LAST, end_of_time());
    claim.number = text::<ClaimNumber>(ClaimNumber::BYTES_MAX);
    claim.policy_code = text::<PolicyCode>(PolicyCode::BYTES_MAX);
    claim.plan_code = text::<PlanCode>(PlanCode::BYTES_MAX);
    claim.receipts[0].policy_version = u32::MAX;
    claim.receipts = vec![claim.receipts[0]; CLAIM_RECEIPTS_MAX];
    claim.until = time;
    claim.operator = Some(operator());
    (claim.filed_height, claim.filed_time) = (height, time);
    let decision = claim.decision.as_mut().unwrap();
    (decision.operator, decision.reviewer) = (operator(), operator());
    (decision.height, decision.time, decision.total) = (height, time, MOST);
    let mut line = decision.lines.remove(0);
    fill_line(&mut line);
    decision.lines = vec![line; CLAIM_RECEIPTS_MAX];
    let said = Confirmation {
        bank_reference: text::<BankReference>(BankReference::BYTES_MAX),
        result: PayoutResult::Failed {
            reason: reason(),
            is_final: true,
        },
        height,
        time,
    };
    let note = PayoutNote {
        organisation: claim.insurer,
        reason: reason(),
        operator: Some(operator()),
        reviewer: Some(operator()),
        height,
        time,
    };
    let part = PayoutPart {
        place: 19,
        amount: MOST,
    };
    let payout = Payout {
        number: 8,
        bank: claim.insurer,
        amount: MOST,
        payee_reference: Hash::new([0xff; 32]),
        height,
        time,
        confirmation: Some(said.clone()),
        contradicted: Some(said),
        paid_again: Again {
            count: u32::MAX,
            sum: MOST,
        },
        parts: vec![part; CLAIM_RECEIPTS_MAX],
        recall: Some(note.clone()),
        settled: Some(note),
        by_correction: true,
    };
    claim.former_lines = decision.lines.clone();
    claim.payouts = vec![payout; PAYOUTS_MAX];
    claim.closing = Some(ClaimClosing {
        end: ClaimEnd::Corrected,
        organisation: claim.insurer,
        reason: reason(),
        operator: Some(operator()),
        reviewer: Some(operator()),
        height,
        time,
    });
}

#[test]
fn the_largest_receipt_and_the_largest_claim_are_as_large_as_is_said() {
    let world = with_decided_claim();
    let mut receipt = world.receipt("R1");
    fill_receipt(&mut receipt);
    let bytes = receipt.encode();
    assert_eq!(Receipt::decode(&bytes).unwrap(), receipt);
    let mut filed = claim(&world, "insurer", "C-1").unwrap();
    fill_claim(&mut filed);
    let claim_bytes = filed.encode();
    assert_eq!(Claim::decode(&claim_bytes).unwrap(), filed);
    assert_eq!(
        (bytes.len(), claim_bytes.len()),
        (RECEIPT_BYTES_MAX, CLAIM_BYTES_MAX)
    );
}
