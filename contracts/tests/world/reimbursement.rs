//! Requests on the way from a policy to a payout, with defaults for everything that a test does not
//! name.

mod payouts;
mod plans;

use piaolian_contracts::{
    claims::{CLAIMS, Claim, ClaimKey},
    disclosure::{GrantKey, Purpose},
    organisations::Role,
    types::FundKind,
};
use piaolian_proto::v1::{self as proto, policy_terms::YearlyLimit, transaction_body::Action};

use super::{
    DAY_MS, FOUNDED_MS, TODAY, World,
    requests::{OPERATOR, Request},
};

pub use self::{
    payouts::*,
    plans::{consent, met_elsewhere, recompute, set_opening_sums, sums},
};

/// A request by a person of a member, after an alteration of the message.
pub struct Ask<M> {
    actor: String,
    operator: String,
    message: Box<dyn Fn(&World) -> M>,
    alter: Vec<Box<dyn Fn(&World, &mut M)>>,
    wrap: fn(M) -> Action,
}

impl<M> Ask<M> {
    pub fn new(
        actor: &str,
        wrap: fn(M) -> Action,
        message: impl Fn(&World) -> M + 'static,
    ) -> Self {
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

    pub fn operated_by(mut self, operator: &str) -> Self {
        operator.clone_into(&mut self.operator);
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
        fund_kind: FundKind::SeriousIllness.number(),
        from_date: TODAY,
        deductible_fen: 100_00,
        yearly_limit: Some(YearlyLimit::CapFen(1_000_00)),
        tiers: vec![tier(0, 6_000), tier(500_00, 8_000)],
        tiers_accumulate: true,
        base: proto::PolicyBase::Total.into(),
        receipt_kinds: vec![],
        filing_days_max: 0,
        plan_code: "BASIC".to_owned(),
        admission_deductibles: vec![],
    }
}

pub const fn tier(from_fen: i64, ratio: u32) -> proto::PolicyTier {
    proto::PolicyTier { from_fen, ratio }
}

/// The insurer's [`terms`] under a code, for a plan of that code.
pub fn publish(code: &str) -> Ask<proto::PublishPolicy> {
    let code = code.to_owned();
    Ask::new("insurer", Action::PublishPolicy, move |_| {
        proto::PublishPolicy {
            policy_code: code.clone(),
            terms: Some(proto::PolicyTerms {
                plan_code: code.clone(),
                ..terms()
            }),
        }
    })
}

/// Of a fund that does not exclude other payers.
pub fn commercial(terms: &mut proto::PolicyTerms) {
    terms.fund_kind = FundKind::Commercial.number();
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

/// The tag that every claim of a story is for when it does not say.
pub const TAG: [u8; 32] = [0x11; 32];

/// The tag of one of several persons.
pub fn tag_of(person: u8) -> [u8; 32] {
    [person + 1; 32]
}

/// A world with a policy `BASIC` of the insurer on [`terms`], a second insurer and two
/// banks. Nothing is issued yet.
pub fn with_policy() -> World {
    let mut world = World::new();
    world
        .admit("insurer2", &[Role::MedicalInsurer, Role::CommercialInsurer])
        .admit("bank", &[Role::AgentBank])
        .admit("bank2", &[Role::AgentBank])
        .accept(publish("BASIC"));
    world
}

pub fn claim(world: &World, insurer: &str, number: &str) -> Option<Claim> {
    let key = ClaimKey {
        insurer: world.member(insurer).id,
        number: number.parse().unwrap(),
    };
    CLAIMS.get(&world.state, &key).unwrap()
}

/// The insurer files a claim under `BASIC` for ten days, with the totals as issued.
pub fn file(number: &str, receipts: &[&str]) -> Ask<proto::FileClaim> {
    let number = number.to_owned();
    let receipts: Vec<String> = receipts.iter().map(|name| (*name).to_owned()).collect();
    Ask::new("insurer", Action::FileClaim, move |world| {
        let present = |name: &String| proto::PresentedReceipt {
            receipt: Some(world.receipt_id(name).into()),
            presented_total_fen: world.find_record(name).map_or(0, |found| found.total.get()),
        };
        proto::FileClaim {
            claim_number: number.clone(),
            policy_code: "BASIC".to_owned(),
            holder_tag: TAG.to_vec().into(),
            receipts: receipts.iter().map(present).collect(),
            lease_ms: 10 * DAY_MS,
        }
    })
}

impl Ask<proto::FileClaim> {
    pub fn under(self, policy: &str) -> Self {
        let policy = policy.to_owned();
        self.with(move |claim| claim.policy_code = policy.clone())
    }
}

/// The insurer approves a claim with nothing taken out, to be paid by the bank.
pub fn approve(number: &str) -> Ask<proto::DecideClaim> {
    let claim_number = number.to_owned();
    Ask::new("insurer", Action::DecideClaim, move |world| {
        let filed = filed_by_any(world, &claim_number);
        let receipts = filed.map_or(1, |claim| claim.receipts.len());
        let approval = proto::ClaimApproval {
            assessments: vec![proto::Assessment::default(); receipts],
            bank: world.member("bank").id.to_string(),
            payee_reference: vec![0xba; 32].into(),
            settled_receipts: vec![],
        };
        proto::DecideClaim {
            claim_number: claim_number.clone(),
            reviewer: "chen.jing".to_owned(),
            verdict: Some(proto::decide_claim::Verdict::Approve(approval)),
        }
    })
}

/// The insurers among whose claims a number is searched.
const CLAIMS_OF: [&str; 6] = ["insurer", "insurer2", "city1", "city2", "life", "life2"];

fn filed_by_any(world: &World, number: &str) -> Option<Claim> {
    let known = CLAIMS_OF
        .iter()
        .filter(|name| world.find_member(name).is_some());
    let mut known = known;
    known.find_map(|name| claim(world, name, number))
}

impl Ask<proto::DecideClaim> {
    pub fn on_approval(self, alter: impl Fn(&World, &mut proto::ClaimApproval) + 'static) -> Self {
        self.with_world(move |world, decide| match decide.verdict.as_mut() {
            Some(proto::decide_claim::Verdict::Approve(approval)) => alter(world, approval),
            _ => panic!("no approval"),
        })
    }

    /// With what a clerk takes out of the receipt at a place: fully self-paid, over limit,
    /// prior self-pay and the hospital's share.
    pub fn assessing(self, place: usize, parts: [i64; 4]) -> Self {
        self.on_approval(move |_, approval| {
            let [
                fully_self_paid_fen,
                over_limit_fen,
                prior_self_pay_fen,
                hospital_share_fen,
            ] = parts;
            approval.assessments[place] = proto::Assessment {
                fully_self_paid_fen,
                over_limit_fen,
                prior_self_pay_fen,
                hospital_share_fen,
                ..Default::default()
            };
        })
    }

    pub fn paid_by(self, bank: &str) -> Self {
        let bank = bank.to_owned();
        self.on_approval(move |world, approval| {
            approval.bank = world.member(&bank).id.to_string();
        })
    }
}

pub fn reject_claim(number: &str) -> Ask<proto::DecideClaim> {
    approve(number).with(|decide| {
        let rejection = proto::ClaimRejection {
            reason: "treated elsewhere".to_owned(),
        };
        decide.verdict = Some(proto::decide_claim::Verdict::Reject(rejection));
    })
}

pub fn withdraw(number: &str) -> Ask<proto::WithdrawClaim> {
    let claim_number = number.to_owned();
    Ask::new("insurer", Action::WithdrawClaim, move |_| {
        proto::WithdrawClaim {
            claim_number: claim_number.clone(),
            reason: "filed twice".to_owned(),
        }
    })
}
