//! Data as people read it: indented fields, and an event on one line.

use piaolian_contracts::types::{BeijingDate, BeijingTime, BlockTime, Fen};
use piaolian_proto::v1::{
    AlertResult, CloseAlert, ConfirmPayout, DecideClaim, ErrorDetail, Event, NoticeItem,
    PaymentReport, confirm_payout::Result as PayoutResult, decide_claim::Verdict,
    transaction_body::Action,
};
use serde_json::Value as Json;

use super::failure::describe;

/// Indented lines; what is empty is left out.
pub(super) fn of_json(value: &Json) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text
}

fn write(value: &Json, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    let Json::Object(fields) = value else { return };
    for (name, value) in fields.iter().filter(|(_, value)| !is_empty(value)) {
        let label = label(name);
        match value {
            Json::Object(_) => {
                text.push_str(&format!("{indent}{label}:\n"));
                write(value, depth + 1, text);
            }
            Json::Array(values) if values.iter().all(Json::is_object) => {
                for value in values {
                    text.push_str(&format!("{indent}{label}:\n"));
                    write(value, depth + 1, text);
                }
            }
            Json::Array(values) => {
                let values: Vec<_> = values.iter().map(|value| plain(name, value)).collect();
                text.push_str(&format!("{indent}{label}: {}\n", values.join(", ")));
            }
            _ => text.push_str(&format!("{indent}{label}: {}\n", plain(name, value))),
        }
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(values) => values.is_empty(),
        Json::Bool(_) | Json::Number(_) | Json::Object(_) => false,
    }
}

/// A value, with what its name says about its unit.
fn plain(name: &str, value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Number(number) if name.ends_with("_fen") => number.as_i64().map_or_else(
            || value.to_string(),
            |fen| format!("{} yuan", Fen::new(fen)),
        ),
        Json::Number(number) if is_moment(name) => match number.as_u64() {
            Some(ms) if ms > 0 => moment(ms),
            _ => value.to_string(),
        },
        _ => value.to_string(),
    }
}

/// A field's name, without the unit where the value is shown in another.
fn label(name: &str) -> &str {
    let unit = if is_moment(name) { "_ms" } else { "_fen" };
    name.strip_suffix(unit).unwrap_or(name)
}

fn is_moment(name: &str) -> bool {
    name.ends_with("time_ms")
        || name.ends_with("until_ms")
        || name.ends_with("since_ms")
        || name.ends_with("expires_ms")
        || name.ends_with("paid_ms")
        || name == "started_ms"
}

/// A moment in Beijing.
pub(super) fn moment(ms: u64) -> String {
    let time = BlockTime::from_ms(ms);
    format!(
        "{} {}.{:03}",
        BeijingDate::at(time),
        BeijingTime::at(time),
        ms % 1_000
    )
}

/// An event as a line: place, time, who, what, which receipt, what was decided.
pub(super) fn of_event(event: &Event) -> String {
    let place = event.cursor.unwrap_or_default();
    let receipt = event.receipt.as_ref();
    let receipt = receipt
        .map(|id| format!(" {}-{:010}", id.code, id.number))
        .unwrap_or_default();
    let operator = match event.operator.as_str() {
        "" => String::new(),
        operator => format!(" ({operator})"),
    };
    let verdict = match &event.refusal {
        None => "accepted".to_owned(),
        Some(refusal) => {
            let said = ErrorDetail {
                height: 0,
                ..refusal.clone()
            };
            format!("REFUSED {}", describe(&said))
        }
    };
    format!(
        "{}.{}.{} {} {}{operator} {}{receipt}{} {verdict}",
        place.height,
        place.transaction,
        place.item,
        moment(event.block_time_ms),
        event.organisation,
        event.action,
        amounts(event),
    )
}

fn noticed(notice: &NoticeItem) -> String {
    format!(
        " {} yuan for decision {}",
        Fen::new(notice.amount_fen),
        notice.decision_number
    )
}

fn reported(payment: &PaymentReport) -> String {
    format!(
        " {} yuan, reference {}",
        Fen::new(payment.amount_fen),
        payment.bank_reference
    )
}

fn amounts(event: &Event) -> String {
    match event.requested() {
        Some(Action::IssueReceipts(batch)) => {
            let total = batch.items.iter().map(|item| item.total_fen).sum();
            format!(" {} yuan", Fen::new(total))
        }
        Some(Action::BookReceipt(booking)) => format!(
            " {} yuan, voucher {}",
            Fen::new(booking.amount_fen),
            booking.voucher_number
        ),
        Some(Action::UnbookReceipt(unbooking)) => {
            format!(
                " voucher {}: {}",
                unbooking.voucher_number, unbooking.reason
            )
        }
        Some(Action::LockReceipt(lock)) => format!(" claim {}", lock.claim_number),
        Some(Action::ReverseReceipt(reversal)) => format!(": {}", reversal.reason),
        Some(Action::GrantRange(grant)) => format!(
            " {} {:010}-{:010} to {}",
            grant.receipt_code, grant.first_number, grant.last_number, grant.issuer
        ),
        Some(Action::ExchangeForPaper(exchange)) => {
            format!(" paper {} {}", exchange.paper_code, exchange.paper_number)
        }
        Some(Action::ReturnPaper(paper)) => format!(
            " paper {} {}: {}",
            paper.paper_code, paper.paper_number, paper.reason
        ),
        Some(Action::AuditUse(audit)) => format!(" audit {}", audit.audit_number),
        Some(Action::ArchiveReceipts(archive)) => {
            let numbers = archive
                .items
                .iter()
                .map(|item| item.archive_number.as_str());
            format!(" under {}", numbers.collect::<Vec<_>>().join(", "))
        }
        Some(Action::AskExplanation(question)) => {
            format!(" of alert {} {}", question.alert_id, question.organisation)
        }
        Some(Action::ExplainAlert(explanation)) => {
            format!(" {}: {}", explanation.alert_id, explanation.text)
        }
        Some(Action::CloseAlert(closing)) => closed(closing),
        Some(Action::SealBlock(seal)) => format!(" of height {}", seal.height),
        Some(Action::SuspendOrganisation(act)) => format!(" {}: {}", act.organisation, act.reason),
        Some(Action::ResumeOrganisation(act)) => format!(" {}: {}", act.organisation, act.reason),
        Some(Action::AdmitOrganisation(act)) => format!(" {} {}", act.organisation, act.name),
        Some(Action::FileClaim(claim)) => {
            format!(" {} under policy {}", claim.claim_number, claim.policy_code)
        }
        Some(Action::DecideClaim(decision)) => decided(decision),
        Some(Action::WithdrawClaim(act)) => format!(" {}: {}", act.claim_number, act.reason),
        Some(Action::ConfirmPayout(said)) => paid_out(said),
        Some(Action::CorrectClaim(act)) => format!(" {}: {}", act.claim_number, act.reason),
        Some(Action::ReleaseOrphan(act)) => format!(" of {}: {}", act.organisation, act.reason),
        Some(Action::GrantAccess(grant)) => format!(" to {}", grant.grantee),
        Some(Action::RevokeAccess(act)) => format!(" of {}: {}", act.grantee, act.reason),
        Some(Action::AnchorAccessLog(act)) => {
            format!(" {} with {} entries", act.log, act.entries)
        }
        Some(Action::PublishPolicy(policy)) => format!(" {}", policy.policy_code),
        Some(Action::CreateNotices(batch)) => batch.items.iter().map(noticed).collect(),
        Some(Action::CancelNotice(act)) => format!(" {}: {}", act.decision_number, act.reason),
        Some(Action::ReportPayments(batch)) => batch.items.iter().map(reported).collect(),
        Some(Action::SubmitStatement(part)) => {
            format!(" of day {}, region {}", part.account_day, part.region)
        }
        Some(Action::CloseDay(act)) => format!(" {}, region {}", act.account_day, act.region),
        Some(Action::SetMandate(mandate)) => {
            let word = if mandate.active { "given" } else { "withdrawn" };
            format!(" {} for {} {word}", mandate.receipt_code, mandate.agency)
        }
        Some(Action::RotateValidatorKey(act)) => format!(
            " {} by {} from height {}",
            act.old_key_id, act.new_key_id, act.effective_height
        ),
        Some(Action::Propose(act)) => format!(": {}", act.reason),
        Some(Action::CastVote(act)) => {
            let word = if act.in_favour {
                "in favour of"
            } else {
                "against"
            };
            format!(" {word} {}", act.proposal_id)
        }
        Some(
            Action::UnlockReceipt(_)
            | Action::DeliverReceipts(_)
            | Action::NoteVerification(_)
            | Action::RecallRange(_)
            | Action::AddKey(_)
            | Action::RevokeKey(_)
            | Action::UpdateEndpoints(_)
            | Action::SetParameters(_),
        )
        | None => String::new(),
    }
}

fn closed(closing: &CloseAlert) -> String {
    let word = match closing.result() {
        AlertResult::Cleared => "cleared",
        AlertResult::Confirmed => "confirmed",
        AlertResult::Suspected | AlertResult::Unspecified => "undecided",
    };
    format!(" {} {word}: {}", closing.alert_id, closing.reason)
}

fn decided(decision: &DecideClaim) -> String {
    let word = match &decision.verdict {
        Some(Verdict::Approve(_)) => "approved",
        Some(Verdict::Reject(_)) => "rejected",
        None => "undecided",
    };
    format!(" {} {word}", decision.claim_number)
}

fn paid_out(said: &ConfirmPayout) -> String {
    let word = match &said.result {
        Some(PayoutResult::Paid(paid)) => format!("{} yuan paid", Fen::new(paid.amount_fen)),
        Some(PayoutResult::Failed(failed)) => format!("failed ({})", failed.reason),
        None => "unsaid".to_owned(),
    };
    let ConfirmPayout {
        claim_number,
        bank_reference,
        ..
    } = said;
    format!(" {claim_number} {word}, reference {bank_reference}")
}

#[cfg(test)]
mod tests {
    use piaolian_proto::v1::{
        ClaimApproval, ClaimRejection, Cursor, PayoutFailed, PayoutPaid, ReceiptId,
    };

    use super::*;
    use crate::cli::json::{tests::view, to_json};

    #[test]
    fn text_says_yuan_and_leaves_out_what_is_empty() {
        let text = of_json(&to_json(&view()).unwrap());
        assert!(text.contains("  total: 15263.14 yuan\n"), "{text}");
        assert!(!text.contains("agency"), "{text}");
    }

    #[test]
    fn opposite_decisions_do_not_read_alike() {
        let said = |result| {
            let said = ConfirmPayout {
                claim_number: "YB-1".to_owned(),
                bank_reference: "ZF-1".to_owned(),
                result: Some(result),
                ..ConfirmPayout::default()
            };
            let event = Event {
                request: Some(Action::ConfirmPayout(said).into()),
                ..Event::default()
            };
            amounts(&event)
        };
        let paid = PayoutPaid {
            amount_fen: 12_345,
            paid_ms: 1,
        };
        let reason = "closed account".to_owned();
        assert_eq!(
            said(PayoutResult::Paid(paid)),
            " YB-1 123.45 yuan paid, reference ZF-1"
        );
        assert_eq!(
            said(PayoutResult::Failed(PayoutFailed { reason })),
            " YB-1 failed (closed account), reference ZF-1"
        );
        for (verdict, word) in [
            (Verdict::Approve(ClaimApproval::default()), "approved"),
            (Verdict::Reject(ClaimRejection::default()), "rejected"),
        ] {
            let decision = DecideClaim {
                verdict: Some(verdict),
                ..DecideClaim::default()
            };
            assert!(decided(&decision).ends_with(word));
        }
    }

    #[test]
    fn an_event_is_one_line_with_actor_height_and_time() {
        let event = Event {
            cursor: Some(Cursor {
                height: 7,
                transaction: 1,
                item: 0,
            }),
            block_time_ms: 1_795_190_400_000,
            organisation: "91440300708461136T".to_owned(),
            operator: "clerk-7".to_owned(),
            action: "LockReceipt".to_owned(),
            receipt: Some(ReceiptId {
                code: "11010125".to_owned(),
                number: 42,
            }),
            ..Default::default()
        };
        assert_eq!(
            of_event(&event),
            "7.1.0 2026-11-21 00:00:00.000 91440300708461136T (clerk-7) LockReceipt \
             11010125-0000000042 accepted"
        );
    }
}
