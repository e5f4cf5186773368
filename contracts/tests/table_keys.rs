//! The longest key of every table fits.

use piaolian_contracts::{
    admission::{ClientKey, Hour},
    alerts::{AlertId, Matter, OpenKey, Scope, SupervisionCounterKey},
    chain::{Height, PublicKey},
    claims::{AccumulatorKey, ClaimKey, HolderTag, ListedClaim},
    disclosure::{AccessLogKey, GrantKey, LogNumber, Purpose},
    governance::ProposalId,
    number_ranges::{IssuerCode, RangeKey},
    payments::{
        AllocationKey, BankPayment, MandateKey, MismatchKey, MovementKey, NoticeListKey, RegionDay,
        SerialKey, StatementKey,
    },
    policies::PolicyKey,
    receipts::{IssuerBusiness, ListKey, PaperForm, TotalsKey},
    state::Table,
    storage::{Key, KeyBytes},
    transaction::ClientId,
    types::{
        BankReference, BeijingDate, BlockTime, BusinessNumber, ClaimNumber, DecisionNumber,
        OrganisationId, PaperCode, PaperNumber, PaymentCode, PolicyCode, ReceiptCode, ReceiptId,
        ReceiptKind, Region,
    },
};

use crate::world::TODAY;

/// A table that is added has its longest key told here: the compiler demands it. A key
/// that does not fit panics where it is built.
fn longest(table: Table) -> usize {
    match table {
        Table::Parameters
        | Table::ValidatorSet
        | Table::Governors
        | Table::FinanceBureaus
        | Table::OpenProposals => ().bytes(),
        Table::Organisations => organisation().bytes(),
        Table::Ranges => RangeKey::new(code(), u64::MAX).bytes(),
        Table::Receipts | Table::CountedSettlements => receipt().bytes(),
        Table::Issuances | Table::Upgrades => Height::new(u64::MAX).bytes(),
        Table::Segments => Hour::of(BlockTime::from_ms(u64::MAX)).bytes(),
        Table::Policies => policy().bytes(),
        Table::Claims => ClaimKey {
            insurer: organisation(),
            number: claim_number(),
        }
        .bytes(),
        Table::Accumulators => AccumulatorKey {
            insurer: organisation(),
            holder_tag: HolderTag::parse("", &[0xff; 32]).unwrap(),
            year: u16::MAX,
            plan_code: "P".repeat(24).parse().unwrap(),
        }
        .bytes(),
        Table::Grants => GrantKey {
            receipt: receipt(),
            grantee: organisation(),
            purpose: Purpose::Claim,
        }
        .bytes(),
        Table::Movements => MovementKey {
            bank: organisation(),
            bank_reference: "7".repeat(32).parse().unwrap(),
        }
        .bytes(),
        Table::AccessLogs => AccessLogKey {
            organisation: organisation(),
            log: LogNumber::FIRST,
        }
        .bytes(),
        Table::Proposals => ProposalId::new(u64::MAX).bytes(),
        Table::Totals => TotalsKey {
            issue_date: today(),
            issuer: organisation(),
            kind: kind(),
        }
        .bytes(),
        Table::KeyOwners => PublicKey::ed25519([0xff; 32]).bytes(),
        Table::BusinessNumbers => IssuerBusiness {
            issuer: organisation(),
            number: text::<BusinessNumber>(BusinessNumber::BYTES_MAX),
        }
        .bytes(),
        Table::IssuerRanges => IssuerCode {
            issuer: organisation(),
            code: code(),
        }
        .bytes(),
        Table::ClientIds => ClientKey::new(&organisation(), &ClientId::new([0xff; 16])).bytes(),
        // Hour ‖ height ‖ part: of one length.
        Table::SegmentEntries => KeyBytes::of(&[&[0xff; 8], &[0xff; 8], &[0xff; 4]]),
        Table::ReceiptLists => ListKey {
            issue_date: today(),
            issuer: organisation(),
            receipt: receipt(),
        }
        .bytes(),
        Table::PaperForms => PaperForm {
            code: text::<PaperCode>(PaperCode::BYTES_MAX),
            number: text::<PaperNumber>(PaperNumber::BYTES_MAX),
        }
        .bytes(),
        Table::ClaimLists => ListedClaim {
            insurer: organisation(),
            date: today(),
            number: claim_number(),
        }
        .bytes(),
        Table::Alerts => alert().bytes(),
        Table::OpenAlerts => return longest_of_open_alerts(),
        Table::SupervisionCounters => SupervisionCounterKey::Issuer(organisation())
            .bytes()
            .max(SupervisionCounterKey::Kind(kind()).bytes()),
        Table::Notices
        | Table::BankEntries
        | Table::Statements
        | Table::ReconciliationDays
        | Table::Allocations
        | Table::Mandates
        | Table::PaymentSerials
        | Table::RegionClosings
        | Table::PaymentCodes
        | Table::Mismatches
        | Table::NoticeLists => longest_of_payments(table),
    }
    .len()
}

fn longest_of_payments(table: Table) -> KeyBytes {
    match table {
        Table::Notices => decision_number().bytes(),
        Table::BankEntries => payment().bytes(),
        Table::Statements => StatementKey {
            bank: organisation(),
            account_day: today(),
            region: region(),
        }
        .bytes(),
        Table::ReconciliationDays => RegionDay {
            region: region(),
            day: today(),
            bank: organisation(),
        }
        .bytes(),
        Table::Allocations => AllocationKey {
            region: region(),
            day: today(),
            agency: organisation(),
            bank: organisation(),
        }
        .bytes(),
        Table::Mandates => MandateKey {
            centre: organisation(),
            agency: organisation(),
            receipt_code: code(),
        }
        .bytes(),
        Table::PaymentSerials => SerialKey::new(region(), u32::MAX).bytes(),
        Table::RegionClosings => region().bytes(),
        Table::PaymentCodes => text::<PaymentCode>(PaymentCode::BYTES_MAX).bytes(),
        Table::Mismatches => MismatchKey {
            region: region(),
            day: today(),
            payment: payment(),
        }
        .bytes(),
        Table::NoticeLists => NoticeListKey {
            agency: organisation(),
            date: today(),
            decision_number: decision_number(),
        }
        .bytes(),
        other => panic!("{other:?} is no table of payments"),
    }
}

fn longest_of_open_alerts() -> usize {
    let scopes = [
        Scope::Hour(u64::MAX),
        Scope::Date(today()),
        Scope::Receipt(receipt()),
        Scope::RegionDay(region(), today()),
    ];
    let matters = scopes.map(|scope| {
        OpenKey::Matter(Matter {
            kind: u32::MAX,
            subject: organisation(),
            scope,
        })
    });
    let keys = matters.into_iter().chain([OpenKey::Alert(alert())]);
    keys.map(|key| key.bytes().len()).max().unwrap()
}

fn text<T: std::str::FromStr<Err: std::fmt::Debug>>(bytes: usize) -> T {
    "7".repeat(bytes).parse().unwrap()
}

fn organisation() -> OrganisationId {
    "91350100M000100Y43".parse().unwrap()
}

fn code() -> ReceiptCode {
    ReceiptCode::parse("", "35060126").unwrap()
}

fn kind() -> ReceiptKind {
    ReceiptKind::parse("", "0601").unwrap()
}

fn receipt() -> ReceiptId {
    ReceiptId::from_key(b"350601269999999999").unwrap()
}

fn today() -> BeijingDate {
    BeijingDate::parse("", TODAY).unwrap()
}

fn claim_number() -> ClaimNumber {
    text::<ClaimNumber>(ClaimNumber::BYTES_MAX)
}

fn decision_number() -> DecisionNumber {
    text::<DecisionNumber>(DecisionNumber::BYTES_MAX)
}

fn region() -> Region {
    text::<Region>(Region::BYTES_MAX)
}

fn alert() -> AlertId {
    AlertId::parse("", u64::MAX).unwrap()
}

fn payment() -> BankPayment {
    BankPayment {
        bank: organisation(),
        reference: text::<BankReference>(BankReference::BYTES_MAX),
    }
}

fn policy() -> PolicyKey {
    PolicyKey {
        insurer: organisation(),
        code: text::<PolicyCode>(PolicyCode::BYTES_MAX),
        version: u32::MAX,
    }
}

#[test]
fn the_longest_key_of_every_table_fits_and_the_bound_is_the_longest() {
    let longest = Table::ALL.map(longest);
    assert_eq!(longest.into_iter().max(), Some(KeyBytes::MAX));
}
