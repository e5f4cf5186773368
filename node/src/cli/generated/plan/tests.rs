//! Arguments of messages, and messages read from command lines.

use piaolian_proto::v1::{self, ConfirmPayoutRequest, GetReceiptRequest, confirm_payout};

use super::*;
use crate::cli::{descriptors::message_of, json::typed};

fn read<M: prost::Message + prost::Name + Default>(plan: &Plan, line: &str) -> Result<M, String> {
    let command = plan.command(Command::new("it").no_binary_name(true));
    let matches = command.try_get_matches_from(line.split_whitespace());
    let matches = matches.map_err(|error| error.to_string())?;
    let message = plan
        .message(&matches)
        .map_err(|failure| failure.to_string())?;
    Ok(typed(&message))
}

#[test]
fn a_nested_message_has_flags_of_its_own() {
    let plan = Plan::of_request(
        "claim",
        message_of::<ConfirmPayoutRequest>(),
        Some("confirm_payout"),
    );
    let line = "YB-1 --insurer I --payout-number 2 --paid-amount 12.34 --paid-at 2026-11-21 \
                --bank-reference B-9 --operator b-7";
    let request: ConfirmPayoutRequest = read(&plan, line).unwrap();
    assert_eq!(request.options.unwrap().operator, "b-7");
    let message = dynamic(&ConfirmPayoutRequest {
        options: None,
        ..read(&plan, line).unwrap()
    });
    let field = plan.subject[0].clone();
    let action: v1::ConfirmPayout = typed(message.get_field(&field).as_message().unwrap());
    assert_eq!(
        (action.claim_number.as_str(), action.payout_number),
        ("YB-1", 2)
    );
    let paid = v1::PayoutPaid {
        amount_fen: 1_234,
        paid_ms: 1_795_190_400_000,
    };
    assert_eq!(action.result, Some(confirm_payout::Result::Paid(paid)));
}

#[test]
fn a_choice_is_made_once() {
    let plan = Plan::of_request("receipt", message_of::<GetReceiptRequest>(), None);
    let both = "11010125-0000000042 --business-number MZ-1";
    assert!(read::<GetReceiptRequest>(&plan, both).is_err());
    let one = "--business-number MZ-1 --business-number-issuer I";
    assert!(read::<GetReceiptRequest>(&plan, one).unwrap().by.is_some());
}

#[test]
fn a_receipts_reversal_names_the_receipt_first() {
    let request = crate::cli::descriptors::message("ReverseReceiptRequest");
    let plan = Plan::of_request("receipt", request, Some("reverse_receipt"));
    let positional = plan.arguments.iter().find(|it| it.is_positional);
    assert_eq!(positional.unwrap().name, "original");
}

#[test]
fn private_fields_have_no_flag() {
    for (name, noun) in [
        ("PickUpReceiptRequest", "receipt"),
        ("AuthoriseGranteeRequest", "holder"),
        ("IssueReceiptsRequest", "receipt"),
    ] {
        let plan = Plan::of_request(noun, crate::cli::descriptors::message(name), None);
        assert!(plan.is_private, "{name}");
        let command = plan.command(Command::new("it"));
        let names: Vec<_> = command
            .get_arguments()
            .map(|it| it.get_id().as_str())
            .collect();
        for private in ["holder", "payer-name", "identity-tail"] {
            assert!(!names.contains(&private), "{name}");
        }
    }
}

#[test]
fn a_call_with_a_name_takes_no_time_from_the_clock() {
    let plan = Plan::of_request(
        "claim",
        message_of::<ConfirmPayoutRequest>(),
        Some("confirm_payout"),
    );
    let named = format!("YB-1 --paid-at +1h --client-id {}", "0".repeat(32));
    let problem = read::<ConfirmPayoutRequest>(&plan, &named).unwrap_err();
    assert!(problem.contains("--paid-at"), "{problem}");
}
