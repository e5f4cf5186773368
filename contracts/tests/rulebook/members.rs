//! The members of the harness, its first state, and its names.

use ed25519_dalek::SigningKey;
use piaolian_contracts::{
    organisations::{KeyPurpose, ORGANISATIONS},
    types::BeijingDate,
};
use piaolian_proto::v1 as proto;

use super::{
    books::{Key, Slip, id},
    harness::Harness,
    requests::usual_parameters,
};
use crate::{
    claim_model::steps::{CLAIMANTS, NUMBERS, PAYERS, RECEIPTS, name, number, policy_of},
    world::{
        World,
        payments::mandate,
        people::{Member, MemberKey, public_key, signing_key},
        reimbursement::{approve, authorise, file, tag_of},
        requests::{grant, in_cash, issue_all, item},
    },
};

/// The first is the centre, too.
pub const ISSUERS: [&str; 2] = ["hospital", "clinic"];
pub const GOVERNORS: [&str; 2] = ["finance", "finance2"];
pub const VALIDATORS: [&str; 4] = ["finance", "hospital", "insurer", "employer"];
/// Those who take part, the validators first.
pub const MEMBERS: [&str; 10] = [
    "finance", "hospital", "insurer", "employer", "clinic", "insurer2", "finance2", "bank",
    "bank2", "police",
];
pub const STRANGER: &str = "school";
/// How many keys a member may still register.
pub const SPARES: u32 = 9;

/// All members, before anything is granted or issued.
pub fn opened() -> World {
    let mut world = World::founded(&VALIDATORS);
    for name in MEMBERS[VALIDATORS.len()..].iter().chain([&STRANGER]) {
        let roles = Member::new(name).roles;
        world.admit(name, &roles);
    }
    world
}

impl Harness {
    /// Numbers for two issuers, policies of two insurers, two claims that were decided one on the other, and six receipts
    /// that both insurers may claim.
    pub fn new() -> Self {
        let mut harness = Self::on(opened());
        for name in MEMBERS.iter().chain([&STRANGER]) {
            let admission = harness
                .world
                .member(name)
                .admission(&harness.world.chain_id);
            harness.books.keys.admit(&admission, 0);
        }
        harness.books.governors = proto::Governors {
            organisations: vec![harness.id(GOVERNORS[0])],
            threshold: 1,
        };
        harness.must(vec![
            Box::new(grant(ISSUERS[0], 100, 180)),
            Box::new(grant(ISSUERS[1], 200, 280)),
            Box::new(mandate(ISSUERS[0], "police")),
        ]);
        let policies = (0..CLAIMANTS).map(|claimant| Box::new(policy_of(claimant)) as _);
        harness.must(policies.collect());
        // From now on a version that begins at once waits for finance.
        harness.must(vec![Box::new(usual_parameters())]);
        harness.decide_two_claims();
        let issues = (0..2).map(|issuer| {
            let items = (0..3).map(|place| item(&format!("{issuer}-{place}")));
            Box::new(issue_all(items.collect()).by(ISSUERS[issuer])) as _
        });
        harness.must(issues.collect());
        let pairs = (0..RECEIPTS).flat_map(|receipt| (0..CLAIMANTS).map(move |c| (receipt, c)));
        let consents = pairs.map(|(receipt, claimant)| {
            let consent = authorise(&name(receipt), PAYERS[claimant]);
            Box::new(consent.by(harness.issuer_of(receipt))) as _
        });
        let consents = consents.collect();
        harness.must(consents);
        harness
    }

    /// A person's claims of 10.00 each, less than the deductible. If the first is taken back, the second is to be
    /// recomputed, and comes to nothing as before.
    fn decide_two_claims(&mut self) {
        let places = [0, 1];
        let items = places.map(|place| item(&format!("claimed-{place}")));
        let issued = issue_all(items.to_vec());
        let cheap = issued.with(|item| (item.total_fen, item.settlement) = (10_00, in_cash(10_00)));
        self.must(vec![Box::new(cheap)]);
        let consents = places.map(|place| Box::new(authorise(&name(place), PAYERS[0])) as _);
        self.must(consents.into());
        for place in places {
            let claim = number(NUMBERS - 1 - u8::try_from(place).unwrap());
            let filed = file(&claim, &[&name(place)]);
            let tagged = filed.with(|claim| claim.holder_tag = tag_of(0).to_vec().into());
            self.must(vec![Box::new(tagged)]);
            self.must(vec![Box::new(approve(&claim))]);
        }
    }
}

/// A key that a member may register.
pub fn spare_key(name: &str, serial: u32) -> SigningKey {
    signing_key(name, 100 + serial)
}

/// Names of the harness.
impl Harness {
    /// Members whose admin key has ended sign with the one that their recovery brought.
    pub fn use_keys(&mut self) {
        let height = self.world.height.get();
        for name in MEMBERS {
            let keys = self.books.keys.of(&self.id(name));
            let used = self.world.member(name).key(KeyPurpose::Admin).id;
            let is_live = |key: &Key| key.is_of(KeyPurpose::Admin) && height < key.last;
            if is_live(&keys[used as usize - 1]) {
                continue;
            }
            let Some((id, key)) = (1..).zip(keys).filter(|(_, key)| is_live(key)).last() else {
                continue;
            };
            let brought = |spare: &SigningKey| *public_key(spare).as_bytes() == key.public_key[..];
            let mut spares = (0..SPARES).map(|serial| spare_key(name, serial));
            let signing = spares.find(brought).unwrap();
            self.world.member_mut(name).use_key(MemberKey {
                id,
                purpose: KeyPurpose::Admin,
                signing,
            });
        }
    }

    pub fn id(&self, member: &str) -> String {
        self.world.member(member).id.to_string()
    }

    pub fn slip(&self, receipt: usize) -> &Slip {
        let receipt: proto::ReceiptId = self.world.receipt_id(&name(receipt)).into();
        &self.books.receipts[&id(Some(&receipt))]
    }

    pub fn issuer_of(&self, receipt: usize) -> &'static str {
        let issuer = &self.slip(receipt).issuer;
        let mut issuers = ISSUERS.into_iter();
        issuers.find(|name| self.id(name) == *issuer).unwrap()
    }

    /// The date of the next block.
    pub fn today(&self) -> u32 {
        BeijingDate::at(self.world.next_moment().time).get()
    }

    /// Never admitted, or with no key left.
    pub fn is_gone(&self, member: &str) -> bool {
        let height = self.world.height.next();
        let id = self.world.member(member).id;
        let found = ORGANISATIONS.get(&self.world.state, &id).unwrap();
        found.is_none_or(|member| member.keys.iter().all(|key| !key.is_live(height)))
    }
}
