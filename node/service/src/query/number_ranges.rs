//! Number ranges.

use piaolian_contracts::{
    malformed::Malformed,
    number_ranges::{RANGES, Range, range_of},
    types::{OrganisationId, ReceiptCode, ReceiptId, ReceiptNumber},
};
use piaolian_ledger::StateView;
use piaolian_proto::v1::{
    GetRangeRequest, GetRangeResponse, ListRangesRequest, ListRangesResponse,
};

use super::Queries;
use crate::{
    error::ServiceError,
    pagination::{self, Page},
};

/// Bytes of a range's key: code (8), first number (8).
const KEY_BYTES: usize = 16;
/// Most ranges that are read for one page. The ledger has ranges by code and number, not by issuer, so a page may have
/// fewer items than requested.
const LOOKED_AT_MAX: usize = 10_000;

impl Queries {
    /// Returns the range that holds a number.
    ///
    /// # Errors
    /// When the request is malformed, no range holds it, or the store cannot be read.
    pub fn get_range(&self, request: &GetRangeRequest) -> Result<GetRangeResponse, ServiceError> {
        let id = ReceiptId {
            code: ReceiptCode::parse("receipt_code", &request.receipt_code)?,
            number: ReceiptNumber::parse("number", request.number)?,
        };
        let range = range_of(&self.state(), &id)?;
        let range =
            range.ok_or_else(|| ServiceError::not_found(format!("range that holds {id}")))?;
        Ok(GetRangeResponse {
            range: Some((&range).into()),
        })
    }

    /// Returns a page of an issuer's ranges, latest first.
    ///
    /// # Errors
    /// When the request is malformed or the store cannot be read.
    pub fn list_ranges(
        &self,
        request: &ListRangesRequest,
    ) -> Result<ListRangesResponse, ServiceError> {
        let issuer = OrganisationId::parse("issuer", &request.issuer)?;
        let codes = Codes::parse(&request.receipt_code)?;
        let page = Page::parse(request.page_size, &request.page_token)?;
        let state = self.state();
        let mut below = match page.after_array::<KEY_BYTES>()? {
            Some(after) => pagination::below(&after),
            None => Some(codes.last_key()),
        };
        let mut ranges = Vec::new();
        let mut looked_at: Option<Vec<u8>> = None;
        for _ in 0..LOOKED_AT_MAX {
            if ranges.len() == page.size {
                break;
            }
            let Some((key, range)) = at_or_below(&state, below.take(), &codes)? else {
                looked_at = None;
                break;
            };
            below = pagination::below(&key);
            looked_at = Some(key);
            if *range.issuer() == issuer {
                ranges.push((&range).into());
            }
        }
        Ok(ListRangesResponse {
            ranges,
            next_page_token: pagination::next_token(looked_at),
        })
    }
}

/// The codes that are wanted: one, or all.
struct Codes(Option<ReceiptCode>);

impl Codes {
    fn parse(code: &str) -> Result<Self, Malformed> {
        let one = (!code.is_empty()).then(|| ReceiptCode::parse("receipt_code", code));
        one.transpose().map(Self)
    }

    /// Returns a key at or above every key of a wanted code.
    fn last_key(&self) -> Vec<u8> {
        let mut key = vec![u8::MAX; KEY_BYTES];
        if let Some(code) = &self.0 {
            key[..ReceiptCode::BYTES].copy_from_slice(code.as_bytes());
        }
        key
    }

    fn wants(&self, code: ReceiptCode) -> bool {
        self.0.is_none_or(|wanted| wanted == code)
    }
}

fn at_or_below(
    state: &StateView<'_>,
    key: Option<Vec<u8>>,
    codes: &Codes,
) -> Result<Option<(Vec<u8>, Range)>, ServiceError> {
    let Some(key) = key else { return Ok(None) };
    let found = RANGES.floor(state, &key)?;
    // Codes are in order: past the wanted one there is nothing more.
    Ok(found.filter(|(_, range)| codes.wants(*range.code())))
}
