//! The transactions of the chain: receipts issued, sealed, booked and rejected.

use bytes::Bytes;
use piaolian_contracts::{
    chain::{Hash, Height},
    organisations::KeyPurpose,
    receipts::{CheckCodeHash, seal_sign_bytes},
    types::ReceiptId,
};
use piaolian_proto::v1::{
    self as proto, BookReceipt, DetailsExtension, DetailsInvoicingParty, DetailsItem, DetailsMain,
    FundKind, GrantRange, IssueItem, IssueReceipts, ReceiptDetails, SealBlock, Settlement,
    transaction_body::Action,
};
use piaolian_verifier::details::commitment;
use prost::Message;

use crate::chain::{Chain, FINANCE, HOSPITAL, INSURER};

pub const CODE: &str = "99060126";
pub const TOTAL_FEN: i64 = 100_00;
const CHECK_CODE: &str = "656aa9";
const ISSUE_DATE: u32 = 20_260_529;

/// A story, and the receipt that it is about: the second of three that one block issued.
pub struct Story {
    pub chain: Chain,
    pub receipt: ReceiptId,
    pub details: Bytes,
}

/// The receipt is issued with two others, sealed, booked in part, and booked too far in vain.
pub fn story() -> Story {
    let mut chain = Chain::new("piaolian-test");
    let details = encoded_details(&chain, "B-2");
    let issue = issue(&chain, &["B-1", "B-2", "B-3"]);
    let grant = grant(&chain);
    chain.block(&[(FINANCE, grant)]);
    let outcome = &chain.block(&[(HOSPITAL, issue)])[0];
    let id = outcome.items[1].receipt.clone();
    let receipt = ReceiptId::parse("receipt", id).unwrap();
    let seal = seal(&chain, Height::new(2));
    let booked = [book(&receipt, "V-1", 40_00), book(&receipt, "V-2", 80_00)];
    chain.block(&[(FINANCE, seal)]);
    chain.block(&booked.map(|act| (INSURER, act)));
    chain.block(&[]);
    Story {
        chain,
        receipt,
        details,
    }
}

/// The first receipt of the story, which has no attachment.
pub fn unattached() -> ReceiptId {
    ReceiptId::from_key(b"990601260000000001").unwrap()
}

/// A receipt of the granted range that nobody issued.
pub fn never_issued() -> ReceiptId {
    ReceiptId::from_key(b"990601260000000999").unwrap()
}

fn grant(chain: &Chain) -> Action {
    Action::GrantRange(GrantRange {
        issuer: chain.organisation(HOSPITAL).to_string(),
        receipt_code: CODE.to_owned(),
        first_number: 1,
        last_number: 1_000,
    })
}

pub fn issue(chain: &Chain, businesses: &[&str]) -> Action {
    let items = businesses.iter().map(|business| item(chain, business));
    Action::IssueReceipts(IssueReceipts {
        items: items.collect(),
    })
}

fn item(chain: &Chain, business: &str) -> IssueItem {
    let details = encoded_details(chain, business);
    let salt = ReceiptDetails::decode(details.clone()).unwrap().salt;
    let check_code_salt = [5; 16];
    IssueItem {
        receipt_code: CODE.to_owned(),
        receipt_number: None,
        check_code_salt: check_code_salt.to_vec().into(),
        check_code_hash: CheckCodeHash::hash_of(&check_code_salt, CHECK_CODE).into(),
        issue_date: ISSUE_DATE,
        issue_time: 83_000,
        total_fen: TOTAL_FEN,
        settlement: Some(Settlement {
            pooled_fund_fen: 30_00,
            personal_cash_fen: 70_00,
            ..Settlement::default()
        }),
        agency: String::new(),
        business_number: business.to_owned(),
        details_commitment: commitment(&salt, &details).into(),
        attachment_hash: attachment_of(business),
        late_reason: String::new(),
    }
}

/// Returns the attachment hash of encrypted details; empty for the first receipt.
fn attachment_of(business: &str) -> Bytes {
    match business {
        "B-1" => Bytes::new(),
        _ => Hash::tagged("piaolian/attachment/v1", &[business.as_bytes()]).into(),
    }
}

pub fn encoded_details(chain: &Chain, business: &str) -> Bytes {
    details(chain, business).encode_to_vec().into()
}

pub fn details(chain: &Chain, business: &str) -> ReceiptDetails {
    ReceiptDetails {
        salt: vec![9; 32].into(),
        main: Some(DetailsMain {
            receipt_code: CODE.to_owned(),
            check_code: CHECK_CODE.to_owned(),
            total_fen: TOTAL_FEN,
            issue_date: ISSUE_DATE,
            issue_time: 83_000,
            business_number: business.to_owned(),
            ..DetailsMain::default()
        }),
        invoicing_party: Some(DetailsInvoicingParty {
            code: chain.organisation(HOSPITAL).to_string(),
            ..DetailsInvoicingParty::default()
        }),
        extension: Some(DetailsExtension {
            fund_pay_fen: Some(30_00),
            own_pay_fen: Some(70_00),
            ..DetailsExtension::default()
        }),
        items: vec![DetailsItem {
            name: "检查费".to_owned(),
            amount_fen: TOTAL_FEN,
            ..DetailsItem::default()
        }],
        ..ReceiptDetails::default()
    }
}

/// Finance's seal over what a block issued.
pub fn seal(chain: &Chain, height: Height) -> Action {
    let root = chain.issuance(height).root;
    let (key_id, key) = chain.founder(FINANCE).key(KeyPurpose::Supervise).unwrap();
    let message = seal_sign_bytes(&chain.id, height, &root);
    Action::SealBlock(SealBlock {
        height: height.get(),
        issuance_root: root.into(),
        key_id,
        signature: key.sign(&message).unwrap().into(),
    })
}

pub fn book(receipt: &ReceiptId, voucher: &str, amount_fen: i64) -> Action {
    Action::BookReceipt(BookReceipt {
        receipt: Some((*receipt).into()),
        presented_total_fen: TOTAL_FEN,
        fund_kind: FundKind::Commercial.into(),
        voucher_number: voucher.to_owned(),
        amount_fen,
        reviewer: "wang.fang".to_owned(),
        ..BookReceipt::default()
    })
}

/// Validators of one vote each from a height on, as finance proposes them.
pub fn validators_from(chain: &Chain, height: u64, places: &[usize]) -> Action {
    let proposed = places.iter().map(|place| proto::ProposedValidator {
        organisation: chain.organisation(*place).to_string(),
        key_id: 0,
        power: 1,
    });
    let change = proto::ChangeValidators {
        validators: proposed.collect(),
        effective_height: height,
    };
    Action::Propose(proto::Propose {
        proposal: Some(proto::ProposedDecision {
            decision: Some(proto::proposed_decision::Decision::ChangeValidators(change)),
        }),
        reason: "agreed at the quarterly meeting".to_owned(),
        open_for_ms: 86_400_000,
    })
}

/// A governor's vote in favour.
pub fn vote_for(proposal_id: u64) -> Action {
    Action::CastVote(proto::CastVote {
        proposal_id,
        in_favour: true,
    })
}
