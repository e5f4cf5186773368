//! Numbers granted and recalled, receipts issued and reversed, and seals.

use bytes::Bytes;
use ed25519_dalek::Signer;
use piaolian_contracts::{
    chain::{Hash, Height},
    organisations::KeyPurpose,
    receipts::{CheckCodeHash, seal_sign_bytes},
};
use piaolian_proto::v1::{self as proto, transaction_body::Action};

use super::{ActionRequest, Request, business};
use crate::world::{CODE, POOLED, TODAY, TOTAL, World};

/// Grants numbers of [`CODE`].
pub fn grant(issuer: &str, first: u64, last: u64) -> ActionRequest {
    grant_of(CODE, issuer, first, last)
}

pub fn grant_of(code: &str, issuer: &str, first: u64, last: u64) -> ActionRequest {
    let (code, issuer) = (code.to_owned(), issuer.to_owned());
    business("finance", move |world| {
        Action::GrantRange(proto::GrantRange {
            issuer: world.member(&issuer).id.to_string(),
            receipt_code: code.clone(),
            first_number: first,
            last_number: last,
        })
    })
}

/// Recalls numbers of [`CODE`].
pub fn recall(first: u64, from: u64) -> ActionRequest {
    business("finance", move |_| {
        Action::RecallRange(proto::RecallRange {
            receipt_code: CODE.to_owned(),
            first_number: first,
            from_number: from,
        })
    })
}

/// Seals what a block issued, after something was done to the message.
pub fn seal(
    height: Height,
    root: Hash,
    alter: impl Fn(&mut proto::SealBlock) + 'static,
) -> ActionRequest {
    business("finance", move |world| {
        let key = world.member("finance").key(KeyPurpose::Supervise);
        let message = seal_sign_bytes(&world.chain_id, height, &root);
        let mut seal = proto::SealBlock {
            height: height.get(),
            issuance_root: root.into(),
            key_id: key.id,
            signature: key.signing.sign(&message).to_bytes().to_vec().into(),
        };
        alter(&mut seal);
        Action::SealBlock(seal)
    })
}

/// Issues receipts; each item's name is its business number as well.
pub struct Issue {
    actor: String,
    items: Vec<proto::IssueItem>,
}

pub fn issue(name: &str) -> Issue {
    Issue {
        actor: "hospital".to_owned(),
        items: vec![item(name)],
    }
}

pub fn issue_all(items: Vec<proto::IssueItem>) -> Issue {
    Issue {
        actor: "hospital".to_owned(),
        items,
    }
}

/// An item of 100 yuan, of which the pooled fund paid 40.
pub fn item(name: &str) -> proto::IssueItem {
    let salt = [7; 16];
    proto::IssueItem {
        receipt_code: CODE.to_owned(),
        receipt_number: None,
        check_code_salt: salt.to_vec().into(),
        check_code_hash: CheckCodeHash::hash_of(&salt, "656aa9").into(),
        issue_date: TODAY,
        issue_time: 93_000,
        total_fen: TOTAL,
        settlement: Some(proto::Settlement {
            pooled_fund_fen: POOLED,
            personal_account_fen: 15_00,
            personal_cash_fen: 45_00,
            other_fen: 0,
        }),
        agency: String::new(),
        business_number: name.to_owned(),
        details_commitment: Hash::sha256(&[name.as_bytes()]).into(),
        attachment_hash: Bytes::new(),
        late_reason: String::new(),
    }
}

/// The settlement of a receipt that its holder paid in cash.
pub fn in_cash(fen: i64) -> Option<proto::Settlement> {
    Some(proto::Settlement {
        personal_cash_fen: fen,
        ..proto::Settlement::default()
    })
}

/// The same with an attachment.
pub fn attaching(name: &str) -> proto::IssueItem {
    proto::IssueItem {
        attachment_hash: attachment(name).into(),
        ..item(name)
    }
}

/// The hash of an attachment with these bytes.
pub fn attachment(bytes: &str) -> Hash {
    Hash::tagged("piaolian/attachment/v1", &[bytes.as_bytes()])
}

impl Issue {
    pub fn by(mut self, actor: &str) -> Self {
        actor.clone_into(&mut self.actor);
        self
    }

    /// Alters every item.
    pub fn with(mut self, alter: impl Fn(&mut proto::IssueItem)) -> Self {
        self.items.iter_mut().for_each(alter);
        self
    }

    pub fn numbered(self, number: u64) -> Self {
        self.with(|item| item.receipt_number = Some(number))
    }

    pub fn dated(self, date: u32) -> Self {
        self.with(|item| item.issue_date = date)
    }

    /// The reason of a date that lies further back than usual.
    pub fn late(self, reason: &str) -> Self {
        self.with(|item| reason.clone_into(&mut item.late_reason))
    }

    /// A total that the holder paid in cash.
    pub fn costing(self, fen: i64) -> Self {
        self.with(|item| {
            item.total_fen = fen;
            item.settlement = in_cash(fen);
        })
    }
}

impl Request for Issue {
    fn actor(&self) -> &str {
        &self.actor
    }

    fn action(&self, _: &World) -> Action {
        Action::IssueReceipts(proto::IssueReceipts {
            items: self.items.clone(),
        })
    }

    fn names(&self) -> Vec<String> {
        self.items
            .iter()
            .map(|item| item.business_number.clone())
            .collect()
    }
}

/// Reverses a receipt; the reversal receipt is called "-" and the original's name.
pub struct Reverse {
    actor: String,
    original: String,
    alter: Box<dyn Fn(&mut proto::ReverseReceipt)>,
}

pub fn reverse(original: &str) -> Reverse {
    Reverse {
        actor: "hospital".to_owned(),
        original: original.to_owned(),
        alter: Box::new(|_| ()),
    }
}

impl Reverse {
    pub fn by(mut self, actor: &str) -> Self {
        actor.clone_into(&mut self.actor);
        self
    }

    pub fn with(mut self, alter: impl Fn(&mut proto::ReverseReceipt) + 'static) -> Self {
        self.alter = Box::new(alter);
        self
    }
}

/// The reversal of a receipt, for another reason than a refund.
fn red(world: &World, original: &str) -> proto::ReverseReceipt {
    let red = item(&format!("-{original}"));
    proto::ReverseReceipt {
        original: Some(world.receipt_id(original).into()),
        receipt_code: red.receipt_code,
        receipt_number: None,
        check_code_salt: red.check_code_salt,
        check_code_hash: red.check_code_hash,
        issue_date: red.issue_date,
        issue_time: red.issue_time,
        business_number: red.business_number,
        details_commitment: red.details_commitment,
        reason: "wrong department".to_owned(),
        attachment_hash: red.attachment_hash,
    }
}

impl Request for Reverse {
    fn actor(&self) -> &str {
        &self.actor
    }

    fn action(&self, world: &World) -> Action {
        let mut reverse = red(world, &self.original);
        (self.alter)(&mut reverse);
        Action::ReverseReceipt(reverse)
    }

    fn names(&self) -> Vec<String> {
        vec![format!("-{}", self.original)]
    }
}

/// Reissues a receipt after a partial refund, for this total. The pooled fund's part stays, as far as the total goes;
/// the holder paid the rest in cash. The reversal receipt is called "-" and the original's name, the new receipt the
/// original's name and "/2".
pub struct Reissue {
    actor: String,
    original: String,
    name: String,
    total_fen: i64,
    alter: Box<dyn Fn(&mut proto::ReissueReceipt)>,
}

pub fn reissue(original: &str, total_fen: i64) -> Reissue {
    Reissue {
        actor: "hospital".to_owned(),
        original: original.to_owned(),
        name: format!("{original}/2"),
        total_fen,
        alter: Box::new(|_| ()),
    }
}

impl Reissue {
    pub fn by(mut self, actor: &str) -> Self {
        actor.clone_into(&mut self.actor);
        self
    }

    /// Calls the new receipt so from then on.
    pub fn called(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    pub fn with(mut self, alter: impl Fn(&mut proto::ReissueReceipt) + 'static) -> Self {
        self.alter = Box::new(alter);
        self
    }
}

impl Request for Reissue {
    fn actor(&self) -> &str {
        &self.actor
    }

    fn action(&self, world: &World) -> Action {
        let original = world.receipt(&self.original);
        let pooled = original
            .settlement
            .pooled_fund
            .get()
            .min(self.total_fen)
            .max(0);
        let mut reissue = proto::ReissueReceipt {
            reversal: Some(proto::ReverseReceipt {
                reason: "drugs returned".to_owned(),
                ..red(world, &self.original)
            }),
            replacement: Some(proto::IssueItem {
                total_fen: self.total_fen,
                settlement: Some(proto::Settlement {
                    pooled_fund_fen: pooled,
                    personal_cash_fen: self.total_fen.saturating_sub(pooled).max(0),
                    ..proto::Settlement::default()
                }),
                ..item(&format!("{}/2", self.original))
            }),
        };
        (self.alter)(&mut reissue);
        Action::ReissueReceipt(reissue)
    }

    fn names(&self) -> Vec<String> {
        vec![format!("-{}", self.original), self.name.clone()]
    }
}
