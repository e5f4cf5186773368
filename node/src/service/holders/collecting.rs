//! All receipts of a person, and where their claims stand.

use futures::future::join_all;
use piaolian_contracts::{
    claims::{CLAIMS, ClaimKey},
    malformed::Malformed,
    receipts::Receipt,
    types::{ClaimNumber, ReceiptId},
};
use piaolian_proto::v1::{
    self, ClaimView, CollectReceiptsRequest, CollectReceiptsResponse, Event, FileClaim, GrantView,
    HolderClaim, HolderReceipt, ListGrantsRequest, event::Act,
};
use tokio::task::block_in_place;

use super::{AskedBy, Holder, Whose, parse_operator};
use crate::{
    access_log::{ForHolder, Ground},
    holders::{Collected, Entry},
    service::{
        Service, claims,
        error::{ServiceError, ServiceFault},
        pages::{Page, malformed_token},
        receipts::{self, name_of},
    },
};

/// Receipts of a page, each of which is opened.
const PAGE_MAX: usize = 100;

/// Acts on one receipt that are looked at for claims.
const ACTS_MAX: usize = 200;

/// Authorisations of one receipt that are looked at.
const GRANTS_MAX: u32 = 100;

/// An entry's place as a page's key: height, place in its block.
const PLACE_BYTES: usize = 12;

/// What was found of a page.
struct Found {
    /// The holder's, each with why this node may open it.
    receipts: Vec<(Receipt, Ground)>,
    unreadable: u32,
}

impl Service {
    /// A page of a holder's receipts.
    ///
    /// # Errors
    /// When the request is malformed, this node serves no holders, the client guessed too
    /// often, or a store cannot be read.
    pub async fn collect_receipts(
        &self,
        client: &str,
        request: CollectReceiptsRequest,
    ) -> Result<CollectReceiptsResponse, ServiceError> {
        let holder = Holder::parse(request.holder)?;
        let asked_by = AskedBy {
            client,
            operator: parse_operator("operator", request.operator)?,
        };
        let page = parse_page(request.page_size, &request.page_token)?;
        let person = self.ask_about(client, &holder)?;
        let holders = self.serving_holders()?;
        let Collected { mut entries, more } = block_in_place(|| holders.receipts_of(&person))?;
        if let Some(after) = after(&page)? {
            entries.retain(|entry| entry.place() < after);
        }
        entries.truncate(page.size + 1);
        let next_page_token = page.cut(&mut entries, |last| key(last).to_vec());
        let found = self.of_holder(&entries, &holder).await?;
        if !found.receipts.is_empty() {
            self.was_right(client, &person);
        }
        let mut shown = Vec::with_capacity(found.receipts.len());
        for (receipt, ground) in found.receipts {
            self.write_down_for_holder(&receipt, &asked_by, ground, ForHolder::Collecting)?;
            shown.push(block_in_place(|| {
                self.shown(&receipt, request.with_claims)
            })?);
        }
        let tip = self.ledger.tip();
        Ok(CollectReceiptsResponse {
            receipts: shown,
            next_page_token,
            unreadable: found.unreadable,
            more,
            indexed_height: block_in_place(|| holders.followed())?,
            height: tip.height.get(),
            block_time_ms: tip.time.as_ms(),
        })
    }

    /// Those of the entries that are the holder's, by their details.
    async fn of_holder(&self, entries: &[Entry], holder: &Holder) -> Result<Found, ServiceError> {
        let receipts = entries
            .iter()
            .map(|entry| self.receipt_at_tip(&entry.receipt));
        let receipts = block_in_place(|| receipts.collect::<Result<Vec<_>, _>>())?;
        let whose = join_all(receipts.iter().map(|receipt| self.whose(receipt, holder))).await;
        let mut found = Found {
            receipts: Vec::new(),
            unreadable: 0,
        };
        for (receipt, whose) in receipts.into_iter().zip(whose) {
            match whose? {
                Whose::Holders(ground) => found.receipts.push((receipt, ground)),
                Whose::Anothers => {}
                Whose::Unknown => found.unreadable += 1,
            }
        }
        Ok(found)
    }

    fn shown(&self, receipt: &Receipt, with_claims: bool) -> Result<HolderReceipt, ServiceError> {
        let (claims, more_claims) = if with_claims {
            self.claims_of(&receipt.id)?
        } else {
            (Vec::new(), false)
        };
        Ok(HolderReceipt {
            receipt: Some(receipts::view(&self.state(), receipt)?),
            grants: self.live_grants(&receipt.id)?,
            claims,
            more_claims,
        })
    }

    fn live_grants(&self, receipt: &ReceiptId) -> Result<Vec<GrantView>, ServiceError> {
        let latest = self.grants(ListGrantsRequest {
            receipt: Some((*receipt).into()),
            page_size: GRANTS_MAX,
            page_token: String::new(),
        })?;
        let grants = latest.grants.into_iter();
        Ok(grants.filter(|grant| grant.live).collect())
    }

    /// The claims that a receipt is or was part of, and whether there may be more.
    fn claims_of(&self, receipt: &ReceiptId) -> Result<(Vec<HolderClaim>, bool), ServiceError> {
        let (events, more) = self.first_events(receipt, ACTS_MAX)?;
        let state = self.state();
        let filed = events.iter().filter_map(filed);
        let claims = filed.map(|(insurer, claim)| {
            let lost =
                || ServiceFault::Damaged(format!("claim {} of {insurer}", claim.claim_number));
            let number = ClaimNumber::parse("", claim.claim_number.clone()).map_err(|_| lost())?;
            let insurer = insurer.parse().map_err(|_| lost())?;
            let claim = CLAIMS.get(&state, &ClaimKey { insurer, number })?;
            let view = claims::view(&claim.ok_or_else(lost)?, state.tip().time);
            Ok(told(view, receipt, name_of(&state, &insurer)?))
        });
        Ok((claims.collect::<Result<_, ServiceError>>()?, more))
    }
}

/// Who filed a claim by this event, and which.
fn filed(event: &Event) -> Option<(&str, &FileClaim)> {
    match &event.act {
        Some(Act::FileClaim(claim)) if event.refusal.is_none() => {
            Some((&event.organisation, claim))
        }
        _ => None,
    }
}

/// Where a claim stands, as it concerns one of its receipts.
fn told(claim: ClaimView, receipt: &ReceiptId, insurer_name: String) -> HolderClaim {
    let status = claim.status;
    let record = claim.record.unwrap_or_default();
    let receipt = v1::ReceiptId::from(*receipt);
    let lines = record.decision.iter().flat_map(|decision| &decision.lines);
    let line = lines
        .into_iter()
        .find(|line| line.receipt.as_ref() == Some(&receipt));
    HolderClaim {
        insurer: record.insurer,
        insurer_name,
        claim_number: record.claim_number,
        status,
        filed_time_ms: record.filed_time_ms,
        fund_fen: line.map(|line| line.fund_fen),
        end_reason: record
            .closing
            .map(|closing| closing.reason)
            .unwrap_or_default(),
    }
}

fn parse_page(size: u32, token: &str) -> Result<Page, Malformed> {
    let page = Page::parse(size, token)?;
    if page.size > PAGE_MAX {
        return Err(Malformed::new(
            "page_size",
            format!("must be at most {PAGE_MAX}"),
        ));
    }
    Ok(page)
}

fn key(entry: &Entry) -> [u8; PLACE_BYTES] {
    let (height, index) = entry.place();
    let mut key = [0; PLACE_BYTES];
    key[..8].copy_from_slice(&height.to_be_bytes());
    key[8..].copy_from_slice(&index.to_be_bytes());
    key
}

fn after(page: &Page) -> Result<Option<(u64, u32)>, Malformed> {
    let Some(key) = page.after_array::<PLACE_BYTES>()? else {
        return Ok(None);
    };
    let (height, index) = key.split_first_chunk::<8>().ok_or_else(malformed_token)?;
    let index = index.try_into().map_err(|_| malformed_token())?;
    Ok(Some((
        u64::from_be_bytes(*height),
        u32::from_be_bytes(index),
    )))
}
