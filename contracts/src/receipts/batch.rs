//! Batches over existing receipts, each decided on its own.
//!
//! ```text
//!   items ─► one ─► execute ─► accepted
//!             │        └─ rejected: its writes rolled back, the number in its entry
//!             └─ next
//! ```

use piaolian_proto::v1 as proto;

use crate::{
    action::{ActionContext, Effects, ItemVerdict},
    malformed::Malformed,
    rejection::Stop,
    types::ReceiptId,
};

/// Most receipts of one batch.
pub const BATCH_RECEIPTS_MAX: usize = 1_000;

/// Takes the items of a batch: 1 to [`BATCH_RECEIPTS_MAX`].
pub(super) fn parse<M, T>(
    field: &str,
    messages: Vec<M>,
    item: impl Fn(M) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    if !(1..=BATCH_RECEIPTS_MAX).contains(&messages.len()) {
        return Err(Malformed::new(field, "must be 1 to 1,000"));
    }
    let parse = |(place, message): (usize, M)| {
        item(message).map_err(|error| error.within(format_args!("{field}[{place}]")))
    };
    messages.into_iter().enumerate().map(parse).collect()
}

/// Takes the receipts of a batch.
pub(super) fn parse_receipts(messages: Vec<proto::ReceiptId>) -> Result<Vec<ReceiptId>, Malformed> {
    parse("receipts", messages, ReceiptId::try_from)
}

/// The number of receipts of a batch.
pub(super) fn count<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).expect("there are at most BATCH_RECEIPTS_MAX")
}

/// Executes the items one by one: the writes of a rejected one are rolled back, and the others stay.
pub(super) fn judge<T>(
    ctx: &mut ActionContext<'_, '_>,
    items: &[T],
    receipt: impl Fn(&T) -> ReceiptId,
    mut execute: impl FnMut(&mut ActionContext<'_, '_>, &T) -> Result<(), Stop>,
) -> Result<Effects, Stop> {
    let mut effects = Effects::none();
    for item in items {
        let verdict = ctx.attempt(|ctx| execute(ctx, item))?;
        effects.items.push(ItemVerdict {
            receipt: Some(receipt(item)),
            rejection: verdict.err(),
            ..ItemVerdict::default()
        });
    }
    Ok(effects)
}
