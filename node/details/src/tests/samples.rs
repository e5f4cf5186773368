use std::collections::BTreeMap;

use super::*;
use crate::{
    Details,
    issue::Draft,
    xml::{self, UnknownPart},
};

fn rules_of(sample: &str) -> Rules {
    Rules::of(
        if sample.starts_with("fine") {
            POLICE
        } else {
            HOSPITAL
        }
        .parse()
        .unwrap(),
    )
}

#[test]
fn there_are_samples_of_every_kind() {
    let mut kinds = BTreeMap::new();
    for (name, _) in samples() {
        *kinds
            .entry(name.split('-').next().unwrap().to_owned())
            .or_insert(0) += 1;
    }
    let expected = [("fine", 6), ("inpatient", 8), ("outpatient", 10)];
    assert_eq!(
        kinds,
        expected
            .map(|(kind, count)| (kind.to_owned(), count))
            .into()
    );
}

#[test]
fn every_sample_may_be_issued() {
    for (name, file) in samples() {
        let draft = Draft::read(&file, &rules_of(&name));
        assert!(draft.is_ok(), "{name}: {}", draft.unwrap_err());
    }
}

#[test]
fn every_sample_is_written_and_read_unchanged() {
    for (name, file) in samples() {
        let document = xml::read(&file).unwrap();
        let again = xml::read(xml::write(&document).as_bytes()).unwrap();
        assert_eq!(document, again, "{name}");
        let prepared = Draft::read(&file, &rules_of(&name))
            .unwrap()
            .prepare(&mut rng());
        let kept = Details::decode(prepared.details.encoded().clone()).unwrap();
        assert_eq!(kept, prepared.details, "{name}");
        let from_details = Draft::read(kept.to_xml().as_bytes(), &rules_of(&name)).unwrap();
        assert!(from_details.is_of(&kept), "{name}");
    }
}

#[test]
fn all_samples_have_different_business_numbers() {
    let mut seen = BTreeMap::new();
    for (name, file) in samples() {
        let draft = Draft::read(&file, &rules_of(&name)).unwrap();
        let earlier = seen.insert(draft.business_number().to_owned(), name.clone());
        assert_eq!(earlier, None, "{name}");
    }
}

#[test]
fn the_order_of_elements_does_not_matter() {
    let document = xml::read(&sample("outpatient-02-reversed-order")).unwrap();
    assert_eq!(document.main.text("EInvoiceNumber"), "0000000002");
    assert_eq!(document.payer_party.text("PayerPartyName"), "测试乙");
    assert_eq!((document.items.len(), document.lines.len()), (3, 3));
}

#[test]
fn fee_lines_are_read_at_any_place() {
    for (name, lines) in [
        ("outpatient-03-unknown-elements", 3),
        ("outpatient-04-vendor-container", 3),
        ("inpatient-04-lines-for-some-items", 4),
        ("inpatient-02-long-fee-list", 172),
    ] {
        assert_eq!(
            xml::read(&sample(name)).unwrap().lines.len(),
            lines,
            "{name}"
        );
    }
}

#[test]
fn unknown_parts_are_kept_unchanged() {
    let document = xml::read(&sample("outpatient-03-unknown-elements")).unwrap();
    let root = [UnknownPart::Element(
        "<VendorInfo product=\"样例HIS\" version=\"8.2\"/>".into(),
    )];
    assert_eq!(document.kept["EInvoice"], root);
    let main = &document.kept["EInvoice/EInvoiceData/Main"];
    assert_eq!(
        main[0],
        UnknownPart::Element("<InvoiceStyle>A5-2</InvoiceStyle>".into())
    );
    assert_eq!(document.more["chargeWindow"], "3号窗口");
}

#[test]
fn seals_and_signatures_are_kept_unchanged() {
    let file = sample("inpatient-08-signed");
    let document = xml::read(&file).unwrap();
    let text = String::from_utf8(file).unwrap();
    assert_eq!(document.signatures.len(), 2);
    for signature in &document.signatures {
        assert!(text.contains(signature.as_str()));
        assert!(signature.starts_with("<EInvoiceSignature Role="));
    }
    assert_eq!(
        document.supervisor_seal.unwrap().text("SealName"),
        "样例省财政厅财政票据监制章"
    );
}

#[test]
fn all_settlement_channels_go_on_chain_and_breakdowns_do_not() {
    let file = sample("inpatient-01-every-channel");
    let item = Draft::read(&file, &hospital_rules())
        .unwrap()
        .prepare(&mut rng())
        .item;
    let settlement = item.settlement.unwrap();
    assert_eq!(settlement.pooled_fund_fen, 231_500);
    assert_eq!(settlement.personal_account_fen, 30_000);
    assert_eq!(settlement.other_fen, 15_000);
    let channels = 231_500 + 30_000 + 15_000 + settlement.personal_cash_fen;
    assert_eq!(channels, item.total_fen);
}

#[test]
fn contracts_accept_the_form_of_every_sample() {
    let items: Vec<_> = samples()
        .into_iter()
        .map(|(name, file)| {
            Draft::read(&file, &rules_of(&name))
                .unwrap()
                .prepare(&mut rng())
                .item
        })
        .collect();
    let batch = piaolian_proto::v1::IssueReceipts { items };
    assert!(piaolian_contracts::receipts::IssueReceipts::try_from(batch).is_ok());
}

#[test]
fn a_sample_can_be_dated_today() {
    let mut document = xml::read(&sample("outpatient-01-plain")).unwrap();
    document.set_issue_date(20_270_101);
    let draft = Draft::of_document(&document, &hospital_rules()).unwrap();
    assert_eq!(draft.prepare(&mut rng()).item.issue_date, 20_270_101);
}
