//! A small world to tell stories in: four founders, a state in memory, and a
//! block for each request.
//!
//! ```text
//!   world.accept(issue("R1")).accept(lock("R1", "insurer"));
//!   world.reject(reverse("R1"), "Locked").naming(["insurer"]);
//! ```

#![allow(
    clippy::needless_pass_by_value,
    clippy::semicolon_if_nothing_returned,
    reason = "a request is used once; an alteration is an expression"
)]

pub mod access_logs;
pub mod alerts;
mod blocks;
pub mod claims;
pub mod descriptors;
pub mod payments;
pub mod people;
pub mod prelude;
pub mod receipts;
pub mod reimbursement;
pub mod requests;
pub mod scale;
mod verdicts;

use std::collections::BTreeMap;

use memory::Memory;
use people::Member;
use piaolian_contracts::{
    Founding,
    alerts::Alert,
    chain::{ChainId, Height, Validator, ValidatorSet},
    genesis_state,
    governance::{Governors, PROPOSALS, ProposalId, ProposalRecord},
    organisations::{KeyPurpose, ORGANISATIONS, Organisation, Role},
    parameters::{PARAMETERS, Parameters, ProposedParameters},
    receipts::{ISSUANCES, Issuance, RECEIPTS, Receipt, Status, status},
    state::Table,
    storage::Record,
    types::{BlockTime, ReceiptId},
    upgrades::VALIDATOR_SET,
};
use requests::{admit_organisation, grant};

pub use blocks::{altered, decode};
pub use piaolian_test_kit::memory;
pub use verdicts::{accepted, item_rules, name_of, verdict};

/// 2026-11-21 12:00:00 in Beijing.
pub const FOUNDED_MS: u64 = 1_795_233_600_000;
/// The Beijing date of the founding.
pub const TODAY: u32 = 20_261_121;
pub const HOUR_MS: u64 = 3_600_000;
pub const DAY_MS: u64 = 24 * HOUR_MS;
/// The receipt code that the hospital has numbers of: 1 to 1,000.
pub const CODE: &str = "35060126";
/// The total of a receipt when a test names none, in fen.
pub const TOTAL: i64 = 100_00;
/// How much of it the pooled fund paid at settlement.
pub const POOLED: i64 = 40_00;

pub struct World {
    pub chain_id: ChainId,
    pub state: Memory,
    pub height: Height,
    pub time: BlockTime,
    members: BTreeMap<String, Member>,
    /// Receipts by the name that the story gives them.
    receipts: BTreeMap<String, ReceiptId>,
    requests: u64,
    next_time: Option<BlockTime>,
}

impl World {
    /// Finance, a hospital, an insurer and an employer, all validators; the
    /// hospital has the numbers 1 to 1,000 of [`CODE`].
    pub fn new() -> Self {
        let mut world = Self::founded(&["finance", "hospital", "insurer", "employer"]);
        world.accept(grant("hospital", 1, 1_000));
        world
    }

    /// A chain founded by these members, all validators; finance governs alone.
    pub fn founded(founders: &[&str]) -> Self {
        Self::governed(founders, &["finance"], 1)
    }

    /// A chain founded by these members, all validators, of whom some govern.
    pub fn governed(founders: &[&str], governors: &[&str], threshold: u32) -> Self {
        let chain_id: ChainId = "piaolian-test".parse().unwrap();
        let members: Vec<Member> = founders.iter().map(|name| Member::new(name)).collect();
        let organisations = members.iter().map(|member| member.admission(&chain_id));
        let validators = members.iter().map(|member| {
            Validator::new(member.id, member.public_key(KeyPurpose::Validate), 1).unwrap()
        });
        let founding = Founding {
            chain_id: chain_id.clone(),
            parameters: without_lead(),
            organisations: organisations.map(|o| o.try_into().unwrap()).collect(),
            validators: ValidatorSet::new(validators.collect()).unwrap(),
            governors: Governors::new(
                governors.iter().map(|name| Member::new(name).id).collect(),
                threshold,
            )
            .unwrap(),
        };
        let mut state = Memory::default();
        state.apply(&genesis_state(&founding).unwrap());
        let members = members
            .into_iter()
            .map(|member| (member.name.clone(), member));
        Self {
            chain_id,
            state,
            height: Height::GENESIS,
            time: BlockTime::from_ms(FOUNDED_MS),
            members: members.collect(),
            receipts: BTreeMap::new(),
            requests: 0,
            next_time: None,
        }
    }

    /// Makes a new member known to the story and has finance admit it.
    pub fn admit(&mut self, name: &str, roles: &[Role]) -> &mut Self {
        self.know(Member::new(name).with_roles(roles));
        self.accept(admit_organisation(name))
    }

    /// Makes a member known to the story, not to the chain.
    pub fn know(&mut self, member: Member) -> &mut Self {
        self.members.insert(member.name.clone(), member);
        self
    }

    pub fn member(&self, name: &str) -> &Member {
        &self.members[name]
    }

    pub fn member_mut(&mut self, name: &str) -> &mut Member {
        self.members.get_mut(name).unwrap()
    }

    pub fn find_member(&self, name: &str) -> Option<&Member> {
        self.members.get(name)
    }

    pub fn find_receipt(&self, name: &str) -> Option<&ReceiptId> {
        self.receipts.get(name)
    }

    pub fn organisation(&self, name: &str) -> Organisation {
        ORGANISATIONS
            .get(&self.state, &self.member(name).id)
            .unwrap()
            .unwrap()
    }

    pub fn proposal(&self, id: u64) -> ProposalRecord {
        PROPOSALS
            .get(&self.state, &ProposalId::new(id))
            .unwrap()
            .unwrap()
    }

    /// The organisations that decide the next block with their power, by name.
    pub fn validators(&self) -> BTreeMap<String, u64> {
        let set = VALIDATOR_SET.get(&self.state, &()).unwrap().unwrap();
        let power = |member: &Member| set.of(&member.id).map(Validator::power).sum::<u64>();
        let members = self.members.values();
        members
            .map(|member| (member.name.clone(), power(member)))
            .filter(|(_, power)| *power > 0)
            .collect()
    }

    pub fn receipt_id(&self, name: &str) -> ReceiptId {
        self.receipts[name]
    }

    /// Gives a receipt that needs no story of its own a name.
    pub fn call(&mut self, name: &str, id: ReceiptId) -> &mut Self {
        self.receipts.insert(name.to_owned(), id);
        self
    }

    pub fn receipt(&self, name: &str) -> Receipt {
        RECEIPTS
            .get(&self.state, &self.receipt_id(name))
            .unwrap()
            .unwrap()
    }

    /// The receipt, if it was ever issued.
    pub fn find_record(&self, name: &str) -> Option<Receipt> {
        RECEIPTS.get(&self.state, &self.receipt_id(name)).unwrap()
    }

    pub fn issuance(&self, height: Height) -> Option<Issuance> {
        ISSUANCES.get(&self.state, &height).unwrap()
    }

    /// Every alert, in order of number.
    pub fn alerts(&self) -> Vec<Alert> {
        let records = self.state.table(Table::Alerts).into_values();
        records
            .map(|record| Alert::decode(&record).unwrap())
            .collect()
    }

    pub fn status(&self, name: &str) -> Status {
        let parameters = PARAMETERS.get(&self.state, &()).unwrap().unwrap();
        status(&self.receipt(name), parameters.fund_rules(), self.time)
    }
}

/// The parameters of a new chain, but that every version of a policy may begin at once.
fn without_lead() -> Parameters {
    let parameters = piaolian_proto::v1::Parameters {
        policy_lead_days: 0,
        ..(&Parameters::default()).into()
    };
    let parameters = ProposedParameters::try_from(parameters).unwrap();
    parameters.within_bounds().unwrap()
}
