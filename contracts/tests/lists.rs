//! Lists of receipts and of running totals: their content, and the reads that they need.

mod reads;
mod totals;

use piaolian_contracts::{
    organisations::Role,
    parameters::FundRules,
    receipts::{
        ListKey, Receipt, Status,
        listing::{Bounds, Limits, ReceiptFilter, StatusFilter, list},
        status,
    },
    state::StateReader,
    types::{BeijingDate, Division, ReceiptKind},
};

use crate::{
    invariants::receipts,
    world::{
        TODAY, World,
        people::Member,
        requests::{book, grant_of, issue_all, item, set_parameters},
    },
};

const CODES: [&str; 3] = ["35060126", "35060226", "35010126"];
const DAYS: u32 = 9;

/// Of each issuer, code and day.
const EACH: usize = 60;

/// Everything that fits on one page.
const WHOLE: Limits = Limits {
    entries_max: usize::MAX,
    looked_at_max: usize::MAX,
};

/// Three issuers, two of them in Fuzhou and one in Xiamen, each with receipts of three
/// kinds on nine days; the hospital's of today partly booked.
fn world() -> World {
    let mut world = World::founded(&["finance", "hospital", "insurer"]);
    world
        .accept(set_parameters(|p| p.issue_date_days_max = 31))
        .admit("clinic", &[Role::Issuer]);
    let mut away = Member::new("xiamen").with_roles(&[Role::Issuer]);
    away.region = "350200".to_owned();
    world.know(away);
    world.accept(crate::world::requests::admit_organisation("xiamen"));
    for (first, issuer) in [(1, "hospital"), (10_001, "clinic"), (20_001, "xiamen")] {
        for code in CODES {
            world.accept(grant_of(code, issuer, first, first + 9_999));
        }
        for day in 0..DAYS {
            let items = CODES.iter().flat_map(|code| {
                (0..EACH).map(move |number| {
                    let mut item = item(&format!("{code}-{day}-{number}"));
                    item.receipt_code = (*code).to_owned();
                    item.issue_date = TODAY - day;
                    item
                })
            });
            world.accept(issue_all(items.collect()).by(issuer));
            if (issuer, day) == ("hospital", 0) {
                for number in 0..20 {
                    let name = format!("35060126-0-{number}");
                    world.accept(book(&name, "insurer", "V1", 1_00 + number));
                }
            }
        }
    }
    world
}

fn date(days_ago: u32) -> BeijingDate {
    BeijingDate::parse("", TODAY - days_ago).unwrap()
}

fn kind(digits: &str) -> ReceiptKind {
    ReceiptKind::parse("", digits).unwrap()
}

fn division(digits: &str) -> Division {
    Division::parse_level("", digits.to_owned()).unwrap()
}

/// All receipts that a plain scan finds, latest first.
fn scanned(world: &World, fits: impl Fn(&Receipt) -> bool) -> Vec<Receipt> {
    let mut found: Vec<Receipt> = receipts(world).into_iter().filter(|r| fits(r)).collect();
    found.sort_by_key(|receipt| std::cmp::Reverse(ListKey::of(receipt)));
    found
}

/// Every page, one after the other.
fn pages(state: &dyn StateReader, filter: &ReceiptFilter<'_>, limits: Limits) -> Vec<Receipt> {
    let (mut all, mut start) = (Vec::new(), None::<Vec<u8>>);
    loop {
        let page = list(state, filter, start.as_deref(), &limits).unwrap();
        assert!(page.entries.len() <= limits.entries_max);
        all.extend(page.entries);
        let Some(next) = page.next else { return all };
        assert!(start.is_none_or(|start| next < start), "every page goes on");
        start = Some(next);
    }
}

#[test]
fn a_list_is_what_a_plain_scan_finds_latest_first() {
    let world = world();
    let (rules, now) = (FundRules::default(), world.time);
    let hospital = world.member("hospital").id;
    let region = |receipt: &Receipt| match receipt.issuer {
        id if id == world.member("xiamen").id => "350200",
        _ => "350100",
    };
    let partly = StatusFilter {
        status: Status::PartlyReimbursed,
        rules: &rules,
        now,
    };
    let between = Bounds {
        from: Some(date(5)),
        to: Some(date(2)),
        issuer: None,
    };
    let of_hospital = Bounds {
        issuer: Some(hospital),
        ..Bounds::default()
    };
    let of_stranger = Bounds {
        issuer: Some(world.member("insurer").id),
        ..Bounds::default()
    };
    let by_dates = |r: &Receipt| (date(5)..=date(2)).contains(&r.issue_date);
    let bounds = |bounds| ReceiptFilter {
        bounds,
        ..ReceiptFilter::default()
    };
    let cases: [(ReceiptFilter<'_>, Box<dyn Fn(&Receipt) -> bool>); 10] = [
        (ReceiptFilter::default(), Box::new(|_| true)),
        (bounds(between), Box::new(by_dates)),
        (bounds(of_hospital), Box::new(|r| r.issuer == hospital)),
        (bounds(of_stranger), Box::new(|_| false)),
        (
            ReceiptFilter {
                kind: Some(kind("0602")),
                ..bounds(between)
            },
            Box::new(|r| by_dates(r) && r.id.code.as_str() == "35060226"),
        ),
        (
            ReceiptFilter {
                kind: Some(kind("9999")),
                ..ReceiptFilter::default()
            },
            Box::new(|_| false),
        ),
        (
            ReceiptFilter {
                division: Some(division("3502")),
                ..ReceiptFilter::default()
            },
            Box::new(|r| region(r) == "350200"),
        ),
        (
            ReceiptFilter {
                division: Some(division("35")),
                kind: Some(kind("0101")),
                ..ReceiptFilter::default()
            },
            Box::new(|r| r.id.code.as_str() == "35010126"),
        ),
        (
            ReceiptFilter {
                status: Some(partly),
                ..bounds(of_hospital)
            },
            Box::new(|r| status(r, &rules, now) == Status::PartlyReimbursed),
        ),
        (
            ReceiptFilter {
                status: Some(partly),
                kind: Some(kind("0602")),
                division: Some(division("350100")),
                bounds: of_hospital,
            },
            Box::new(|_| false),
        ),
    ];
    for (filter, fits) in &cases {
        let expected = scanned(&world, fits);
        assert_eq!(pages(&world.state, filter, WHOLE), expected, "{filter:?}");
        for (entries_max, looked_at_max) in [(7, usize::MAX), (50, 20), (500, 333)] {
            let limits = Limits {
                entries_max,
                looked_at_max,
            };
            assert_eq!(pages(&world.state, filter, limits), expected, "{filter:?}");
        }
    }
    assert_eq!(
        scanned(&world, |r| status(r, &rules, now) == partly.status).len(),
        20
    );
}

#[test]
fn an_invented_beginning_shows_nothing_above_the_bounds() {
    let world = world();
    let filter = ReceiptFilter {
        bounds: Bounds {
            to: Some(date(8)),
            ..Bounds::default()
        },
        ..ReceiptFilter::default()
    };
    for start in [vec![u8::MAX; ListKey::BYTES], vec![], vec![0; 3]] {
        let page = list(&world.state, &filter, Some(&start), &WHOLE).unwrap();
        assert!(
            page.entries
                .iter()
                .all(|receipt| receipt.issue_date == date(8))
        );
    }
}
