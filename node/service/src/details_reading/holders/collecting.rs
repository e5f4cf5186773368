//! Receipts of a person, with the state of their claims.

use std::pin::pin;

use futures::{StreamExt, stream};
use piaolian_contracts::{
    claims::{CLAIMS, ClaimKey},
    malformed::Malformed,
    receipts::Receipt,
    types::{ClaimNumber, ReceiptId},
};
use piaolian_custody::{
    access_log::{ForHolder, Ground},
    holders::{Entry, PersonReceipts},
};
use piaolian_proto::v1::{
    self, ClaimView, CollectReceiptsRequest, CollectReceiptsResponse, Event, FileClaim, GrantView,
    HolderClaim, HolderReceipt, ListGrantsRequest, transaction_body::Action,
};
use tokio::{task::block_in_place, time::Instant};

use super::{AskedBy, FETCHED_WITHIN, Holder, HolderAccess, OPENED_AT_ONCE, Owner, parse_operator};
use crate::{
    calling_client::CallingClient,
    error::{ServiceError, ServiceFault},
    pagination::{Page, malformed_token, token},
    query::{
        claims,
        history::first_events,
        receipts::{self, name_of},
    },
};

/// Receipts of a page.
const PAGE_MAX: usize = 100;

/// Receipts of a page with claims: blocks are read for each receipt.
const PAGE_WITH_CLAIMS_MAX: usize = 20;

/// Most receipts that are opened for a page. Some may name another person under the same identity number.
const LOOKED_AT_MAX: usize = 1_000;

/// Actions on one receipt that are looked at for claims.
const ACTIONS_MAX: usize = 200;

/// Authorisations of one receipt that are looked at.
const GRANTS_MAX: u32 = 100;

/// An entry's place as a page's key: height, place in its block.
const PLACE_BYTES: usize = 12;

/// Receipts that were found for a page.
#[derive(Default)]
struct Found {
    /// Receipts of the holder, each with the ground on which this node may open it.
    receipts: Vec<(Receipt, Ground)>,
    unreadable: u32,
    /// The last entry that was read, if there are more.
    next: Option<Entry>,
}

impl HolderAccess {
    /// Returns a page of a holder's receipts.
    ///
    /// # Errors
    /// When the request is malformed, this node serves no holders, the client was wrong too
    /// often, or a store cannot be read.
    pub async fn collect_receipts(
        &self,
        client: &CallingClient,
        request: CollectReceiptsRequest,
    ) -> Result<CollectReceiptsResponse, ServiceError> {
        let holder = Holder::parse(request.holder)?;
        let asked_by = AskedBy {
            client: &client.name,
            operator: parse_operator("operator", request.operator)?,
        };
        let page = parse_page(request.page_size, &request.page_token, request.with_claims)?;
        let person = self.begin_attempt(&client.name, &holder)?;
        let holders = self.index()?;
        let PersonReceipts { mut entries, more } = block_in_place(|| holders.receipts_of(&person))?;
        if let Some(after) = after(&page)? {
            entries.retain(|entry| entry.place() < after);
        }
        let found = self.of_holder(&entries, &holder, page.size).await?;
        let mut answer = CollectReceiptsResponse {
            indexed_height: block_in_place(|| holders.cursor())?,
            ..CollectReceiptsResponse::default()
        };
        // A client that does not have the name learns nothing, not even whether there are receipts.
        if !found.receipts.is_empty() {
            self.succeeded(&client.name, &person);
            answer.next_page_token = found
                .next
                .map(|last| token(&key(&last)))
                .unwrap_or_default();
            answer.unreadable = found.unreadable;
            answer.more = more;
        }
        for (receipt, ground) in found.receipts {
            self.record(&receipt, &asked_by, ground, ForHolder::Collecting)?;
            let shown = block_in_place(|| self.shown(&receipt, request.with_claims))?;
            answer.receipts.push(shown);
        }
        let tip = self.ledger.tip();
        answer.height = tip.height.get();
        answer.block_time_ms = tip.time.as_ms();
        Ok(answer)
    }

    /// Returns the first entries that are the holder's by their details, at most `limit`.
    async fn of_holder(
        &self,
        entries: &[Entry],
        holder: &Holder,
        limit: usize,
    ) -> Result<Found, ServiceError> {
        let until = Instant::now() + FETCHED_WITHIN;
        let looked_at = entries.iter().take(LOOKED_AT_MAX).copied();
        let opened = stream::iter(looked_at).map(|entry: Entry| async move {
            let receipt = block_in_place(|| self.details.receipt_at_tip(&entry.receipt))?;
            let owner = self.owner_of(&receipt, holder, until).await?;
            Ok::<_, ServiceError>((receipt, owner))
        });
        let mut opened = pin!(opened.buffered(OPENED_AT_ONCE));
        let mut found = Found::default();
        let mut count = 0;
        while found.receipts.len() < limit
            && let Some(next) = opened.next().await
        {
            count += 1;
            match next? {
                (receipt, Owner::Holder(ground)) => found.receipts.push((receipt, ground)),
                (_, Owner::Another) => {}
                (_, Owner::Unknown) => found.unreadable += 1,
            }
        }
        if count < entries.len() {
            found.next = count.checked_sub(1).map(|last| entries[last]);
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
            receipt: Some(receipts::view(&self.ledger.view().state(), receipt)?),
            grants: self.live_grants(&receipt.id)?,
            claims,
            more_claims,
        })
    }

    fn live_grants(&self, receipt: &ReceiptId) -> Result<Vec<GrantView>, ServiceError> {
        let latest = self.queries.list_grants(&ListGrantsRequest {
            receipt: Some((*receipt).into()),
            page_size: GRANTS_MAX,
            page_token: String::new(),
        })?;
        let grants = latest.grants.into_iter();
        Ok(grants.filter(|grant| grant.live).collect())
    }

    /// Returns the claims that a receipt is or was part of, and whether there may be more.
    fn claims_of(&self, receipt: &ReceiptId) -> Result<(Vec<HolderClaim>, bool), ServiceError> {
        let (events, more) = first_events(self.ledger.view(), receipt, ACTIONS_MAX)?;
        let state = self.ledger.view().state();
        let filed = events.iter().filter_map(filed);
        let claims = filed.map(|(insurer, claim)| {
            let lost =
                || ServiceFault::Damaged(format!("claim {} of {insurer}", claim.claim_number));
            let number = ClaimNumber::parse("", claim.claim_number.clone()).map_err(|_| lost())?;
            let insurer = insurer.parse().map_err(|_| lost())?;
            let claim = CLAIMS.get(&state, &ClaimKey { insurer, number })?;
            let view = claims::view(&state, &claim.ok_or_else(lost)?)?;
            Ok(holder_claim(view, receipt, name_of(&state, &insurer)?))
        });
        Ok((claims.collect::<Result<_, ServiceError>>()?, more))
    }
}

/// Returns the insurer that filed a claim by this event, and the claim.
fn filed(event: &Event) -> Option<(&str, &FileClaim)> {
    match event.requested() {
        Some(Action::FileClaim(claim)) if event.rejection.is_none() => {
            Some((&event.organisation, claim))
        }
        _ => None,
    }
}

/// Returns the state of a claim, as it concerns one of its receipts.
fn holder_claim(claim: ClaimView, receipt: &ReceiptId, insurer_name: String) -> HolderClaim {
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

fn parse_page(size: u32, token: &str, with_claims: bool) -> Result<Page, Malformed> {
    let most = if with_claims {
        PAGE_WITH_CLAIMS_MAX
    } else {
        PAGE_MAX
    };
    let mut page = Page::parse(size, token)?;
    if size == 0 {
        page.size = page.size.min(most);
    }
    if page.size > most {
        let problem = format!("must be at most {most}");
        return Err(Malformed::new("page_size", problem));
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
