//! Pick-up (取票): a decision number and a second factor open the receipt.
//!
//! ```text
//!   decision number ─► notice ─► details kept here ─► factor right ─► paid? ─► receipt
//!        └─ unknown, kept elsewhere, factor wrong: one answer, and counted
//! ```
//!
//! The second factor is not on the chain, not even as a hash, because any member could find a name or the end of an
//! identity number by trying all values. The agency's node compares the factor with the details that it keeps.

use std::{sync::Arc, time::Instant};

use piaolian_contracts::{
    malformed::Malformed, payments::NOTICES, receipts::RECEIPTS, types::DecisionNumber,
};
use piaolian_custody::{
    access_log::Ground,
    details_store::{DetailsStore, StoredReceipt},
};
use piaolian_ledger::Ledger;
use piaolian_proto::v1::{
    DetailsPayerParty, PickUpReceiptRequest, PickUpReceiptResponse, pick_up_receipt_request::Factor,
};

use super::details_access::{DetailsAccess, ReadBy};
use crate::{
    api_error::ApiError,
    attempt_limiter::AttemptLimiter,
    calling_client::CallingClient,
    error::{ServiceError, ServiceFault},
    parse::must_name,
    query::receipts,
};

/// Shortest end of an identity number that opens a receipt. It has ten thousand values, and only ten wrong guesses are
/// allowed in ten minutes.
const TAIL_CHARACTERS_MIN: usize = 4;
/// Longest.
const TAIL_CHARACTERS_MAX: usize = 6;
/// Longest name, bytes.
const NAME_BYTES_MAX: usize = 256;

/// Opens receipts of paid notices for those who know a second factor.
pub struct PickUp {
    ledger: Ledger,
    /// Details that this node issued; `None` where it issues none.
    own: Option<Arc<DetailsStore>>,
    details: Arc<DetailsAccess>,
    /// Wrong second factors.
    attempts: AttemptLimiter<DecisionNumber>,
}

impl PickUp {
    /// Returns the object that serves pick-ups of receipts whose details are in `own`.
    pub(crate) fn new(
        ledger: Ledger,
        own: Option<Arc<DetailsStore>>,
        details: Arc<DetailsAccess>,
    ) -> Self {
        Self {
            ledger,
            own,
            details,
            attempts: AttemptLimiter::default(),
        }
    }

    /// Returns the receipt of a paid notice to a client that presents the second factor.
    ///
    /// # Errors
    /// When the request is malformed, there were too many wrong attempts, no notice here has this number and second
    /// factor, the notice is unpaid, or a store cannot be read.
    pub fn pick_up_receipt(
        &self,
        client: &CallingClient,
        request: &PickUpReceiptRequest,
    ) -> Result<PickUpReceiptResponse, ServiceError> {
        let number = DecisionNumber::parse("decision_number", request.decision_number.clone())?;
        let factor = parse_factor(request.factor.clone())?;
        let store = self.own.as_ref().ok_or(ApiError::NoDetailsHere)?;
        self.attempts
            .begin(&client.name, number.clone(), Instant::now())?;
        let state = self.ledger.view().state();
        let notice = NOTICES.get(&state, &number)?;
        let kept = match &notice {
            Some(notice) => store.by_commitment(&notice.details_commitment)?,
            None => None,
        };
        let opened = notice
            .zip(kept)
            .filter(|(_, kept)| factor.is_of(&payer(kept)));
        let Some((notice, kept)) = opened else {
            return Err(ServiceError::not_found("notice with this second factor"));
        };
        self.attempts.succeeded(&client.name, &number);
        let payment = notice.payment.ok_or(ApiError::NotPaidYet)?;
        let lost = || ServiceFault::Damaged(format!("receipt {}", payment.receipt));
        let receipt = RECEIPTS.get(&state, &payment.receipt)?.ok_or_else(lost)?;
        let read_by = ReadBy {
            client: &client.name,
            operator: None,
        };
        self.details
            .record(&receipt, &read_by, Ground::Issuer, None)?;
        let details = &kept.details;
        let (date, time) = (receipt.issue_date.get(), receipt.issue_time.get());
        Ok(PickUpReceiptResponse {
            receipt: Some(receipts::view(&state, &receipt)?),
            check_code: details.check_code().to_owned(),
            details: details.encoded().clone(),
            xml: details.to_xml_as_issued(receipt.id.number.get(), date, time),
        })
    }
}

/// The second factor, as it is presented.
enum Known {
    Name(String),
    Tail(String),
}

fn parse_factor(factor: Option<Factor>) -> Result<Known, Malformed> {
    match factor {
        Some(Factor::PayerName(name)) if (1..=NAME_BYTES_MAX).contains(&name.len()) => {
            Ok(Known::Name(name))
        }
        Some(Factor::PayerName(_)) => Err(Malformed::new("payer_name", "must be 1 to 256 bytes")),
        Some(Factor::IdentityTail(tail)) => {
            let length = (TAIL_CHARACTERS_MIN..=TAIL_CHARACTERS_MAX).contains(&tail.len());
            if length && tail.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Ok(Known::Tail(tail));
            }
            let form = "must be the last 4 to 6 characters of [0-9A-Za-z]";
            Err(Malformed::new("identity_tail", form))
        }
        None => Err(must_name("factor", "a second factor")),
    }
}

impl Known {
    fn is_of(&self, payer: &DetailsPayerParty) -> bool {
        match self {
            Self::Name(name) => *name == payer.name,
            Self::Tail(tail) => payer
                .code
                .len()
                .checked_sub(tail.len())
                .and_then(|start| payer.code.get(start..))
                .is_some_and(|end| end.eq_ignore_ascii_case(tail)),
        }
    }
}

fn payer(kept: &StoredReceipt) -> DetailsPayerParty {
    let details = kept.details.message();
    details.payer_party.clone().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payer() -> DetailsPayerParty {
        DetailsPayerParty {
            name: "测试甲".to_owned(),
            code: "99010019900307001X".to_owned(),
            ..DetailsPayerParty::default()
        }
    }

    #[test]
    fn a_name_must_be_the_whole_name() {
        assert!(Known::Name("测试甲".to_owned()).is_of(&payer()));
        for other in ["测试", "测试甲 ", "测试乙", ""] {
            assert!(!Known::Name(other.to_owned()).is_of(&payer()), "{other}");
        }
    }

    #[test]
    fn a_tail_must_be_the_end_of_the_number() {
        for right in ["001X", "001x", "07001X"] {
            assert!(Known::Tail(right.to_owned()).is_of(&payer()), "{right}");
        }
        for wrong in ["0019", "9903", "07001"] {
            assert!(!Known::Tail(wrong.to_owned()).is_of(&payer()), "{wrong}");
        }
        let nobody = DetailsPayerParty::default();
        assert!(!Known::Tail("001X".to_owned()).is_of(&nobody));
    }

    #[test]
    fn a_factor_has_a_form() {
        let tail = |tail: &str| parse_factor(Some(Factor::IdentityTail(tail.to_owned())));
        assert!(tail("001X").is_ok() && tail("07001X").is_ok());
        for bad in ["", "1X", "01X", "007001X", "00-X", "零零零一"] {
            assert!(tail(bad).is_err(), "{bad}");
        }
        assert!(parse_factor(Some(Factor::PayerName(String::new()))).is_err());
        assert!(parse_factor(None).is_err());
    }
}
