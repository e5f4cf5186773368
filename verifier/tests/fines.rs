//! A receipt that a payment issued: its notice was committed to before it was paid.

use piaolian_contracts::{
    chain::Hash, organisations::KeyPurpose, payments::NOTICES, types::ReceiptId,
};
use piaolian_proto::v1::{
    self as proto, DetailsInvoicingParty, DetailsMain, ReceiptDetails, ReceiptProof, StateEntry,
    payment_report::Notice, transaction_body::Action,
};
use piaolian_test_kit::sample::Founder;
use piaolian_verifier::{DetailsError, EntryError, ProofFile, ProofFileError, details};
use prost::Message;

use crate::{
    chain::{Chain, FINANCE, HOSPITAL},
    story::{CODE, Story, story},
};

const POLICE: usize = 5;
const BANK: usize = 6;
const REGION: &str = "990100";
const FINE_FEN: i64 = 200_00;
/// Three per cent for each of the two days that it is late.
const LATE_FEE_FEN: i64 = 12_00;

/// A fine of the police, paid at a bank two days late; the hospital is the issuing centre.
pub fn fined() -> Story {
    let mut story = story();
    let chain = &mut story.chain;
    let admissions = [POLICE, BANK].map(|place| (FINANCE, admit(chain, place)));
    accepted(chain.block(&admissions));
    let mandate = Action::SetMandate(proto::SetMandate {
        agency: chain.organisation(POLICE).to_string(),
        receipt_code: CODE.to_owned(),
        active: true,
    });
    accepted(chain.block(&[(HOSPITAL, mandate)]));
    let [notice, other] = [1, 2].map(|number| notice(chain, number));
    accepted(chain.block(&[(POLICE, notice), (POLICE, other)]));
    let report = report(chain);
    let outcome = &chain.block(&[(BANK, report)])[0];
    let id = outcome.items[0].receipt.clone();
    story.receipt = ReceiptId::parse("receipt", id).unwrap();
    story.details = details_of(&story.chain, 1).encode_to_vec().into();
    story
}

/// A proof file of it, with its notice and details.
pub fn proof(story: &Story) -> ReceiptProof {
    ReceiptProof {
        notice: Some(entry(story, 1)),
        details: story.details.clone(),
        ..story.chain.proof(&story.receipt)
    }
}

fn entry(story: &Story, number: u64) -> StateEntry {
    story
        .chain
        .entry(NOTICES, &decision(number).parse().unwrap())
}

fn accepted(outcomes: &[proto::Outcome]) {
    for outcome in outcomes {
        let codes: Vec<u32> = outcome.items.iter().map(|item| item.code).collect();
        let refused = codes.iter().any(|code| *code != 0);
        assert!(outcome.code == 0 && !refused, "{outcome:?}");
    }
}

fn decision(number: u64) -> String {
    format!("{REGION}{number:010}")
}

fn admit(chain: &Chain, place: usize) -> Action {
    let Founder { presentation, keys } = chain.founder(place);
    let organisation = presentation.organisation;
    let registered = keys
        .iter()
        .filter(|key| key.purpose() != KeyPurpose::Validate);
    Action::AdmitOrganisation(proto::AdmitOrganisation {
        organisation: organisation.to_string(),
        name: presentation.name.clone(),
        roles: presentation
            .roles
            .iter()
            .map(|role| role.number())
            .collect(),
        keys: registered
            .map(|key| key.registration(&chain.id, &organisation))
            .collect(),
        endpoints: Vec::new(),
        region: REGION.to_owned(),
    })
}

fn notice(chain: &Chain, number: u64) -> Action {
    let details = details_of(chain, number);
    let commitment = details::commitment(&details.salt, &details.encode_to_vec());
    let salt = [8; 16];
    let item = proto::NoticeItem {
        decision_number: decision(number),
        region: REGION.to_owned(),
        amount_fen: FINE_FEN,
        due_date: 20_260_527,
        late_fee_rate: 300,
        late_fee_cap_fen: 0,
        centre: chain.organisation(HOSPITAL).to_string(),
        receipt_code: CODE.to_owned(),
        check_code_salt: salt.to_vec().into(),
        check_code_hash: piaolian_contracts::receipts::CheckCodeHash::hash_of(&salt, "qfmejx")
            .into(),
        details_commitment: commitment.into(),
        attachment_hash: attachment(number).into(),
    };
    Action::CreateNotices(proto::CreateNotices { items: vec![item] })
}

fn attachment(number: u64) -> Hash {
    Hash::tagged("piaolian/attachment/v1", &[&number.to_be_bytes()])
}

fn report(chain: &Chain) -> Action {
    let item = proto::PaymentReport {
        bank_reference: "BR-1".to_owned(),
        notice: Some(Notice::DecisionNumber(decision(1))),
        amount_fen: FINE_FEN + LATE_FEE_FEN,
        paid_ms: chain.time().as_ms(),
        account_day: 20_260_529,
        region: REGION.to_owned(),
    };
    Action::ReportPayments(proto::ReportPayments { items: vec![item] })
}

fn details_of(chain: &Chain, number: u64) -> ReceiptDetails {
    ReceiptDetails {
        salt: vec![4; 32].into(),
        main: Some(DetailsMain {
            receipt_code: CODE.to_owned(),
            check_code: "qfmejx".to_owned(),
            total_fen: FINE_FEN,
            issue_date: 20_260_520,
            business_number: decision(number),
            ..DetailsMain::default()
        }),
        invoicing_party: Some(DetailsInvoicingParty {
            code: chain.organisation(POLICE).to_string(),
            ..DetailsInvoicingParty::default()
        }),
        ..ReceiptDetails::default()
    }
}

#[test]
fn a_fine_is_shown_with_its_notice_and_details() {
    let story = fined();
    let proven = ProofFile::from(proof(&story))
        .verify(&story.chain.trust())
        .unwrap();
    let receipt = proven.receipt.unwrap();
    assert_eq!(receipt.receipt.total.get(), FINE_FEN + LATE_FEE_FEN);
    assert_eq!(receipt.receipt.attachment_hash, Some(attachment(1)));
    assert_eq!(receipt.notice.unwrap().amount.get(), FINE_FEN);
    assert!(receipt.details.is_some());
}

#[test]
fn the_details_of_a_fine_need_its_notice() {
    let story = fined();
    let bare = ReceiptProof {
        notice: None,
        ..proof(&story)
    };
    assert_eq!(
        ProofFile::from(bare).verify(&story.chain.trust()),
        Err(ProofFileError::Details(DetailsError::Differs("total")))
    );
}

#[test]
fn the_notice_is_the_one_that_was_paid() {
    let story = fined();
    let trust = story.chain.trust();
    let other = ReceiptProof {
        notice: Some(entry(&story, 2)),
        ..proof(&story)
    };
    let refused = ProofFile::from(other).verify(&trust).unwrap_err();
    assert!(
        matches!(
            refused,
            ProofFileError::Entry(EntryError::Proof { .. } | EntryError::OtherValue(_))
        ),
        "{refused}"
    );
    let mut unpaid = proof(&story);
    let notice = unpaid.notice.as_mut().unwrap();
    let mut record = proto::NoticeRecord::decode(notice.value.clone()).unwrap();
    record.amount_fen = 1;
    notice.value = record.encode_to_vec().into();
    assert_eq!(
        ProofFile::from(unpaid).verify(&trust),
        Err(ProofFileError::Entry(EntryError::OtherValue("notice")))
    );
}
