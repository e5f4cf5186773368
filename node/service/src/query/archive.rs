//! Archive record of a receipt, in the terms of DA/T 95-2022.
//!
//! ```text
//!   record ──► head of table B.10 + FinanceCheck
//!          └─► facts, in order of height ──► business entities of table E.1
//! ```

use piaolian_contracts::{
    chain::Height,
    receipts::{DeliveryChannel, RECEIPTS, Receipt},
    types::{BlockTime, Operator, OrganisationId, ReceiptId},
};
use piaolian_ledger::StateView;
use piaolian_proto::v1::{
    ArchiveRecord, BusinessEntity, GetArchiveRecordRequest, GetArchiveRecordResponse,
};

use super::{
    Queries,
    chain::block_time,
    receipts::{find, issuance_of, name_of},
    verification::finance_check,
};
use crate::error::{ServiceError, ServiceFault};

/// 业务状态 of an action that took place.
const DONE: &str = "历史行为";

impl Queries {
    /// Returns the archive record of the receipt that the request names.
    ///
    /// # Errors
    /// When the request is malformed, there is no such receipt, or the store cannot be read.
    pub fn get_archive_record(
        &self,
        request: &GetArchiveRecordRequest,
    ) -> Result<GetArchiveRecordResponse, ServiceError> {
        let id = ReceiptId::parse("receipt", request.receipt.clone())?;
        let chain = self.ledger.view();
        let state = chain.state();
        let receipt = find(&state, &id)?;
        let mut entities = vec![issue(&receipt, block_time(chain, receipt.issued_height)?)];
        if let Some(red) = &receipt.reversed_by {
            let red = RECEIPTS.get(&state, red)?.ok_or_else(|| damaged(red))?;
            entities.push(reversal(&red, block_time(chain, red.issued_height)?));
        }
        entities.extend(papers(&receipt));
        entities.extend(bookings(&receipt));
        entities.extend(marks(&receipt));
        entities.sort_by_key(|entity| entity.height);
        let record = ArchiveRecord {
            business_entities: entities,
            ..head(&state, &receipt)?
        };
        Ok(GetArchiveRecordResponse {
            record: Some(record),
            height: state.tip().height.get(),
            block_time_ms: state.tip().time.as_ms(),
        })
    }
}

fn damaged(id: &ReceiptId) -> ServiceFault {
    ServiceFault::Damaged(format!("receipt {id}"))
}

/// Returns the head of a record, without its entities.
fn head(state: &StateView<'_>, receipt: &Receipt) -> Result<ArchiveRecord, ServiceError> {
    let original = receipt.reverses;
    Ok(ArchiveRecord {
        einvoice_code: receipt.id.code.to_string(),
        einvoice_number: receipt.id.number.to_string(),
        issue_date: receipt.issue_date.get(),
        issue_time: receipt.issue_time.get(),
        total_amount_fen: receipt.total.get(),
        issuer_code: receipt.issuer.to_string(),
        issuer_name: name_of(state, &receipt.issuer)?,
        biz_code: receipt.business_number.to_string(),
        related_invoice_code: original.map(|id| id.code.to_string()).unwrap_or_default(),
        related_invoice_number: original.map(|id| id.number.to_string()).unwrap_or_default(),
        finance_check: Some(finance_check(receipt)),
        details_commitment: receipt.details_commitment.into(),
        sealed: issuance_of(state, receipt)?.seal.is_some(),
        business_entities: Vec::new(),
        archives: receipt.archives.iter().map(Into::into).collect(),
    })
}

fn reversal(red: &Receipt, time: BlockTime) -> BusinessEntity {
    let description = format!("红票 {}，金额 {} 元", red.id, red.total);
    entity("冲红", red.issuer, (red.issued_height, time), description)
}

fn issue(receipt: &Receipt, time: BlockTime) -> BusinessEntity {
    let description = match (&receipt.reverses, &receipt.replaces) {
        (Some(original), _) => format!("冲红票据 {original}，金额 {} 元", receipt.total),
        (None, Some(original)) => format!("重开票据 {original}，金额 {} 元", receipt.total),
        (None, None) => format!("金额 {} 元", receipt.total),
    };
    entity(
        "开具",
        receipt.issuer,
        (receipt.issued_height, time),
        description,
    )
}

fn papers(receipt: &Receipt) -> impl Iterator<Item = BusinessEntity> {
    receipt.papers.iter().flat_map(|paper| {
        let form = format!("纸质票据 {} {}", paper.code, paper.number);
        let returned = paper.returned.as_ref().map(|returned| {
            let description = format!("{form}，{}", returned.reason);
            let at = (returned.height, returned.time);
            entity("收回纸质", receipt.issuer, at, description)
        });
        let exchange = entity("换开纸质", receipt.issuer, (paper.height, paper.time), form);
        [Some(exchange), returned].into_iter().flatten()
    })
}

fn bookings(receipt: &Receipt) -> impl Iterator<Item = BusinessEntity> {
    receipt.bookings.iter().flat_map(|booking| {
        let voucher = format!(
            "凭证 {}，金额 {} 元",
            booking.voucher_number, booking.amount
        );
        let unbooking = booking.unbooking.as_ref().map(|unbooking| {
            let description = format!("{voucher}，{}", unbooking.reason);
            let at = (unbooking.height, unbooking.time);
            let taken_back = entity("撤销入账", booking.payer, at, description);
            operated(taken_back, unbooking.operator.as_ref())
        });
        let description = format!("{voucher}，复核 {}", booking.reviewer);
        let at = (booking.height, booking.time);
        let booked = entity("入账", booking.payer, at, description);
        [Some(operated(booked, Some(&booking.operator))), unbooking]
            .into_iter()
            .flatten()
    })
}

/// Returns delivery, the noted verification, use audit and archives.
fn marks(receipt: &Receipt) -> impl Iterator<Item = BusinessEntity> {
    let delivery = receipt.delivery.as_ref().map(|delivery| {
        let description = channel(delivery.channel).to_owned();
        let at = (delivery.height, delivery.time);
        let deliverer = delivery.agency.unwrap_or(receipt.issuer);
        entity("交付", deliverer, at, description)
    });
    let noted = receipt.verification.as_ref().map(|noted| {
        let at = (noted.height, noted.time);
        entity("查验", noted.organisation, at, String::new())
    });
    let audit = receipt.use_audit.as_ref().map(|audit| {
        let description = format!("核销编号 {}", audit.audit_number);
        entity(
            "核销",
            audit.organisation,
            (audit.height, audit.time),
            description,
        )
    });
    let archives = receipt.archives.iter().map(|entry| {
        let description = format!(
            "档号 {}，保管至 {}",
            entry.archive_number, entry.retain_until
        );
        let at = (entry.height, entry.time);
        let archived = BusinessEntity {
            action_mandate: entry.legal_basis.to_string(),
            ..entity("归档", entry.organisation, at, description)
        };
        operated(archived, entry.operator.as_ref())
    });
    [delivery, noted, audit]
        .into_iter()
        .flatten()
        .chain(archives)
}

fn entity(
    activity: &str,
    organisation: OrganisationId,
    (height, time): (Height, BlockTime),
    description: String,
) -> BusinessEntity {
    BusinessEntity {
        business_status: DONE.to_owned(),
        business_activity: activity.to_owned(),
        action_time_ms: time.as_ms(),
        action_mandate: String::new(),
        action_description: description,
        organisation: organisation.to_string(),
        operator: String::new(),
        height: height.get(),
    }
}

fn operated(entity: BusinessEntity, operator: Option<&Operator>) -> BusinessEntity {
    BusinessEntity {
        operator: operator.map(ToString::to_string).unwrap_or_default(),
        ..entity
    }
}

const fn channel(channel: DeliveryChannel) -> &'static str {
    match channel {
        DeliveryChannel::TextMessage => "短信",
        DeliveryChannel::Mail => "电子邮件",
        DeliveryChannel::Application => "移动应用",
        DeliveryChannel::Counter => "窗口",
        DeliveryChannel::PickUp => "网上取票",
    }
}
