//! The tables of claims.

use super::record::Claim;
use crate::{
    malformed::Malformed,
    state::{Fault, StateReader, Table},
    storage::{Key, KeyBytes, Record, Records},
    types::{BeijingDate, ClaimNumber, OrganisationId},
};

/// Claims by insurer and claim number.
pub const CLAIMS: Records<ClaimKey, Claim> = Records::new(Table::Claims);

/// The claims of an insurer by the day of filing.
pub const CLAIM_LISTS: Records<ListedClaim, ClaimNumber> = Records::new(Table::ClaimLists);

/// An insurer's claim: insurer (18) ‖ claim number (1 to 64).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ClaimKey {
    /// The insurer.
    pub insurer: OrganisationId,
    /// The insurer's number of it.
    pub number: ClaimNumber,
}

impl Key for ClaimKey {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[self.insurer.as_bytes(), self.number.as_str().as_bytes()])
    }
}

/// The place of a claim in its insurer's list: insurer (18) ‖ date of filing (u32 big-endian) ‖ claim number (1 to 64).
/// The place never changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListedClaim {
    /// The insurer.
    pub insurer: OrganisationId,
    /// When it was filed.
    pub date: BeijingDate,
    /// The insurer's number of it.
    pub number: ClaimNumber,
}

impl Key for ListedClaim {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[
            self.insurer.as_bytes(),
            &self.date.get().to_be_bytes(),
            self.number.as_str().as_bytes(),
        ])
    }
}

impl Record for ClaimNumber {
    fn encode(&self) -> Vec<u8> {
        self.as_str().as_bytes().to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let text = String::from_utf8_lossy(bytes);
        Self::parse("claim number", text.into_owned())
    }
}

/// The claims that an insurer filed up to and on `last`, the newest first and within a
/// day by claim number downward: at most `limit`, from the one after `after` on.
///
/// # Errors
/// When the store cannot be read.
pub fn list(
    state: &dyn StateReader,
    insurer: OrganisationId,
    last: BeijingDate,
    after: Option<&ListedClaim>,
    limit: usize,
) -> Result<Vec<ListedClaim>, Fault> {
    let mut below = match after {
        Some(after) => before(&after.bytes()),
        None => {
            let date = last.get().to_be_bytes();
            [&insurer.as_bytes()[..], &date, &[ABOVE_TEXT]].concat()
        }
    };
    let mut listed = Vec::new();
    while listed.len() < limit {
        let Some((key, number)) = CLAIM_LISTS.floor(state, &below)? else {
            break;
        };
        let date = key
            .strip_prefix(&insurer.as_bytes()[..])
            .and_then(first_u32);
        let Some(date) = date.and_then(|date| BeijingDate::parse("", date).ok()) else {
            break;
        };
        listed.push(ListedClaim {
            insurer,
            date,
            number,
        });
        below = before(&key);
    }
    Ok(listed)
}

/// Above every byte of a claim number.
const ABOVE_TEXT: u8 = 0xff;

/// A bound below `key` and above every other key that sorts below it.
fn before(key: &[u8]) -> Vec<u8> {
    let mut below = key.to_vec();
    // Characters of a claim number are above 0, and so are the bytes before them.
    if let Some(last) = below.last_mut() {
        *last = last.saturating_sub(1);
    }
    below.push(ABOVE_TEXT);
    below
}

fn first_u32(bytes: &[u8]) -> Option<u32> {
    let (first, _) = bytes.split_first_chunk()?;
    Some(u32::from_be_bytes(*first))
}
