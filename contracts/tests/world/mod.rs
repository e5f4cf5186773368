//! A small world to tell stories in: four founders, a state in memory, and a
//! block for each request.
//!
//! ```text
//!   world.accept(issue("R1")).accept(lock("R1", "insurer"));
//!   world.reject(reverse("R1"), "Locked").naming(["insurer"]);
//! ```

// Requests are said once and used up; an alteration is an expression.
#![allow(clippy::needless_pass_by_value, clippy::semicolon_if_nothing_returned)]

pub mod alerts;
pub mod certified;
pub mod descriptors;
pub mod life;
pub mod memory;
pub mod payments;
pub mod people;
pub mod reimbursement;
pub mod requests;
pub mod scale;

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use piaolian_contracts::{
    AdmitError, Founding, Moment, Refused, Transaction, Verified, admit,
    alerts::Alert,
    chain::{BlockTime, ChainId, Height, Validator, ValidatorSet},
    execute::{Applied, BlockExecutor, Context, Executed},
    found,
    governance::{Governors, PARAMETERS, PROPOSALS, Parameters, ProposalId, ProposalRecord},
    messages::{Language, render, rules},
    organisations::{KeyPurpose, ORGANISATIONS, Organisation, Role},
    receipts::{ISSUANCES, Issuance, RECEIPTS, Receipt, Status, status},
    state::Table,
    storage::Record,
    types::ReceiptId,
    upgrades::VALIDATOR_SET,
    verify_batch,
};
use piaolian_proto::v1 as proto;
use prost::Message;

use memory::Memory;
use people::Member;
use requests::{Request, admit_organisation, grant, issue};

/// 2026-11-21 12:00:00 in Beijing.
pub const FOUNDED_MS: u64 = 1_795_233_600_000;
/// The Beijing date of the founding.
pub const TODAY: u32 = 20_261_121;
pub const HOUR_MS: u64 = 3_600_000;
pub const DAY_MS: u64 = 24 * HOUR_MS;
/// The receipt code that the hospital has numbers of: 1 to 1,000.
pub const CODE: &str = "35060126";
/// What a receipt costs when a story does not say, in fen.
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

/// A rejection that a story looks at more closely.
pub struct Rejected<'w> {
    world: &'w mut World,
    arguments: Vec<String>,
    message: String,
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
            parameters: Parameters::default(),
            organisations: organisations.map(|o| o.try_into().unwrap()).collect(),
            validators: ValidatorSet::new(validators.collect()).unwrap(),
            governors: Governors::new(
                governors.iter().map(|name| Member::new(name).id).collect(),
                threshold,
            )
            .unwrap(),
        };
        let mut state = Memory::default();
        state.apply(&found(&founding).unwrap());
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

    /// Empty blocks until the one at `height` is the last.
    pub fn run_to(&mut self, height: Height) -> &mut Self {
        while self.height < height {
            self.block(&[]);
        }
        self
    }

    /// The height this many above the last block's.
    pub fn ahead(&self, heights: u64) -> u64 {
        self.height.get() + heights
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

    /// The next block comes this much later than the last.
    pub fn wait_ms(&mut self, ms: u64) -> &mut Self {
        self.next_time = Some(self.time.after_ms(ms));
        self
    }

    /// The block that comes next.
    pub fn next_moment(&self) -> Moment {
        Moment {
            height: self.height.next(),
            time: self.next_time.unwrap_or(self.time.after_ms(1_000)),
        }
    }

    /// Encodes and signs a request.
    pub fn sign(&mut self, request: &dyn Request) -> Bytes {
        let body = self.body(request);
        let key = self.member(request.actor()).key(request.signed_with());
        people::sign(&self.chain_id, &key.signing, &body)
    }

    /// The body of a request, with a client id of its own.
    pub fn body(&mut self, request: &dyn Request) -> proto::TransactionBody {
        self.requests += 1;
        let actor = self.member(request.actor());
        let mut client_id = [0; 16];
        client_id[8..].copy_from_slice(&self.requests.to_be_bytes());
        proto::TransactionBody {
            chain_id: self.chain_id.to_string(),
            organisation: actor.id.to_string(),
            key_id: actor.key(request.signed_with()).id,
            client_id: client_id.to_vec().into(),
            valid_until_ms: self.next_moment().time.as_ms() + HOUR_MS,
            operator: request.operator().to_owned(),
            action: Some(request.action(self)),
        }
    }

    /// Whether the encoded transaction may enter the next block, all checked as a
    /// node would.
    pub fn check(&self, encoded: Bytes) -> Result<Verified, Refused> {
        let transaction = Arc::new(Transaction::decode(encoded, &self.chain_id)?);
        let key = match admit(&self.state, &self.next_moment(), &transaction) {
            Ok(key) => key,
            Err(AdmitError::Refused(refused)) => return Err(refused),
            Err(AdmitError::Fault(fault)) => panic!("{fault}"),
        };
        transaction.verify(&key)
    }

    /// One block of encoded transactions that a node would admit.
    pub fn block(&mut self, encoded: &[Bytes]) -> Executed {
        let verified: Vec<Verified> = encoded
            .iter()
            .map(|bytes| self.check(bytes.clone()).unwrap())
            .collect();
        let pairs = verified
            .iter()
            .map(|v| (v.transaction().clone(), *v.key()))
            .collect();
        assert!(verify_batch(pairs).iter().all(Result::is_ok));
        self.execute(&verified)
    }

    /// One block of verified transactions, all of which must be admissible.
    pub fn execute(&mut self, verified: &[Verified]) -> Executed {
        let mut executor = self.begin();
        let outcomes: Vec<_> = verified
            .iter()
            .map(|verified| match executor.apply(verified).unwrap() {
                Applied::Included(outcome) => outcome,
                other => panic!("{other:?}"),
            })
            .collect();
        let executed = executor.finish().unwrap();
        assert_eq!(executed.outcomes, outcomes);
        self.commit(&executed);
        executed
    }

    /// The executor of the next block.
    pub fn begin(&self) -> BlockExecutor<'_> {
        BlockExecutor::begin(&self.state, self.context()).unwrap()
    }

    /// The next block.
    pub fn context(&self) -> Context {
        let Moment { height, time } = self.next_moment();
        Context {
            chain_id: self.chain_id.clone(),
            height,
            time,
            parent_time: self.time,
        }
    }

    pub fn commit(&mut self, executed: &Executed) {
        assert!(executed.changes.is_sorted_by(|a, b| a.key < b.key));
        let Moment { height, time } = self.next_moment();
        self.state.apply(&executed.changes);
        (self.height, self.time, self.next_time) = (height, time, None);
    }

    /// A block with this request alone; its outcome.
    pub fn submit(&mut self, request: impl Request) -> proto::Outcome {
        let encoded = self.sign(&request);
        let outcome = self.block(&[encoded]).outcomes.remove(0);
        self.note_names(&request, &outcome);
        outcome
    }

    /// Remembers the receipts that a request named and the block issued.
    pub fn note_names(&mut self, request: &dyn Request, outcome: &proto::Outcome) {
        for (name, item) in request.names().into_iter().zip(&outcome.items) {
            if let (0, Some(id)) = (item.code, &item.receipt) {
                self.receipts.insert(name, id.clone().try_into().unwrap());
            }
        }
    }

    /// A block with this request alone, which is accepted in every part.
    pub fn accept(&mut self, request: impl Request) -> &mut Self {
        let outcome = self.submit(request);
        assert!(accepted(&outcome), "{}", describe(&outcome));
        self
    }

    /// A block with this request alone, which the rule of that name rejects; the
    /// state is as it was, but for what supervision keeps.
    pub fn reject(&mut self, request: impl Request, rule: &str) -> Rejected<'_> {
        let business = |world: &Self| world.state.without_idempotency().without_supervision();
        let before = business(self);
        let outcome = self.submit(request);
        let (code, arguments) = verdict(&outcome);
        assert_eq!(name_of(code), rule, "{}", describe(&outcome));
        assert_eq!(business(self), before, "a rejection left traces");
        Rejected {
            message: render(code, &arguments, Language::English),
            arguments,
            world: self,
        }
    }

    /// A request that must not enter a block, refused by the rule of that name.
    pub fn refuse(&mut self, request: impl Request, rule: &str) -> &mut Self {
        let encoded = self.sign(&request);
        self.refuse_bytes(encoded, rule)
    }

    /// Bytes that must not enter a block, refused by the rule of that name.
    pub fn refuse_bytes(&mut self, encoded: Bytes, rule: &str) -> &mut Self {
        let refused = self.check(encoded).expect_err("it was admitted");
        assert_eq!(name_of(refused.code()), rule, "{refused}");
        self
    }
}

impl<'w> Rejected<'w> {
    /// The rejection names these: members by name, everything else as it is.
    pub fn naming<const N: usize>(self, expected: [&str; N]) -> &'w mut World {
        for expected in expected {
            let member = self
                .world
                .members
                .get(expected)
                .map(|member| member.id.to_string());
            let receipt = self.world.receipts.get(expected).map(ToString::to_string);
            let meant = [member, receipt, Some(expected.to_owned())];
            let named = meant
                .iter()
                .flatten()
                .any(|meant| self.arguments.contains(meant));
            assert!(named, "{expected}: {}", self.message);
        }
        self.world
    }
}

/// Accepted in every part.
pub fn accepted(outcome: &proto::Outcome) -> bool {
    outcome.code == 0 && outcome.items.iter().all(|item| item.code == 0)
}

/// The rule that rejected a request, or the only item of it.
pub fn verdict(outcome: &proto::Outcome) -> (u32, Vec<String>) {
    match &outcome.items[..] {
        [item] if outcome.code == 0 => (item.code, item.arguments.clone()),
        _ => (outcome.code, outcome.arguments.clone()),
    }
}

/// The name of a rule. A test that asks has met it and says so on its output, where
/// `shown.rs` reads it; of a good test nobody else does.
#[allow(clippy::print_stdout)]
pub fn name_of(code: u32) -> &'static str {
    if let Some(test) = std::thread::current().name() {
        println!("{test} met {code}");
    }
    rules()
        .find(|rule| rule.code == code)
        .map_or("accepted", |rule| rule.name)
}

fn describe(outcome: &proto::Outcome) -> String {
    let items = outcome
        .items
        .iter()
        .map(|item| (item.code, &item.arguments));
    let parts = std::iter::once((outcome.code, &outcome.arguments)).chain(items);
    let lines =
        parts.map(|(code, args)| format!("{code} {}", render(code, args, Language::English)));
    lines.collect::<Vec<_>>().join("\n")
}

/// The hospital's issue of a receipt, signed after its body was altered.
pub fn altered(world: &mut World, alter: impl FnOnce(&mut proto::TransactionBody)) -> Bytes {
    let mut body = world.body(&issue("R1"));
    alter(&mut body);
    let key = world
        .member("hospital")
        .key(KeyPurpose::Sign)
        .signing
        .clone();
    people::sign(&world.chain_id, &key, &body)
}

/// The transaction of encoded bytes, without its checks against the state.
pub fn decode(encoded: &Bytes) -> proto::Transaction {
    proto::Transaction::decode(encoded.clone()).unwrap()
}
