//! A world of many members with the books beside it: blocks are made, held to be what
//! their accepted transactions alone would make, and noted.

use bytes::Bytes;
use piaolian_contracts::{
    Verified,
    execute::{Applied, Executed},
    parameters::PARAMETERS,
    state::{Change, Table},
};
use piaolian_proto::v1::{self as proto, confirm_payout, transaction_body::Action};
use prost::Message;

use super::{
    audit,
    books::{Answer, Books},
    coverage,
    members::opened,
    model_requests::request,
    steps::{Step, Try},
};
use crate::{
    claim_model::steps::{self as claims, RECEIPTS, name},
    payments::model::{
        BANKS,
        books::Model,
        steps::{self as payments, expected, night, said},
    },
    properties::steps as receipts,
    world::{World, accepted, decode, requests::Request},
};

/// The tables that differ between replays, and those of supervision: the traces that a rejected
/// transaction may leave.
const IGNORED_TABLES: [Table; 6] = [
    Table::Segments,
    Table::ClientIds,
    Table::SegmentEntries,
    Table::Alerts,
    Table::SupervisionCounters,
    Table::OpenAlerts,
];

pub struct Harness {
    pub world: World,
    pub books: Books,
    pub payments: Model,
    /// Insurers that came for a while.
    pub newcomers: Vec<String>,
    /// How many receipts of the books were looked at for names …
    seen: usize,
    /// … and how many names were given.
    named: usize,
    turn: usize,
    /// Time and transactions of each block.
    history: Vec<(u64, Vec<Bytes>)>,
}

/// Something to put into a block; a step of payments is for the model of payments, too.
type Offer = (Bytes, Option<payments::Step>);

impl Harness {
    /// A world where nothing is granted or issued yet.
    pub fn on(world: World) -> Self {
        Self {
            world,
            books: Books::default(),
            payments: Model::new(),
            newcomers: Vec::new(),
            seen: 0,
            named: 0,
            turn: 0,
            history: Vec::new(),
        }
    }

    /// A block of requests that are accepted.
    pub fn must(&mut self, requests: Vec<Box<dyn Request>>) {
        let offers = requests.into_iter();
        let offers: Vec<Offer> = offers
            .map(|request| (self.world.sign(&request), None))
            .collect();
        let outcomes = self.block(offers);
        assert!(outcomes.iter().all(accepted), "{outcomes:?}");
    }

    /// Makes a block of attempts, after the waits among them.
    pub fn play(&mut self, tries: &[Try]) {
        for tried in tries {
            self.wait(&tried.step);
        }
        let mut offers = Vec::new();
        for tried in tries {
            self.turn += 1;
            let turn = self.turn;
            if let Some((request, judged)) = request(self, tried, turn) {
                offers.push((self.world.sign(&request), judged));
            }
        }
        self.block(offers);
        audit::check(self);
    }

    fn wait(&mut self, step: &Step) {
        if let Step::Payment(payments::Step::Night) = step {
            night(&mut self.world, &mut self.payments);
        } else if let Step::Receipt(receipts::Step::Wait { ms })
        | Step::Claim(claims::Step::Wait { ms }) = step
            && self.world.next_moment().time.as_ms() < self.world.time.as_ms() + ms
        {
            self.world.wait_ms(*ms);
        }
    }

    /// Makes a block of the transactions that may enter it. Returns the outcomes.
    fn block(&mut self, offers: Vec<Offer>) -> Vec<proto::Outcome> {
        let rules = self.rules();
        let mut executor = self.world.begin();
        let mut included = Vec::new();
        for (bytes, step) in offers {
            let applied = self.world.check(bytes.clone());
            let applied = applied.map(|verified| (executor.apply(&verified).unwrap(), verified));
            if let Ok((Applied::Included(outcome), verified)) = applied {
                coverage::note(&read(&bytes).2, accepted(&outcome));
                included.push((bytes, step, verified, outcome));
            } else {
                coverage::note(&read(&bytes).2, false);
            }
        }
        let executed = executor.finish().unwrap();
        let accepted = included.iter().filter(|(_, _, _, said)| said.code == 0);
        let of_business = accepted.filter(|(bytes, ..)| !is_about_alert(&read(bytes).2));
        let alone: Vec<&Verified> = of_business.map(|(_, _, verified, _)| verified).collect();
        assert_eq!(
            business(&executed),
            business(&self.alone(&alone)),
            "a rejected transaction left traces, in a table that IGNORED_TABLES does not name: {included:?}"
        );
        self.world.commit(&executed);
        let now = self.world.time.as_ms();
        for (bytes, step, _, outcome) in &included {
            self.note(bytes, outcome, now, &rules);
            self.judge(step.as_ref(), outcome);
            assert!(self.world.check(bytes.clone()).is_err(), "a replay");
        }
        self.books.end_block(now);
        self.use_keys();
        let bytes = included.into_iter().map(|(bytes, ..)| bytes);
        self.history.push((now, bytes.collect()));
        self.name_receipts();
        executed.outcomes
    }

    /// The next block with these transactions alone.
    fn alone(&self, verified: &[&Verified]) -> Executed {
        let mut executor = self.world.begin();
        for verified in verified {
            let applied = executor.apply(verified).unwrap();
            assert!(matches!(&applied, Applied::Included(said) if said.code == 0));
        }
        executor.finish().unwrap()
    }

    fn note(
        &mut self,
        bytes: &Bytes,
        outcome: &proto::Outcome,
        now: u64,
        rules: &[proto::FundRule],
    ) {
        let (actor, key, action) = read(bytes);
        self.books.check_fact(&actor, &action, outcome);
        if outcome.code != 0 {
            return;
        }
        self.note_moved(&actor, &action, outcome);
        let answer = Answer {
            actor: &actor,
            key,
            outcome,
            height: self.world.height.get(),
            now,
            rules,
        };
        self.books.note(&action, &answer);
    }

    /// Payouts and returns count in the days of the payments, as money that left and came. A word that was said before
    /// has no effect.
    fn note_moved(&mut self, actor: &str, action: &Action, outcome: &proto::Outcome) {
        let Some(moved) = moved(action).filter(|_| !outcome.items.is_empty()) else {
            return;
        };
        let mut banks = BANKS.iter();
        let bank = banks.position(|name| self.id(name) == actor).unwrap();
        self.payments
            .moved(bank, moved.reference, moved.fen, moved.at_ms);
    }

    /// Checks that accepted payments are accepted by their model. The model knows neither
    /// suspensions nor exhausted numbers, so that it may accept more.
    fn judge(&mut self, step: Option<&payments::Step>, outcome: &proto::Outcome) {
        if let Some(step) = step
            && said(outcome) == "accepted"
        {
            assert_eq!(expected(&mut self.payments, step), "accepted", "{step:?}");
        }
    }

    /// New receipts take the names of the oldest, so that the sequence goes on.
    fn name_receipts(&mut self) {
        for id in &self.books.issued[self.seen..] {
            if !self.books.receipts[id].is_void {
                let (code, number) = id.clone();
                let receipt = proto::ReceiptId { code, number }.try_into().unwrap();
                self.world.call(&name(self.named % RECEIPTS), receipt);
                self.named += 1;
            }
        }
        self.seen = self.books.issued.len();
    }

    /// The newest version of a payer's policy.
    pub fn newest_version(&self, payer: &str) -> u32 {
        let key = (self.id(payer), "BASIC".to_owned());
        self.books.versions(&key)
    }

    /// The fund rules that the next block goes by.
    fn rules(&self) -> Vec<proto::FundRule> {
        let parameters = PARAMETERS.get(&self.world.state, &()).unwrap().unwrap();
        proto::Parameters::from(&parameters).fund_rules
    }

    /// The same blocks lead to the same state on another node.
    pub fn check_replay(&self) {
        let mut again = opened();
        for (time, block) in &self.history {
            again.wait_ms(time - again.time.as_ms());
            again.block(block);
        }
        assert_eq!(again.state.root(), self.world.state.root());
        assert!(again.state == self.world.state, "derived tables differ");
    }
}

/// The member that asks, the key, and the action.
fn read(bytes: &Bytes) -> (String, u32, Action) {
    let body = proto::TransactionBody::decode(decode(bytes).body).unwrap();
    (body.organisation, body.key_id, body.action.unwrap())
}

/// An alert may be that of a transaction of the same block that was rejected.
const fn is_about_alert(action: &Action) -> bool {
    matches!(
        action,
        Action::AskExplanation(_) | Action::ExplainAlert(_) | Action::CloseAlert(_)
    )
}

/// Money that moved by an accepted action: below 0 when it left.
struct Moved<'a> {
    reference: &'a str,
    fen: i64,
    at_ms: u64,
}

fn moved(action: &Action) -> Option<Moved<'_>> {
    match action {
        Action::ConfirmPayout(confirm) => match confirm.result.as_ref()? {
            confirm_payout::Result::Paid(paid) => Some(Moved {
                reference: &confirm.bank_reference,
                fen: -paid.amount_fen,
                at_ms: paid.paid_ms,
            }),
            confirm_payout::Result::Failed(_) | confirm_payout::Result::Recalled(_) => None,
        },
        Action::ConfirmReturn(back) => Some(Moved {
            reference: &back.bank_reference,
            fen: back.amount_fen,
            at_ms: back.returned_ms,
        }),
        _ => None,
    }
}

fn business(executed: &Executed) -> Vec<&Change> {
    let ignored = IGNORED_TABLES.map(|table| table.prefix());
    let changes = executed.changes.iter();
    changes
        .filter(|change| !ignored.contains(&change.key[0]))
        .collect()
}
