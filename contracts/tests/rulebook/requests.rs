//! Steps of governors and of finance that no other model has: members and their keys, votes, policies, seals and
//! alerts.

use piaolian_contracts::{claims::is_outdated, organisations::KeyPurpose};
use piaolian_proto::v1::{self as proto, policy_terms::YearlyLimit};
use proptest::prelude::*;

use super::{
    generators::{
        marked, open_alert, open_proposal, orphan, owed_order, question, rotatable, seal_one,
        suspended,
    },
    harness::Harness,
    members::{GOVERNORS, MEMBERS, SPARES, spare_key},
};
use crate::{
    claim_model::steps::{
        CLAIMANTS, NUMBERS, PAYERS, RECEIPTS, name, number as claims_number, terms_of,
    },
    world::{HOUR_MS, people::Member, prelude::*},
};

/// The number of every member's key for peers.
const PEER_KEY: u32 = 4;

/// A step; a `place` is taken among what there is, modulo its number.
#[derive(Clone, Debug)]
pub enum Step {
    /// A newcomer who stays for so many blocks, or the last one again.
    Admit {
        blocks: u64,
        again: bool,
    },
    /// The newcomer books, if there is one.
    NewcomerBooks {
        receipt: usize,
        amount: i64,
    },
    Suspend {
        who: usize,
    },
    /// Whoever is suspended.
    Resume {
        who: usize,
    },
    AddKey {
        who: usize,
        purpose: KeyPurpose,
        serial: u32,
    },
    RevokeKey {
        who: usize,
        key: u32,
    },
    Rotate {
        place: usize,
        ahead: u64,
    },
    Endpoints {
        who: usize,
    },
    Seal {
        place: usize,
    },
    Release {
        place: usize,
    },
    /// Finance ends the wait for a bank's word.
    Settle {
        place: usize,
    },
    /// Finance takes a gone payer's booking off.
    Strike {
        place: usize,
    },
    /// One governor or two.
    Govern {
        both: bool,
    },
    /// The usual parameters, put to the vote.
    UsualParameters,
    /// Governors give a member another admin key, and may end its key for peers.
    Recover {
        who: usize,
        serial: u32,
        lists: bool,
    },
    /// The second insurer is removed for good.
    Dissolve,
    Vote {
        governor: usize,
        in_favour: bool,
        place: usize,
    },
    Publish {
        claimant: usize,
        deductible: i64,
        ratio: u32,
        capped: bool,
        remaining: bool,
    },
    /// Finance consents to the newest version of a claimant's policy.
    Consent {
        claimant: usize,
    },
    /// A person's year begins with sums: years to come of the persons that claim, and of others.
    Open {
        claimant: usize,
        tag: u8,
        year: u32,
        met: i64,
    },
    /// A decision is computed again, one that is to be if there is one.
    Recompute {
        claimant: usize,
        number: u8,
    },
    /// Somebody's access log grew, or another began.
    Anchor {
        who: usize,
        log: u32,
        entries: u64,
    },
    Ask {
        place: usize,
    },
    Explain {
        place: usize,
    },
    Close {
        place: usize,
    },
}

#[rustfmt::skip] // a table
pub fn step() -> impl Strategy<Value = Step> {
    let who = || 0..MEMBERS.len();
    // Finance resumes and seals, or the sequence would stand still.
    let other = || 1..MEMBERS.len();
    let place = || 0..24_usize;
    let purpose = prop_oneof![2 => Just(KeyPurpose::Validate), 1 => Just(KeyPurpose::Sign), 1 => Just(KeyPurpose::Peer)];
    let policy = (0..2_usize, 0..60_00_i64, 0..10_000_u32, any::<bool>(), any::<bool>());
    prop_oneof![
        3 => (4..24_u64, prop::bool::weighted(0.3)).prop_map(|(blocks, again)| Step::Admit { blocks, again }),
        4 => (0..RECEIPTS, 1..20_00_i64).prop_map(|(receipt, amount)| Step::NewcomerBooks { receipt, amount }),
        1 => other().prop_map(|who| Step::Suspend { who }),
        8 => who().prop_map(|who| Step::Resume { who }),
        3 => (who(), purpose, 0..SPARES).prop_map(|(who, purpose, serial)| Step::AddKey { who, purpose, serial }),
        2 => (other(), 3..10_u32).prop_map(|(who, key)| Step::RevokeKey { who, key }),
        3 => (place(), 1..6_u64).prop_map(|(place, ahead)| Step::Rotate { place, ahead }),
        3 => who().prop_map(|who| Step::Endpoints { who }),
        3 => place().prop_map(|place| Step::Seal { place }),
        4 => place().prop_map(|place| Step::Release { place }),
        3 => place().prop_map(|place| Step::Settle { place }),
        2 => place().prop_map(|place| Step::Strike { place }),
        2 => prop::bool::weighted(0.75).prop_map(|both| Step::Govern { both }),
        2 => Just(Step::UsualParameters),
        2 => (other(), 0..SPARES, any::<bool>()).prop_map(|(who, serial, lists)| Step::Recover { who, serial, lists }),
        1 => prop::bool::weighted(0.2).prop_map(|gone| if gone { Step::Dissolve } else { Step::UsualParameters }),
        4 => (prop::bool::weighted(0.7), prop::bool::weighted(0.8), place()).prop_map(|(second, in_favour, place)| {
            Step::Vote { governor: usize::from(second), in_favour, place }
        }),
        2 => policy.prop_map(|(claimant, deductible, ratio, capped, remaining)| {
            Step::Publish { claimant, deductible, ratio, capped, remaining }
        }),
        2 => (0..2_usize).prop_map(|claimant| Step::Consent { claimant }),
        1 => (0..2_usize, 0..6_u8, 2026..2029_u32, 0..30_00_i64).prop_map(|(claimant, tag, year, met)| {
            Step::Open { claimant, tag, year, met }
        }),
        6 => (0..2_usize, 0..NUMBERS).prop_map(|(claimant, number)| Step::Recompute { claimant, number }),
        2 => (who(), 1..4_u32, 1..40_u64).prop_map(|(who, log, entries)| Step::Anchor { who, log, entries }),
        2 => place().prop_map(|place| Step::Ask { place }),
        3 => place().prop_map(|place| Step::Explain { place }),
        2 => place().prop_map(|place| Step::Close { place }),
    ]
}

/// The parameters of the mix: a bank has an hour to answer, so that finance ends the wait now and then.
pub fn usual_parameters() -> ActionRequest {
    set_parameters(|parameters| parameters.bank_word_ms = HOUR_MS)
}

/// Returns the request of a step, with a target on which it can have an effect, if there is one.
pub fn request(harness: &mut Harness, step: &Step) -> Box<dyn Request> {
    match *step {
        Step::Admit { blocks, again } => Box::new(admit_guest(harness, blocks, again)),
        Step::NewcomerBooks { receipt, amount } => {
            let newcomer = harness.newcomers.last().map_or(PAYERS[0], String::as_str);
            let voucher = format!("G-{amount}");
            Box::new(book(&name(receipt), newcomer, &voucher, amount))
        }
        Step::Suspend { who } => Box::new(suspend(MEMBERS[who])),
        Step::Resume { who } => Box::new(resume(suspended(harness, who))),
        Step::AddKey {
            who,
            purpose,
            serial,
        } => {
            // The member does not sign with it: keys that it uses stay as they are.
            let key = spare_key(MEMBERS[who], serial);
            Box::new(add_key(MEMBERS[who], purpose, &key))
        }
        Step::RevokeKey { who, key } => Box::new(revoke_key(MEMBERS[who], key)),
        Step::Rotate { place, ahead } => {
            let height = harness.world.ahead(ahead);
            let (who, old, new) = rotatable(harness, place).unwrap_or((GOVERNORS[0], 3, 6));
            Box::new(rotate(who, old, new, height))
        }
        Step::Endpoints { who } => Box::new(update_endpoints(
            MEMBERS[who],
            &["/ip4/127.0.0.2/tcp/26600"],
        )),
        Step::Seal { place } => Box::new(seal_one(harness, place)),
        Step::Release { place } => Box::new(releasing(harness, place)),
        Step::Settle { place } => {
            let (insurer, number, order) = owed_order(harness, place);
            let settled = settle(&number, order);
            Box::new(settled.with(move |settle| settle.insurer.clone_from(&insurer)))
        }
        Step::Strike { place } => Box::new(striking(harness, place)),
        Step::Govern { both } => Box::new(propose(if both {
            governors_are(&GOVERNORS, 2)
        } else {
            governors_are(&GOVERNORS[..1], 1)
        })),
        Step::UsualParameters => Box::new(propose(decision_of(usual_parameters()))),
        Step::Recover { who, serial, lists } => {
            let key = (KeyPurpose::Admin, &spare_key(MEMBERS[who], serial));
            let listed = if lists { &[PEER_KEY][..] } else { &[] };
            Box::new(propose(recovery_of(MEMBERS[who], &[key], listed)))
        }
        Step::Dissolve => Box::new(propose(removal_of(PAYERS[1]))),
        Step::Vote {
            governor,
            in_favour,
            place,
        } => {
            let proposal = open_proposal(harness, place);
            Box::new(vote(GOVERNORS[governor], proposal, in_favour))
        }
        Step::Publish {
            claimant,
            deductible,
            ratio,
            capped,
            remaining,
        } => {
            let mut terms = terms_of(claimant);
            (terms.from_date, terms.deductible_fen) = (harness.today(), deductible);
            terms.tiers = vec![tier(0, ratio), tier(20_00, 10_000 - ratio)];
            terms.set_base(if remaining {
                proto::PolicyBase::Remaining
            } else {
                proto::PolicyBase::Total
            });
            Box::new(publish_capped(claimant, terms, capped))
        }
        Step::Consent { claimant } => {
            let newest = harness.newest_version(PAYERS[claimant]);
            Box::new(consent("BASIC", newest).with_world(move |world, consent| {
                consent.insurer = world.member(PAYERS[claimant]).id.to_string();
            }))
        }
        Step::Open {
            claimant,
            tag,
            year,
            met,
        } => {
            let opening = set_opening_sums("BASIC", year, [met, met / 2, met / 3 + 1]);
            let opening = opening.by(PAYERS[claimant]);
            Box::new(opening.with(move |opening| opening.holder_tag = tag_of(tag).to_vec().into()))
        }
        Step::Recompute { claimant, number } => {
            let random = || recompute(&claims_number(number)).by(PAYERS[claimant]);
            toward_recomputing(harness).unwrap_or_else(|| Box::new(random()))
        }
        Step::Anchor { who, log, entries } => Box::new(anchor(MEMBERS[who], entries).of_log(log)),
        Step::Ask { place } => Box::new(ask_explanation(open_alert(harness, place))),
        Step::Explain { place } => {
            let (alert, asked) = question(harness, place);
            Box::new(explain_alert(alert, &asked))
        }
        Step::Close { place } => Box::new(close_alert(open_alert(harness, place))),
    }
}

/// The claimant publishes these terms. With a cap of the year the tiers go on over it.
fn publish_capped(
    claimant: usize,
    mut terms: proto::PolicyTerms,
    capped: bool,
) -> impl Request + use<> {
    terms.tiers_accumulate = capped;
    if capped {
        terms.yearly_limit = Some(YearlyLimit::CapFen(90_00));
    }
    let published = publish("BASIC").by(PAYERS[claimant]);
    published.on_terms(move |own| own.clone_from(&terms))
}

/// A newcomer is an insurer that the harness knows by number, and whose keys end.
fn admit_guest(harness: &mut Harness, blocks: u64, again: bool) -> ActionRequest {
    let last = harness.world.ahead(blocks);
    if let Some(newcomer) = harness.newcomers.last().filter(|_| again) {
        return admit_until(newcomer, last);
    }
    let newcomer = format!("insurer{}", 10 + harness.newcomers.len());
    harness.world.know(Member::new(&newcomer));
    harness.newcomers.push(newcomer.clone());
    admit_until(&newcomer, last)
}

fn releasing(harness: &Harness, place: usize) -> impl Request + use<> {
    let ((code, number), payer) = orphan(harness, place);
    release(&name(0), PAYERS[0]).with(move |release| {
        let code = code.clone();
        release.receipt = Some(proto::ReceiptId { code, number });
        release.organisation.clone_from(&payer);
    })
}

fn striking(harness: &Harness, place: usize) -> impl Request + use<> {
    let ((code, number), (payer, voucher), order) = marked(harness, place);
    strike(&name(0), PAYERS[0], &voucher, order).with(move |strike| {
        let code = code.clone();
        strike.receipt = Some(proto::ReceiptId { code, number });
        strike.payer.clone_from(&payer);
    })
}

/// The next step on the way to a decision that is computed again: the step itself; or else a claim before another is
/// taken back, of which nothing waits; or else an open claim is decided.
fn toward_recomputing(harness: &Harness) -> Option<Box<dyn Request>> {
    let name = |insurer: &str| PAYERS.into_iter().find(|name| harness.id(name) == insurer);
    if let Some((claimant, number)) = outdated(harness) {
        return Some(Box::new(
            recompute(&claims_number(number)).by(PAYERS[claimant]),
        ));
    }
    if let Some((insurer, number)) = harness.books.before_another() {
        return Some(Box::new(correct(&number).by(name(&insurer)?)));
    }
    let now = harness.world.next_moment().time.as_ms();
    let (insurer, number) = harness.books.open_claim(now)?;
    let claimant = name(&insurer)?;
    let found = claim(&harness.world, claimant, &number)?;
    let assessments = vec![proto::Assessment::default(); found.receipts.len()];
    let approved = approve(&number).by(claimant);
    Some(Box::new(approved.on_approval(move |_, approval| {
        approval.assessments.clone_from(&assessments);
    })))
}

/// A claimant and the number of its claim that is to be recomputed, if there is one: if there are several, one that comes
/// to the same amount.
fn outdated(harness: &Harness) -> Option<(usize, u8)> {
    let world = &harness.world;
    let all =
        (0..CLAIMANTS).flat_map(|claimant| (0..NUMBERS).map(move |number| (claimant, number)));
    let is_outdated = |(claimant, number): &(usize, u8)| {
        let found = claim(world, PAYERS[*claimant], &claims_number(*number));
        found.is_some_and(|found| is_outdated(&world.state, &found).unwrap())
    };
    let found: Vec<_> = all.filter(is_outdated).collect();
    let same = found.iter().find(|(claimant, number)| {
        let number = (harness.id(PAYERS[*claimant]), claims_number(*number));
        harness.books.comes_to_the_same(&number)
    });
    same.or(found.first()).copied()
}
