//! Actions on a receipt between its issue and its archive, apart from claims.

use piaolian_contracts::{
    organisations::{KeyPurpose, Role},
    receipts::DeliveryChannel,
};
use piaolian_proto::v1::{self as proto, transaction_body::Action};

use super::{
    TOTAL, World,
    requests::{Request, issue},
};

/// A world with the receipt R1 of 100 yuan, of which the pooled fund paid 40, and with a second insurer.
pub fn with_receipt() -> World {
    let mut world = World::new();
    world
        .accept(issue("R1"))
        .admit("insurer2", &[Role::MedicalInsurer, Role::CommercialInsurer]);
    world
}

/// A request about receipts that the story has names for.
pub struct About<M> {
    actor: String,
    message: M,
    receipts: Vec<String>,
    name: fn(&mut M, Vec<proto::ReceiptId>),
    wrap: fn(M) -> Action,
}

impl<M: Clone> About<M> {
    pub fn by(mut self, actor: &str) -> Self {
        actor.clone_into(&mut self.actor);
        self
    }

    pub fn with(mut self, alter: impl FnOnce(&mut M)) -> Self {
        alter(&mut self.message);
        self
    }
}

impl<M: Clone> Request for About<M> {
    fn actor(&self) -> &str {
        &self.actor
    }

    fn signed_with(&self) -> KeyPurpose {
        KeyPurpose::Sign
    }

    fn action(&self, world: &World) -> Action {
        let receipts = self.receipts.iter();
        let receipts = receipts.map(|name| world.receipt_id(name).into()).collect();
        let mut message = self.message.clone();
        (self.name)(&mut message, receipts);
        (self.wrap)(message)
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The hospital hands receipts over at its counter.
pub fn deliver(receipts: &[&str]) -> About<proto::DeliverReceipts> {
    About {
        actor: "hospital".to_owned(),
        message: proto::DeliverReceipts {
            receipts: vec![],
            channel: DeliveryChannel::Counter.number(),
        },
        receipts: owned(receipts),
        name: |message, receipts| message.receipts = receipts,
        wrap: Action::DeliverReceipts,
    }
}

/// The hospital exchanges a receipt for the paper receipt of this number.
pub fn exchange(receipt: &str, number: &str) -> About<proto::ExchangeForPaper> {
    About {
        actor: "hospital".to_owned(),
        message: proto::ExchangeForPaper {
            receipt: None,
            paper_code: "35010126".to_owned(),
            paper_number: number.to_owned(),
        },
        receipts: owned(&[receipt]),
        name: |message, receipts| message.receipt = receipts.into_iter().next(),
        wrap: Action::ExchangeForPaper,
    }
}

/// The paper receipt of this number comes back to the hospital.
pub fn return_paper(receipt: &str, number: &str) -> About<proto::ReturnPaper> {
    About {
        actor: "hospital".to_owned(),
        message: proto::ReturnPaper {
            receipt: None,
            paper_code: "35010126".to_owned(),
            paper_number: number.to_owned(),
            reason: "the employer takes e-receipts".to_owned(),
        },
        receipts: owned(&[receipt]),
        name: |message, receipts| message.receipt = receipts.into_iter().next(),
        wrap: Action::ReturnPaper,
    }
}

/// Finance audits the use of receipts.
pub fn audit(receipts: &[&str]) -> About<proto::AuditUse> {
    About {
        actor: "finance".to_owned(),
        message: proto::AuditUse {
            receipts: vec![],
            audit_number: "HX-2026-11".to_owned(),
        },
        receipts: owned(receipts),
        name: |message, receipts| message.receipts = receipts,
        wrap: Action::AuditUse,
    }
}

/// An organisation archives receipts, under the numbers …, for the usual time.
pub fn archive(receipts: &[&str], actor: &str) -> About<proto::ArchiveReceipts> {
    About {
        actor: actor.to_owned(),
        message: proto::ArchiveReceipts {
            items: vec![],
            legal_basis: "会计档案管理办法".to_owned(),
            retention_years: 0,
        },
        receipts: owned(receipts),
        name: |message, receipts| {
            let items = (1..)
                .zip(receipts)
                .map(|(number, receipt)| proto::ArchiveItem {
                    receipt: Some(receipt),
                    archive_number: format!("A-{number}"),
                });
            message.items = items.collect();
        },
        wrap: Action::ArchiveReceipts,
    }
}

/// A payer notes that it verified a receipt.
pub fn note(receipt: &str, actor: &str) -> About<proto::NoteVerification> {
    About {
        actor: actor.to_owned(),
        message: proto::NoteVerification {
            receipt: None,
            presented_total_fen: TOTAL,
        },
        receipts: owned(&[receipt]),
        name: |message, receipts| message.receipt = receipts.into_iter().next(),
        wrap: Action::NoteVerification,
    }
}
