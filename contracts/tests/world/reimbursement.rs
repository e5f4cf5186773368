//! What members ask for on the way from a policy to a payout, with everything filled in
//! that a story leaves out.

use piaolian_contracts::{
    disclosure::{GrantKey, Purpose},
    types::FundKind,
};
use piaolian_proto::v1::{self as proto, policy_terms::YearlyLimit, transaction_body::Action};

use super::{
    DAY_MS, FOUNDED_MS, TODAY, World,
    requests::{OPERATOR, Request},
};

/// Something asked for by a person of a member, after something was done to the message.
pub struct Ask<M> {
    actor: String,
    operator: String,
    message: Box<dyn Fn(&World) -> M>,
    alter: Vec<Box<dyn Fn(&World, &mut M)>>,
    wrap: fn(M) -> Action,
}

impl<M> Ask<M> {
    fn new(actor: &str, wrap: fn(M) -> Action, message: impl Fn(&World) -> M + 'static) -> Self {
        Self {
            actor: actor.to_owned(),
            operator: OPERATOR.to_owned(),
            message: Box::new(message),
            alter: Vec::new(),
            wrap,
        }
    }

    pub fn by(mut self, actor: &str) -> Self {
        actor.clone_into(&mut self.actor);
        self
    }

    pub fn with(self, alter: impl Fn(&mut M) + 'static) -> Self {
        self.with_world(move |_, message| alter(message))
    }

    pub fn with_world(mut self, alter: impl Fn(&World, &mut M) + 'static) -> Self {
        self.alter.push(Box::new(alter));
        self
    }
}

impl<M> Request for Ask<M> {
    fn actor(&self) -> &str {
        &self.actor
    }

    fn operator(&self) -> &str {
        &self.operator
    }

    fn action(&self, world: &World) -> Action {
        let mut message = (self.message)(world);
        for alter in &self.alter {
            alter(world, &mut message);
        }
        (self.wrap)(message)
    }
}

/// A deductible of 100 yuan and a cap of 1,000 for a person and year; above the
/// deductible 60 % up to 500 yuan and 80 % from there, of each receipt's total.
pub fn terms() -> proto::PolicyTerms {
    proto::PolicyTerms {
        fund_kind: FundKind::BasicMedical.number(),
        from_date: TODAY,
        deductible_fen: 100_00,
        yearly_limit: Some(YearlyLimit::CapFen(1_000_00)),
        tiers: vec![tier(0, 6_000), tier(500_00, 8_000)],
        tiers_accumulate: true,
        base: proto::PolicyBase::Total.into(),
        receipt_kinds: vec![],
        filing_days_max: 0,
    }
}

pub const fn tier(from_fen: i64, ratio: u32) -> proto::PolicyTier {
    proto::PolicyTier { from_fen, ratio }
}

/// The insurer's [`terms`] under a code.
pub fn publish(code: &str) -> Ask<proto::PublishPolicy> {
    let code = code.to_owned();
    Ask::new("insurer", Action::PublishPolicy, move |_| {
        proto::PublishPolicy {
            policy_code: code.clone(),
            terms: Some(terms()),
        }
    })
}

impl Ask<proto::PublishPolicy> {
    pub fn on_terms(self, alter: impl Fn(&mut proto::PolicyTerms) + 'static) -> Self {
        self.with(move |publish| alter(publish.terms.as_mut().unwrap()))
    }
}

/// The hospital's holder authorises a member to claim a receipt within the story's first
/// 30 days.
pub fn authorise(receipt: &str, grantee: &str) -> Ask<proto::GrantAccess> {
    let (receipt, grantee) = (receipt.to_owned(), grantee.to_owned());
    Ask::new("hospital", Action::GrantAccess, move |world| {
        proto::GrantAccess {
            receipt: Some(world.receipt_id(&receipt).into()),
            grantee: world.member(&grantee).id.to_string(),
            purpose: proto::GrantPurpose::Claim.into(),
            expires_ms: FOUNDED_MS + 30 * DAY_MS,
            consent_hash: vec![0xc0; 32].into(),
            wrapped_key_hash: vec![].into(),
            onward: false,
        }
    })
}

impl Ask<proto::GrantAccess> {
    pub fn onward(self) -> Self {
        self.with(|grant| grant.onward = true)
    }

    pub fn for_ms(self, ms: u64) -> Self {
        self.with_world(move |world, grant| grant.expires_ms = world.time.as_ms() + ms)
    }
}

pub fn revoke(receipt: &str, grantee: &str) -> Ask<proto::RevokeAccess> {
    let (receipt, grantee) = (receipt.to_owned(), grantee.to_owned());
    Ask::new("hospital", Action::RevokeAccess, move |world| {
        proto::RevokeAccess {
            receipt: Some(world.receipt_id(&receipt).into()),
            grantee: world.member(&grantee).id.to_string(),
            purpose: proto::GrantPurpose::Claim.into(),
            reason: "consent withdrawn".to_owned(),
        }
    })
}

/// The authorisation to claim a receipt.
pub fn grant_key(world: &World, receipt: &str, grantee: &str) -> GrantKey {
    GrantKey {
        receipt: world.receipt_id(receipt),
        grantee: world.member(grantee).id,
        purpose: Purpose::Claim,
    }
}
