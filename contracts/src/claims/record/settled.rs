//! A receipt that was settled directly, as a decision names it.

use std::collections::BTreeSet;

use piaolian_proto::v1 as proto;

use super::CLAIM_RECEIPTS_MAX;
use crate::{
    fields::field,
    malformed::Malformed,
    types::{Fen, ReceiptId},
};

/// A receipt that was settled directly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SettledReceipt {
    /// The receipt.
    pub receipt: ReceiptId,
    /// The deductible that it met.
    pub deductible_met: Fen,
    /// The amount in scope, above the deductible.
    pub above: Fen,
    /// The amount that the pooled fund paid; 0 until the receipt is read.
    pub fund_paid: Fen,
    /// Whether it was an admission to hospital.
    pub admission: bool,
}

impl SettledReceipt {
    /// Parses the settled receipts of a decision.
    ///
    /// # Errors
    /// When there are too many, or one is malformed or occurs twice.
    pub(in crate::claims) fn parse_all(
        messages: Vec<proto::SettledReceipt>,
    ) -> Result<Vec<Self>, Malformed> {
        let field = "settled_receipts";
        if messages.len() > CLAIM_RECEIPTS_MAX {
            return Err(Malformed::new(field, "must be at most 20"));
        }
        let mut seen = BTreeSet::new();
        let parse = |message: proto::SettledReceipt| {
            let part = Fen::parse_unsigned;
            let settled = Self {
                receipt: ReceiptId::parse("receipt", message.receipt)?,
                deductible_met: part("deductible_met_fen", message.deductible_met_fen)?,
                above: part("above_fen", message.above_fen)?,
                fund_paid: Fen::ZERO,
                admission: message.admission,
            };
            if !seen.insert(settled.receipt) {
                return Err(Malformed::new("receipt", "must be named once"));
            }
            Ok(settled)
        };
        let parsed = messages.into_iter().map(parse);
        let parsed: Result<_, Malformed> = parsed.collect();
        parsed.map_err(|error| error.within(field))
    }
}

field!(
    SettledReceipt: (Option<proto::ReceiptId>, i64, i64, i64, bool),
    |settled| {
        let SettledReceipt { deductible_met, above, fund_paid, .. } = *settled;
        let receipt = Some(settled.receipt.into());
        (receipt, deductible_met.get(), above.get(), fund_paid.get(), settled.admission)
    },
    |field, (receipt, deductible_met, above, fund_paid, admission)| Ok(Self {
        receipt: ReceiptId::parse(field, receipt)?,
        deductible_met: Fen::new(deductible_met),
        above: Fen::new(above),
        fund_paid: Fen::new(fund_paid),
        admission,
    })
);
