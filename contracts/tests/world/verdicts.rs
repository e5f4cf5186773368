//! The verdict on a request: accepted, rejected by a rule, or refused before it entered a block.

use bytes::Bytes;
use piaolian_contracts::rule_texts::{Language, render, rules};
use piaolian_proto::v1 as proto;

use super::{World, requests::Request};

impl World {
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

/// A rejection that a story looks at more closely.
pub struct Rejected<'w> {
    world: &'w mut World,
    arguments: Vec<String>,
    message: String,
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

/// The name of the rule that judged each item of a batch.
pub fn item_rules(outcome: &proto::Outcome) -> Vec<&'static str> {
    let items = outcome.items.iter();
    items.map(|item| name_of(item.code)).collect()
}

/// Returns the name of a rule, and prints that the test has met it. `documented_rules.rs` reads this output; a
/// passing test shows it nowhere else.
#[allow(
    clippy::print_stdout,
    reason = "`documented_rules.rs` reads this output"
)]
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
