//! Random steps of a sequence.

use piaolian_contracts::{organisations::Role, parameters::FundRule, types::FundKind};
use piaolian_proto::v1 as proto;
use proptest::prelude::*;

use crate::world::{HOUR_MS, World, prelude::*};

pub const RECEIPTS: usize = 4;
pub const PAYERS: [&str; 3] = ["insurer", "insurer2", "employer"];

/// One step.
#[derive(Clone, Debug)]
pub enum Step {
    Issue {
        numbers: Vec<Option<u64>>,
    },
    Reverse {
        receipt: usize,
    },
    /// The name of the receipt then stands for the new one.
    Reissue {
        receipt: usize,
        total: i64,
    },
    Lock {
        receipt: usize,
        payer: usize,
        claim: u8,
        lease_ms: u64,
    },
    Unlock {
        receipt: usize,
        payer: usize,
    },
    Book {
        receipt: usize,
        payer: usize,
        voucher: u8,
        fund: usize,
        amount: i64,
        keep: bool,
    },
    Unbook {
        receipt: usize,
        payer: usize,
        voucher: u8,
    },
    Deliver {
        receipts: Vec<usize>,
    },
    Exchange {
        receipt: usize,
        paper: u8,
    },
    ReturnPaper {
        receipt: usize,
        paper: u8,
    },
    Audit {
        receipts: Vec<usize>,
    },
    /// By a payer, or else by the issuer.
    Archive {
        receipts: Vec<usize>,
        payer: Option<usize>,
    },
    Note {
        receipt: usize,
        payer: usize,
    },
    Suspend {
        payer: usize,
    },
    Resume {
        payer: usize,
    },
    Grant {
        first: u64,
        length: u64,
    },
    Recall {
        first: u64,
        from: u64,
    },
    /// By kind of fund: no rule, or whether pooled fund, personal account, personal
    /// cash and other are taken off.
    SetFundRules {
        rules: Vec<Option<[bool; 4]>>,
    },
    Wait {
        ms: u64,
    },
}

pub fn step() -> impl Strategy<Value = Step> {
    let receipt = 0..RECEIPTS;
    let payer = 0..PAYERS.len();
    let receipts = prop::collection::vec(0..RECEIPTS, 1..4);
    let numbers = prop::collection::vec(prop::option::of(0..40_u64), 1..4);
    let rule = prop::option::weighted(0.9, any::<[bool; 4]>());
    let rules = prop::collection::vec(rule, FundKind::ALL.len());
    prop_oneof![
        2 => numbers.prop_map(|numbers| Step::Issue { numbers }),
        1 => receipt.clone().prop_map(|receipt| Step::Reverse { receipt }),
        1 => (receipt.clone(), 1..110_00_i64)
            .prop_map(|(receipt, total)| Step::Reissue { receipt, total }),
        3 => (receipt.clone(), payer.clone(), 0..2_u8, 1..5_000_u64).prop_map(
            |(receipt, payer, claim, lease_ms)| Step::Lock { receipt, payer, claim, lease_ms }
        ),
        1 => (receipt.clone(), payer.clone())
            .prop_map(|(receipt, payer)| Step::Unlock { receipt, payer }),
        6 => (receipt.clone(), payer.clone(), 0..6_u8, 0..6_usize, 1..70_00_i64, any::<bool>())
            .prop_map(|(receipt, payer, voucher, fund, amount, keep)| Step::Book {
                receipt, payer, voucher, fund, amount, keep
            }),
        1 => receipts.clone().prop_map(|receipts| Step::Deliver { receipts }),
        2 => (receipt.clone(), 0..6_u8)
            .prop_map(|(receipt, paper)| Step::Exchange { receipt, paper }),
        2 => (receipt.clone(), 0..6_u8)
            .prop_map(|(receipt, paper)| Step::ReturnPaper { receipt, paper }),
        1 => receipts.clone().prop_map(|receipts| Step::Audit { receipts }),
        1 => (receipts, prop::option::weighted(0.7, payer.clone()))
            .prop_map(|(receipts, payer)| Step::Archive { receipts, payer }),
        1 => (receipt.clone(), payer.clone())
            .prop_map(|(receipt, payer)| Step::Note { receipt, payer }),
        3 => (receipt, payer.clone(), 0..6_u8)
            .prop_map(|(receipt, payer, voucher)| Step::Unbook { receipt, payer, voucher }),
        1 => payer.clone().prop_map(|payer| Step::Suspend { payer }),
        1 => payer.prop_map(|payer| Step::Resume { payer }),
        1 => (0..60_u64, 1..20_u64).prop_map(|(first, length)| Step::Grant { first, length }),
        1 => (0..60_u64, 0..60_u64).prop_map(|(first, from)| Step::Recall { first, from }),
        1 => rules.prop_map(|rules| Step::SetFundRules { rules }),
        1 => (1..4_000_u64).prop_map(|ms| Step::Wait { ms }),
    ]
}

/// A world with four receipts, three payers and two small ranges.
pub fn beginning() -> World {
    let mut world = World::founded(&["finance", "hospital", "insurer", "employer"]);
    world.admit("insurer2", &[Role::MedicalInsurer, Role::CommercialInsurer]);
    world
        .accept(grant("hospital", 0, 9))
        .accept(grant("hospital", 20, 24));
    for receipt in 0..RECEIPTS {
        world.accept(issue(&name(receipt)));
    }
    world
}

pub fn name(receipt: usize) -> String {
    format!("R{receipt}")
}

fn names(receipts: &[usize]) -> Vec<String> {
    receipts.iter().map(|receipt| name(*receipt)).collect()
}

fn all(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// The request of a step; `place` makes its names its own.
pub fn request(step: &Step, place: usize) -> Option<Box<dyn Request>> {
    Some(match step.clone() {
        Step::Issue { numbers } => {
            let items = numbers.into_iter().enumerate().map(|(n, number)| {
                let mut item = item(&format!("S{place}-{n}"));
                item.receipt_number = number;
                if n % 2 == 1 {
                    item.attachment_hash = attachment(&item.business_number).into();
                }
                item
            });
            Box::new(issue_all(items.collect()))
        }
        Step::Reverse { receipt } => {
            let own = move |r: &mut proto::ReverseReceipt| {
                r.business_number = format!("S{place}-red");
                r.attachment_hash = attachment(&r.business_number).into();
            };
            Box::new(reverse(&name(receipt)).with(own))
        }
        Step::Reissue { receipt, total } => {
            let own = move |r: &mut proto::ReissueReceipt| {
                let (red, new) = (
                    r.reversal.as_mut().unwrap(),
                    r.replacement.as_mut().unwrap(),
                );
                red.business_number = format!("S{place}-red");
                red.attachment_hash = attachment(&red.business_number).into();
                new.business_number = format!("S{place}-new");
            };
            Box::new(
                reissue(&name(receipt), total)
                    .called(&name(receipt))
                    .with(own),
            )
        }
        Step::Lock {
            receipt,
            payer,
            claim,
            lease_ms,
        } => Box::new(lock(&name(receipt), PAYERS[payer]).with(|lock| {
            lock.claim_number = format!("C{claim}");
            lock.lease_ms = lease_ms;
        })),
        Step::Unlock { receipt, payer } => Box::new(unlock(&name(receipt), PAYERS[payer])),
        Step::Book {
            receipt,
            payer,
            voucher,
            fund,
            amount,
            keep,
        } => {
            let voucher = format!("V{voucher}");
            Box::new(
                book(&name(receipt), PAYERS[payer], &voucher, amount).with(|book| {
                    book.fund_kind = FundKind::ALL[fund].number();
                    book.keep_lock = keep;
                }),
            )
        }
        Step::Unbook {
            receipt,
            payer,
            voucher,
        } => Box::new(unbook(
            &name(receipt),
            PAYERS[payer],
            &format!("V{voucher}"),
        )),
        Step::Deliver { receipts } => Box::new(deliver(&all(&names(&receipts)))),
        Step::Exchange { receipt, paper } => Box::new(exchange(&name(receipt), &paper.to_string())),
        Step::ReturnPaper { receipt, paper } => {
            Box::new(return_paper(&name(receipt), &paper.to_string()))
        }
        Step::Audit { receipts } => Box::new(audit(&all(&names(&receipts)))),
        Step::Archive { receipts, payer } => {
            let keeper = payer.map_or("hospital", |payer| PAYERS[payer]);
            Box::new(archive(&all(&names(&receipts)), keeper))
        }
        Step::Note { receipt, payer } => Box::new(note(&name(receipt), PAYERS[payer])),
        Step::Suspend { payer } => Box::new(suspend(PAYERS[payer])),
        Step::Resume { payer } => Box::new(resume(PAYERS[payer])),
        Step::Grant { first, length } => Box::new(grant("hospital", first, first + length)),
        Step::Recall { first, from } => Box::new(recall(first, from)),
        Step::SetFundRules { rules } => Box::new(set_parameters(move |parameters| {
            parameters.bank_word_ms = HOUR_MS;
            parameters.fund_rules = fund_rules(&rules);
        })),
        Step::Wait { .. } => return None,
    })
}

fn fund_rules(rules: &[Option<[bool; 4]>]) -> Vec<proto::FundRule> {
    let rules = FundKind::ALL.into_iter().zip(rules);
    rules
        .filter_map(|(kind, less)| {
            let [pooled_fund, personal_account, personal_cash, other] = (*less)?;
            Some(proto::FundRule {
                fund_kind: kind.number(),
                less_pooled_fund: pooled_fund,
                less_personal_account: personal_account,
                less_personal_cash: personal_cash,
                less_other: other,
                ..(&FundRule::first(kind)).into()
            })
        })
        .collect()
}
