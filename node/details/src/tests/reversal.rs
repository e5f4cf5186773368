use piaolian_proto::v1::ReceiptId;

use super::*;
use crate::{Details, issue::Draft, reversal::Reversal};

fn original() -> Details {
    let file = sample("inpatient-01-every-channel");
    Draft::read(&file, &hospital_rules())
        .unwrap()
        .prepare(&mut rng())
        .details
}

fn reversal() -> Reversal {
    Reversal {
        original: ReceiptId {
            code: "99060226".into(),
            number: 1,
        },
        receipt_code: "99060226".into(),
        receipt_number: None,
        issue_date: 20_261_121,
        issue_time: 93_000,
        business_number: "CH20261121-00000001".into(),
        reason: "费用有误".into(),
    }
}

#[test]
fn a_reversal_mirrors_its_original() {
    let original = original();
    let prepared = reversal().prepare(&original, &mut rng()).unwrap();
    let (red, black) = (prepared.details.message(), original.message());
    let total =
        |details: &piaolian_proto::v1::ReceiptDetails| details.main.clone().unwrap().total_fen;
    assert_eq!(total(red), -total(black));
    for (red, black) in red.lines.iter().zip(&black.lines) {
        assert_eq!(red.amount_fen, -black.amount_fen);
    }
    assert_eq!(
        red.extension.clone().unwrap().related,
        Some(reversal().original)
    );
    assert_eq!(
        prepared.request.details_commitment[..],
        prepared.details.commitment().as_bytes()[..]
    );
    assert_ne!(prepared.details.check_code(), original.check_code());
}

#[test]
fn a_reversal_is_stored_and_read_like_any_receipt() {
    let prepared = reversal().prepare(&original(), &mut rng()).unwrap();
    let decoded = Details::decode(prepared.details.encoded().clone()).unwrap();
    assert_eq!(decoded, prepared.details);
}

#[test]
fn a_reversal_is_not_issued_as_a_receipt() {
    let prepared = reversal().prepare(&original(), &mut rng()).unwrap();
    let refused = Draft::read(prepared.details.to_xml().as_bytes(), &hospital_rules()).unwrap_err();
    assert_eq!(refused.codes(), [9308]);
}

#[test]
fn a_reversal_is_not_reversed() {
    let red = reversal().prepare(&original(), &mut rng()).unwrap().details;
    assert!(reversal().prepare(&red, &mut rng()).is_err());
}

#[test]
fn the_fields_of_a_reversal_have_their_shapes() {
    let wrong = Reversal {
        business_number: "no good".into(),
        issue_date: 0,
        ..reversal()
    };
    let refused = wrong.prepare(&original(), &mut rng()).unwrap_err();
    assert_eq!(refused.codes(), [9205, 9211]);
}

#[test]
fn a_reversal_has_a_reason() {
    for reason in ["", "line\nbreak"] {
        let wrong = Reversal {
            reason: reason.into(),
            ..reversal()
        };
        let refused = wrong.prepare(&original(), &mut rng()).unwrap_err();
        assert_eq!(refused.codes()[0], 9221, "{reason:?}");
    }
}

#[test]
fn contracts_accept_the_form_of_a_reversal() {
    let request = reversal().prepare(&original(), &mut rng()).unwrap().request;
    assert!(piaolian_contracts::receipts::ReverseReceipt::try_from(request).is_ok());
}

#[test]
fn a_reissue_names_the_payer_of_its_original() {
    let document = outpatient();
    let original = Draft::of_document(&document, &hospital_rules()).unwrap();
    let original = original.prepare(&mut rng()).details;
    let mut smaller = document.clone();
    smaller.main.set("BizCode", "refunded-1");
    let draft = Draft::of_document(&smaller, &hospital_rules()).unwrap();
    assert!(draft.check_payer_of(&original).is_ok());
    smaller.payer_party.set("PayerPartyName", "测试乙");
    let draft = Draft::of_document(&smaller, &hospital_rules()).unwrap();
    let refused = draft.check_payer_of(&original).unwrap_err();
    assert_eq!(refused.codes(), [9314]);
}
