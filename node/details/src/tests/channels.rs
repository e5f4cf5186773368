//! Settlement channels as live systems write them: each is read, or the receipt is refused.

use super::*;
use crate::{Refused, issue::Draft, reversal::Reversal, xml};

/// Returns an outpatient receipt of 96.55 yuan, of which the fund paid 42.00, with this content of `MainExt`.
fn receipt(main_ext: &str) -> String {
    format!(
        "<EInvoice><EInvoiceData><Main>\
         <EInvoiceName>医疗门诊收费票据（电子）</EInvoiceName><EInvoiceCode>99060126</EInvoiceCode>\
         <TotalAmount>96.55</TotalAmount><IssueDate>20261130</IssueDate><IssueTime>08:31:05</IssueTime>\
         <InvoicingParty><InvoicingPartyCode>{HOSPITAL}</InvoicingPartyCode>\
         <InvoicingPartyName>样例市第一医院</InvoicingPartyName></InvoicingParty>\
         <PayerParty><PayerPartyType>1</PayerPartyType><PayerPartyName>测试甲</PayerPartyName></PayerParty>\
         <BizCode>MZ-0029</BizCode><MainExt>{main_ext}</MainExt></Main>\
         <Details><Item><ItemCode>0102</ItemCode><ItemName>西药费</ItemName>\
         <ItemAmount>96.55</ItemAmount></Item></Details></EInvoiceData></EInvoice>"
    )
}

fn draft(main_ext: &str) -> Result<Draft, Refused> {
    Draft::read(receipt(main_ext).as_bytes(), &hospital_rules())
}

/// Returns the numbers and paths below `MainExt` of the violations.
fn wrong(main_ext: &str) -> Vec<(u32, String)> {
    match draft(main_ext) {
        Ok(_) => Vec::new(),
        Err(Refused::Xml(error)) => vec![(error.code(), String::new())],
        Err(Refused::Rules(violations)) => violations
            .into_iter()
            .map(|violation| {
                let below = violation.path.rsplit_once("MainExt");
                let below = below.map_or(&*violation.path, |(_, below)| below);
                (violation.rule.code(), below.to_owned())
            })
            .collect(),
    }
}

/// Returns fund, account, cash and other in fen.
fn channels(main_ext: &str) -> [i64; 4] {
    let draft = draft(main_ext).unwrap_or_else(|refused| panic!("{main_ext}: {refused}"));
    let item = draft.prepare(&mut rng()).item;
    let paid = item.settlement.unwrap();
    [
        paid.pooled_fund_fen,
        paid.personal_account_fen,
        paid.personal_cash_fen,
        paid.other_fen,
    ]
}

#[test]
fn names_of_channels_are_compared_without_case() {
    for [fund, account, own] in [
        ["fundPayAmount", "accountPayAmount", "ownPayAmount"],
        ["fundpayAmount", "accountpayAmount", "ownpayAmount"],
        ["FUNDPAYAMOUNT", "ACCOUNTPAYAMOUNT", "OWNPAYAMOUNT"],
        ["FundPayamount", "AccountPayamount", "OwnPayamount"],
    ] {
        let main_ext =
            format!("<{fund}>42.00</{fund}><{account}>15.00</{account}><{own}>39.55</{own}>");
        assert_eq!(channels(&main_ext), [42_00, 15_00, 39_55, 0], "{fund}");
    }
    assert_eq!(
        wrong("<fundPayAmount>42.00</fundPayAmount><fundpayAmount>42.00</fundpayAmount>"),
        [(9118, String::new())]
    );
}

#[test]
fn channels_are_found_wherever_they_stand_under_main_ext() {
    let three = "<fundPayAmount>42.00</fundPayAmount><accountPayAmount>15.00</accountPayAmount>\
                 <ownPayAmount>39.55</ownPayAmount>";
    for main_ext in [
        format!("<MedicalInfo>{three}</MedicalInfo>"),
        format!("<Ext><Pay Version=\"2\">{three}</Pay></Ext>"),
        format!("<fundPayAmount/><MedicalInfo>{three}</MedicalInfo>"),
        format!("<fundPayAmount>42.0</fundPayAmount><MedicalInfo>{three}</MedicalInfo>"),
        format!("<A><OtherPayAmount>0.00</OtherPayAmount></A><B>{three}</B>"),
    ] {
        assert_eq!(channels(&main_ext), [42_00, 15_00, 39_55, 0], "{main_ext}");
        // What is written is read as the same receipt.
        let document = xml::read(receipt(&main_ext).as_bytes()).unwrap();
        assert_eq!(
            xml::read(xml::write(&document).as_bytes()).unwrap(),
            document
        );
    }
}

#[test]
fn channels_outside_main_ext_are_read_and_rows_are_not() {
    let own = "<ownPayAmount>54.55</ownPayAmount>";
    let fund = "<fundPayAmount>42.00</fundPayAmount>";
    let file = |main_ext: &str, beside: &str| {
        let beside = format!("{beside}<Details>");
        receipt(main_ext).replace("<Details>", &beside)
    };
    let read = |file: String| Draft::read(file.as_bytes(), &hospital_rules());
    let group = format!("<MedicalInfo>{own}{fund}</MedicalInfo>");
    let message = read(file("", &group)).unwrap().message().clone();
    let extension = message.extension.unwrap();
    assert_eq!(
        (extension.fund_pay_fen, extension.own_pay_fen),
        (Some(42_00), Some(54_55))
    );
    // All of it as cash, with the fund's part elsewhere: one of the two is wrong.
    let all = "<ownPayAmount>96.55</ownPayAmount>";
    assert_eq!(read(file(all, &group)).unwrap_err().codes(), [9121]);
    assert_eq!(
        read(file(
            all,
            "<MedicalInfo><fundPayAmount>42</fundPayAmount></MedicalInfo>"
        ))
        .unwrap_err()
        .codes(),
        [9305]
    );
    // A list of rows states parts of the channels.
    let rows = "<Fees><Fee><ownPayAmount>54.55</ownPayAmount></Fee>\
                <Fee><ownPayAmount>42.00</ownPayAmount></Fee></Fees>";
    assert!(read(file(all, rows)).is_ok());
    let row = "<ItemAmount>96.55</ItemAmount><fundPayAmount>42.00</fundPayAmount>";
    let in_item = receipt(all).replace("<ItemAmount>96.55</ItemAmount>", row);
    assert!(read(in_item).is_ok());
}

#[test]
fn a_channel_that_stands_twice_with_two_amounts_is_refused() {
    let own = "<ownPayAmount>96.55</ownPayAmount>";
    let group = "<MedicalInfo><fundPayAmount>42.00</fundPayAmount></MedicalInfo>";
    assert_eq!(
        wrong(&format!("<fundPayAmount>0.00</fundPayAmount>{own}{group}")),
        [(9121, String::new())]
    );
    // A client that sends the fields itself cannot contradict the group that it keeps.
    let mut message = draft(own).unwrap().message().clone();
    let grouped = draft(&format!("<ownPayAmount>54.55</ownPayAmount>{group}"));
    message.kept.clone_from(&grouped.unwrap().message().kept);
    let refused = Draft::of_details(message, &hospital_rules()).unwrap_err();
    assert_eq!(refused.codes(), [9313]);
}

#[test]
fn a_payment_that_is_not_read_is_named_in_the_refusal() {
    let zeros = "<fundPayAmount>0.00</fundPayAmount><accountPayAmount>0.00</accountPayAmount>\
                 <ownPayAmount>0.00</ownPayAmount><otherPayAmount>0.00</otherPayAmount>";
    let here = || (9311, String::new());
    assert_eq!(wrong(zeros), [here()]);
    assert_eq!(wrong(""), [here()]);
    let named = |path: &str| (9312, path.to_owned());
    assert_eq!(
        wrong(&format!(
            "{zeros}<tczf>42.00</tczf><xjzf>54.55</xjzf><bed>12</bed>"
        )),
        [here(), named("/tczf"), named("/xjzf")]
    );
    assert_eq!(
        wrong(&format!(
            "{zeros}<Ext><poolPay>42</poolPay><stay>7</stay></Ext>"
        )),
        [here(), named("/Ext/poolPay")]
    );
    assert_eq!(
        wrong(&format!("{zeros}<统筹支付>42.0000</统筹支付>")),
        [here(), named("/统筹支付")]
    );
    // One channel is read, and another has a provincial name.
    assert_eq!(
        wrong("<ownPayAmount>54.55</ownPayAmount><hifpPay>42.00</hifpPay>"),
        [(9305, String::new()), named("/hifpPay")]
    );
}

#[test]
fn a_breakdown_or_cash_flow_is_no_channel() {
    for name in [
        "selfpaymentAmount",
        "selfpaymentCost",
        "prepayAmount",
        "rechargeAmount",
        "refundAmount",
    ] {
        let alone = format!("<{name}>96.55</{name}>");
        assert_eq!(wrong(&alone), [(9311, String::new())], "{name}");
        let beside = format!("{alone}<ownPayAmount>96.55</ownPayAmount>");
        assert_eq!(channels(&beside), [0, 0, 96_55, 0], "{name}");
    }
}

#[test]
fn a_red_receipt_leaves_out_the_groups_that_repeat_its_originals_channels() {
    let main_ext = "<MedicalInfo><fundPayAmount>42.00</fundPayAmount>\
                    <ownPayAmount>54.55</ownPayAmount></MedicalInfo><Ext><ward>7</ward></Ext>";
    let original = draft(main_ext).unwrap().prepare(&mut rng()).details;
    let reversal = Reversal {
        original: piaolian_proto::v1::ReceiptId {
            code: "99060126".into(),
            number: 29,
        },
        receipt_code: "99060126".into(),
        receipt_number: None,
        issue_date: 20_261_201,
        issue_time: 90_000,
        business_number: "R-29".into(),
        reason: "wrong department".into(),
    };
    let red = reversal.prepare(&original, &mut rng()).unwrap().details;
    let written = red.to_xml();
    assert!(written.contains("<fundPayAmount>-42.00</fundPayAmount>"));
    assert!(written.contains("<ward>7</ward>"));
    assert!(!written.contains("MedicalInfo"));
}
