//! Outcomes with their messages spelled out.

use piaolian_contracts::chain::Height;
use piaolian_ledger::CommittedOutcome;
use piaolian_proto::v1::{ErrorDetail, ExplainedOutcome, Outcome};

use crate::{
    api_error::Kind,
    error::{Refusal, ServiceError, detail_of_rule},
};

/// Returns an outcome with the messages of its numbers, for the block at `height`.
pub(crate) fn explain(outcome: Outcome, height: Height) -> ExplainedOutcome {
    let whole = rejection(&outcome, height);
    let item_rejections = (0..outcome.items.len())
        .filter_map(|place| item_rejection(&outcome, place, height))
        .collect();
    ExplainedOutcome {
        outcome: Some(outcome),
        rejection: whole,
        item_rejections,
    }
}

/// Returns why the block rejected a transaction as a whole, if it did.
pub(crate) fn rejection(outcome: &Outcome, height: Height) -> Option<ErrorDetail> {
    (outcome.code != 0).then(|| ErrorDetail {
        transaction_id: outcome.transaction_id.clone(),
        height: height.get(),
        ..detail_of_rule(outcome.code, &outcome.arguments)
    })
}

/// Returns why the block rejected one item of a transaction that it accepted as a whole. A transaction that was
/// rejected as a whole gives its reason once, by [`rejection`].
pub(crate) fn item_rejection(
    outcome: &Outcome,
    place: usize,
    height: Height,
) -> Option<ErrorDetail> {
    let item = outcome
        .items
        .get(place)
        .filter(|item| outcome.code == 0 && item.code != 0)?;
    Some(ErrorDetail {
        field: format!("items[{place}]"),
        transaction_id: outcome.transaction_id.clone(),
        height: height.get(),
        ..detail_of_rule(item.code, &item.arguments)
    })
}

/// Returns the outcome of an accepted transaction; a rejected one is an error that names transaction and height.
pub(crate) fn accepted(decided: CommittedOutcome) -> Result<CommittedOutcome, ServiceError> {
    match rejection(&decided.outcome, decided.height) {
        None => Ok(decided),
        Some(detail) => Err(ServiceError::Refused(Refusal {
            kind: Kind::Refused,
            detail,
        })),
    }
}

#[cfg(test)]
mod tests {
    use piaolian_proto::v1::ItemOutcome;

    use super::*;

    fn outcome(code: u32, items: &[u32]) -> Outcome {
        let items = items.iter().map(|code| ItemOutcome {
            code: *code,
            ..Default::default()
        });
        Outcome {
            transaction_id: vec![7; 32].into(),
            code,
            arguments: vec!["11010125-0000000042".to_owned()],
            items: items.collect(),
        }
    }

    #[test]
    fn each_rejected_item_is_explained_at_its_place() {
        let explained = explain(outcome(0, &[0, 1400, 0, 1400]), Height::new(9));
        assert_eq!(explained.rejection, None);
        let fields: Vec<_> = explained
            .item_rejections
            .iter()
            .map(|d| d.field.as_str())
            .collect();
        assert_eq!(fields, ["items[1]", "items[3]"]);
    }

    #[test]
    fn a_rejected_whole_is_explained_once() {
        let explained = explain(outcome(1400, &[1400, 1400]), Height::new(9));
        assert_eq!(
            explained.rejection.unwrap().arguments,
            ["11010125-0000000042"]
        );
        assert!(explained.item_rejections.is_empty());
    }

    #[test]
    fn a_rejection_names_its_transaction_and_height() {
        let detail = rejection(&outcome(1400, &[]), Height::new(9)).unwrap();
        assert_eq!((detail.code, detail.height), (1400, 9));
        assert_eq!(detail.transaction_id, vec![7; 32]);
        assert!(!detail.message_en.is_empty() && !detail.message_zh.is_empty());
    }

    #[test]
    fn an_accepted_transaction_is_no_error() {
        let decided = |code| CommittedOutcome {
            height: Height::new(9),
            index: 0,
            outcome: outcome(code, &[]),
        };
        assert!(accepted(decided(0)).is_ok());
        let error = accepted(decided(1400)).unwrap_err();
        assert_eq!(error.kind(), Kind::Refused);
    }
}
