//! The part of a reimbursement that has to come back after a reissue.

use piaolian_proto::v1 as proto;

use crate::{
    chain::Height,
    malformed::Malformed,
    types::{BlockTime, Fen, FundKind, OrganisationId, ReceiptId, VoucherNumber},
};

/// Most excesses of a receipt: as many as it may have bookings.
pub const EXCESSES_MAX: usize = 64;

/// The part of a booking that is above what the receipt of a reissue lets its kind of fund claim. The money left, so
/// its payer has to get it back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Excess {
    /// The payer of the booking, to which the money is owed.
    pub payer: OrganisationId,
    /// The kind of fund that paid.
    pub fund_kind: FundKind,
    /// The payer's voucher.
    pub voucher_number: VoucherNumber,
    /// The receipt on which the payer booked it.
    pub booked_on: ReceiptId,
    /// The amount; more than 0.
    pub amount: Fen,
    /// The block of the reissue …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

impl From<&Excess> for proto::Excess {
    fn from(excess: &Excess) -> Self {
        Self {
            payer: excess.payer.to_string(),
            fund_kind: excess.fund_kind.number(),
            voucher_number: excess.voucher_number.to_string(),
            booked_on: Some(excess.booked_on.into()),
            amount_fen: excess.amount.get(),
            height: excess.height.get(),
            time_ms: excess.time.as_ms(),
        }
    }
}

impl TryFrom<proto::Excess> for Excess {
    type Error = Malformed;

    fn try_from(excess: proto::Excess) -> Result<Self, Malformed> {
        let voucher_number = excess.voucher_number;
        Ok(Self {
            payer: OrganisationId::parse("excesses.payer", &excess.payer)?,
            fund_kind: FundKind::parse("excesses.fund_kind", excess.fund_kind)?,
            voucher_number: VoucherNumber::parse("excesses.voucher_number", voucher_number)?,
            booked_on: ReceiptId::parse("excesses.booked_on", excess.booked_on)?,
            amount: Fen::new(excess.amount_fen),
            height: Height::new(excess.height),
            time: BlockTime::from_ms(excess.time_ms),
        })
    }
}
