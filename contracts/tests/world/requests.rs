//! What members ask for, with everything filled in that a story leaves out.

use ed25519_dalek::{Signer, SigningKey};
use piaolian_contracts::{
    chain::{Hash, Height},
    governance::Parameters,
    organisations::KeyPurpose,
    receipts::{CheckCode, seal_sign_bytes},
    types::{FundKind, ReceiptId},
};
use piaolian_proto::v1::{self as proto, proposed_decision::Decision, transaction_body::Action};

use super::{CODE, POOLED, TODAY, TOTAL, World, people};

/// Who acts when a story does not say.
pub const OPERATOR: &str = "li.wei";

/// Something that a member asks for.
pub trait Request {
    fn actor(&self) -> &str;
    fn action(&self, world: &World) -> Action;

    fn signed_with(&self) -> KeyPurpose {
        KeyPurpose::Sign
    }

    fn operator(&self) -> &str {
        OPERATOR
    }

    /// The names that the story gives to the first receipts of the outcome.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Request for Box<dyn Request> {
    fn actor(&self) -> &str {
        (**self).actor()
    }

    fn action(&self, world: &World) -> Action {
        (**self).action(world)
    }

    fn signed_with(&self) -> KeyPurpose {
        (**self).signed_with()
    }

    fn operator(&self) -> &str {
        (**self).operator()
    }

    fn names(&self) -> Vec<String> {
        (**self).names()
    }
}

/// A request signed with a key of another purpose.
pub struct SignedWith(pub Box<dyn Request>, pub KeyPurpose);

impl Request for SignedWith {
    fn actor(&self) -> &str {
        self.0.actor()
    }

    fn action(&self, world: &World) -> Action {
        self.0.action(world)
    }

    fn signed_with(&self) -> KeyPurpose {
        self.1
    }
}

/// Any action.
pub struct Act {
    actor: String,
    key: KeyPurpose,
    action: Box<dyn Fn(&World) -> Action>,
}

impl Act {
    fn new(actor: &str, key: KeyPurpose, action: impl Fn(&World) -> Action + 'static) -> Self {
        Self {
            actor: actor.to_owned(),
            key,
            action: Box::new(action),
        }
    }

    pub fn by(mut self, actor: &str) -> Self {
        actor.clone_into(&mut self.actor);
        self
    }

    pub fn signed_with(mut self, key: KeyPurpose) -> Self {
        self.key = key;
        self
    }
}

impl Request for Act {
    fn actor(&self) -> &str {
        &self.actor
    }

    fn action(&self, world: &World) -> Action {
        (self.action)(world)
    }

    fn signed_with(&self) -> KeyPurpose {
        self.key
    }
}

/// An action with a sign key.
pub fn business(actor: &str, action: impl Fn(&World) -> Action + 'static) -> Act {
    Act::new(actor, KeyPurpose::Sign, action)
}

/// An action with an admin key.
pub fn administer(actor: &str, action: impl Fn(&World) -> Action + 'static) -> Act {
    Act::new(actor, KeyPurpose::Admin, action)
}

pub fn admit_organisation(name: &str) -> Act {
    let name = name.to_owned();
    administer("finance", move |world| {
        Action::AdmitOrganisation(world.member(&name).admission(&world.chain_id))
    })
}

pub fn suspend(name: &str) -> Act {
    let name = name.to_owned();
    administer("finance", move |world| {
        Action::SuspendOrganisation(proto::SuspendOrganisation {
            organisation: world.member(&name).id.to_string(),
            reason: "licence under review".to_owned(),
        })
    })
}

pub fn resume(name: &str) -> Act {
    let name = name.to_owned();
    administer("finance", move |world| {
        Action::ResumeOrganisation(proto::ResumeOrganisation {
            organisation: world.member(&name).id.to_string(),
            reason: "review passed".to_owned(),
        })
    })
}

/// Registers a key with proof of possession.
pub fn add_key(name: &str, purpose: KeyPurpose, key: &SigningKey) -> Act {
    add_altered_key(name, purpose, key, |_| ())
}

/// Registers a key after something was done to the message.
pub fn add_altered_key(
    name: &str,
    purpose: KeyPurpose,
    key: &SigningKey,
    alter: impl Fn(&mut proto::NewKey) + 'static,
) -> Act {
    let (owner, key) = (name.to_owned(), key.clone());
    administer(name, move |world| {
        let id = world.member(&owner).id;
        let mut key = people::new_key(&world.chain_id, &id, purpose, &key);
        alter(&mut key);
        Action::AddKey(proto::AddKey { key: Some(key) })
    })
}

pub fn revoke_key(name: &str, key_id: u32) -> Act {
    administer(name, move |_| {
        Action::RevokeKey(proto::RevokeKey {
            key_id,
            reason: "rotated".to_owned(),
        })
    })
}

/// Has another validate key take the place of the one in the set.
pub fn rotate(name: &str, old_key_id: u32, new_key_id: u32, effective_height: u64) -> Act {
    administer(name, move |_| {
        Action::RotateValidatorKey(proto::RotateValidatorKey {
            old_key_id,
            new_key_id,
            effective_height,
        })
    })
}

/// Puts a decision to the vote for a day, by finance.
pub fn propose(decision: impl Fn(&World) -> Decision + 'static) -> Act {
    propose_for(super::DAY_MS, decision)
}

pub fn propose_for(open_for_ms: u64, decision: impl Fn(&World) -> Decision + 'static) -> Act {
    administer("finance", move |world| {
        Action::Propose(proto::Propose {
            proposal: Some(proto::ProposedDecision {
                decision: Some(decision(world)),
            }),
            reason: "agreed at the quarterly meeting".to_owned(),
            open_for_ms,
        })
    })
}

/// Puts to the vote what a decision becomes by an alteration.
pub fn altered_proposal(
    alter: impl Fn(&mut Decision) + 'static,
    decision: impl Fn(&World) -> Decision + 'static,
) -> Act {
    propose(move |world| {
        let mut altered = decision(world);
        alter(&mut altered);
        altered
    })
}

/// What a direct act asks for, to be proposed.
pub fn decision_of(act: Act) -> impl Fn(&World) -> Decision {
    move |world| match (act.action)(world) {
        Action::AdmitOrganisation(act) => Decision::AdmitOrganisation(act),
        Action::SuspendOrganisation(act) => Decision::SuspendOrganisation(act),
        Action::ResumeOrganisation(act) => Decision::ResumeOrganisation(act),
        Action::SetParameters(act) => Decision::SetParameters(act),
        other => panic!("{other:?} is not for governors"),
    }
}

pub fn removal_of(name: &str) -> impl Fn(&World) -> Decision + use<> {
    let name = name.to_owned();
    move |world| {
        Decision::RemoveOrganisation(proto::RemoveOrganisation {
            organisation: world.member(&name).id.to_string(),
            reason: "dissolved".to_owned(),
        })
    }
}

/// Validators by name, key id and power, from a height on.
pub fn validators_from(
    effective_height: u64,
    validators: &[(&str, u32, u64)],
) -> impl Fn(&World) -> Decision + use<> {
    let validators: Vec<_> = validators
        .iter()
        .map(|(name, key_id, power)| ((*name).to_owned(), *key_id, *power))
        .collect();
    move |world| {
        let proposed = validators
            .iter()
            .map(|(name, key_id, power)| proto::ProposedValidator {
                organisation: world.member(name).id.to_string(),
                key_id: *key_id,
                power: *power,
            });
        Decision::ChangeValidators(proto::ChangeValidators {
            validators: proposed.collect(),
            effective_height,
        })
    }
}

pub fn governors_are(names: &[&str], threshold: u32) -> impl Fn(&World) -> Decision + use<> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    move |world| {
        let organisations = names.iter().map(|name| world.member(name).id.to_string());
        Decision::ChangeGovernors(proto::ChangeGovernors {
            governors: Some(proto::Governors {
                organisations: organisations.collect(),
                threshold,
            }),
        })
    }
}

pub fn protocol_from(version: u32, effective_height: u64) -> impl Fn(&World) -> Decision {
    move |_| {
        Decision::ActivateProtocol(proto::ActivateProtocol {
            version,
            effective_height,
        })
    }
}

/// Gives an organisation new keys by their purposes, and ends others.
pub fn recovery_of(
    name: &str,
    keys: &[(KeyPurpose, &SigningKey)],
    revoked: &[u32],
) -> impl Fn(&World) -> Decision + use<> {
    let (name, revoked) = (name.to_owned(), revoked.to_vec());
    let keys: Vec<_> = keys.iter().map(|(p, key)| (*p, (*key).clone())).collect();
    move |world| {
        let id = world.member(&name).id;
        let keys = keys
            .iter()
            .map(|(purpose, key)| people::new_key(&world.chain_id, &id, *purpose, key));
        Decision::RecoverKeys(proto::RecoverKeys {
            organisation: id.to_string(),
            keys: keys.collect(),
            revoked_key_ids: revoked.clone(),
        })
    }
}

pub fn vote(name: &str, proposal_id: u64, in_favour: bool) -> Act {
    administer(name, move |_| {
        Action::CastVote(proto::CastVote {
            proposal_id,
            in_favour,
        })
    })
}

pub fn update_endpoints(name: &str, endpoints: &[&str]) -> Act {
    let endpoints = endpoints.iter().map(|address| proto::Endpoint {
        address: (*address).to_owned(),
    });
    let endpoints: Vec<_> = endpoints.collect();
    administer(name, move |_| {
        Action::UpdateEndpoints(proto::UpdateEndpoints {
            endpoints: endpoints.clone(),
        })
    })
}

pub fn set_parameters(alter: impl Fn(&mut proto::Parameters) + 'static) -> Act {
    administer("finance", move |_| {
        let mut parameters = proto::Parameters::from(&Parameters::default());
        alter(&mut parameters);
        Action::SetParameters(proto::SetParameters {
            parameters: Some(parameters),
        })
    })
}

/// Grants numbers of [`CODE`].
pub fn grant(issuer: &str, first: u64, last: u64) -> Act {
    grant_of(CODE, issuer, first, last)
}

pub fn grant_of(code: &str, issuer: &str, first: u64, last: u64) -> Act {
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
pub fn recall(first: u64, from: u64) -> Act {
    business("finance", move |_| {
        Action::RecallRange(proto::RecallRange {
            receipt_code: CODE.to_owned(),
            first_number: first,
            from_number: from,
        })
    })
}

/// Seals what a block issued, after something was done to the message.
pub fn seal(height: Height, root: Hash, alter: impl Fn(&mut proto::SealBlock) + 'static) -> Act {
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
        check_code_hash: CheckCode::hash_of(&salt, "656aa9").into(),
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
    }
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

    /// A total without settlement channels.
    pub fn costing(self, fen: i64) -> Self {
        self.with(|item| {
            item.total_fen = fen;
            item.settlement = None;
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

impl Request for Reverse {
    fn actor(&self) -> &str {
        &self.actor
    }

    fn action(&self, world: &World) -> Action {
        let red = item(&format!("-{}", self.original));
        let mut reverse = proto::ReverseReceipt {
            original: Some(world.receipt_id(&self.original).into()),
            receipt_code: red.receipt_code,
            receipt_number: None,
            check_code_salt: red.check_code_salt,
            check_code_hash: red.check_code_hash,
            issue_date: red.issue_date,
            issue_time: red.issue_time,
            business_number: red.business_number,
            details_commitment: red.details_commitment,
            reason: "wrong department".to_owned(),
        };
        (self.alter)(&mut reverse);
        Action::ReverseReceipt(reverse)
    }

    fn names(&self) -> Vec<String> {
        vec![format!("-{}", self.original)]
    }
}

/// What a payer does to a receipt.
pub struct Claim<M> {
    actor: String,
    operator: String,
    receipt: String,
    message: M,
    wrap: fn(M) -> Action,
    receipt_field: fn(&mut M) -> &mut Option<proto::ReceiptId>,
}

impl<M: Clone> Claim<M> {
    pub fn with(mut self, alter: impl FnOnce(&mut M)) -> Self {
        alter(&mut self.message);
        self
    }

    pub fn operated_by(mut self, operator: &str) -> Self {
        operator.clone_into(&mut self.operator);
        self
    }
}

impl<M: Clone> Request for Claim<M> {
    fn actor(&self) -> &str {
        &self.actor
    }

    fn operator(&self) -> &str {
        &self.operator
    }

    fn action(&self, world: &World) -> Action {
        let mut message = self.message.clone();
        let receipt: ReceiptId = world.receipt_id(&self.receipt);
        *(self.receipt_field)(&mut message) = Some(receipt.into());
        (self.wrap)(message)
    }
}

macro_rules! claim {
    ($receipt:ident, $payer:ident, $action:ident, $message:expr) => {
        Claim {
            actor: $payer.to_owned(),
            operator: OPERATOR.to_owned(),
            receipt: $receipt.to_owned(),
            message: $message,
            wrap: Action::$action,
            receipt_field: |message| &mut message.receipt,
        }
    };
}

/// Locks for a day.
pub fn lock(receipt: &str, payer: &str) -> Claim<proto::LockReceipt> {
    let message = proto::LockReceipt {
        receipt: None,
        presented_total_fen: TOTAL,
        claim_number: "C-1".to_owned(),
        lease_ms: super::DAY_MS,
    };
    claim!(receipt, payer, LockReceipt, message)
}

pub fn unlock(receipt: &str, payer: &str) -> Claim<proto::UnlockReceipt> {
    let message = proto::UnlockReceipt {
        receipt: None,
        reason: "claim withdrawn".to_owned(),
    };
    claim!(receipt, payer, UnlockReceipt, message)
}

/// Books an amount with a voucher, for the fund that the payer usually has.
pub fn book(receipt: &str, payer: &str, voucher: &str, amount: i64) -> Claim<proto::BookReceipt> {
    let fund_kind = match payer.trim_end_matches(char::is_numeric) {
        "employer" => FundKind::Employer,
        _ => FundKind::Commercial,
    };
    let message = proto::BookReceipt {
        receipt: None,
        presented_total_fen: TOTAL,
        fund_kind: fund_kind.number(),
        voucher_number: voucher.to_owned(),
        amount_fen: amount,
        reviewer: "chen.jing".to_owned(),
        keep_lock: false,
    };
    claim!(receipt, payer, BookReceipt, message)
}

pub fn unbook(receipt: &str, payer: &str, voucher: &str) -> Claim<proto::UnbookReceipt> {
    let message = proto::UnbookReceipt {
        receipt: None,
        voucher_number: voucher.to_owned(),
        reason: "booked by mistake".to_owned(),
    };
    claim!(receipt, payer, UnbookReceipt, message)
}
