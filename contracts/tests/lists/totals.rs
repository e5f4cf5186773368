//! Totals, listed and by day.

use piaolian_contracts::{
    receipts::{
        Totals, TotalsKey,
        listing::{Bounds, Limits, TotalsFilter, list_totals},
    },
    state::Table,
    storage::Key,
};
use piaolian_proto::v1 as proto;

use super::{DAYS, WHOLE, date, division, kind, world};

#[test]
fn totals_are_listed_like_receipts() {
    let world = world();
    let mut all: Vec<Totals> = Vec::new();
    for record in world.state.table(Table::Totals).into_values() {
        all.push(piaolian_contracts::storage::Record::decode(&record).unwrap());
    }
    all.sort_by_key(|totals| std::cmp::Reverse(totals.key));
    assert_eq!(all.len(), 3 * 3 * DAYS as usize);
    let issuer = Some(world.member("clinic").id);
    let bounds = Bounds {
        from: Some(date(6)),
        to: Some(date(1)),
        issuer,
    };
    let by = |filter: TotalsFilter, fits: &dyn Fn(&TotalsKey) -> bool| {
        let expected: Vec<Totals> = all.iter().filter(|t| fits(&t.key)).cloned().collect();
        for (entries_max, looked_at_max) in [(usize::MAX, usize::MAX), (4, 5), (3, 1)] {
            let limits = Limits {
                entries_max,
                looked_at_max,
            };
            let (mut found, mut start) = (Vec::new(), None);
            loop {
                let page = list_totals(&world.state, &filter, start.as_deref(), &limits).unwrap();
                found.extend(page.entries);
                start = page.next;
                if start.is_none() {
                    break;
                }
            }
            assert_eq!(found, expected, "{filter:?}");
        }
    };
    by(TotalsFilter::default(), &|_| true);
    let within = |key: &TotalsKey| (date(6)..=date(1)).contains(&key.issue_date);
    let own = TotalsFilter {
        bounds,
        ..TotalsFilter::default()
    };
    by(own.clone(), &|key| {
        within(key) && Some(key.issuer) == issuer
    });
    let outpatients = TotalsFilter {
        kind: Some(kind("0601")),
        ..own
    };
    by(outpatients, &|key| {
        within(key) && Some(key.issuer) == issuer && key.kind == kind("0601")
    });
    let xiamen = TotalsFilter {
        division: Some(division("3502")),
        kind: Some(kind("0101")),
        ..TotalsFilter::default()
    };
    by(xiamen, &|key| {
        key.issuer == world.member("xiamen").id && key.kind == kind("0101")
    });
}

#[test]
fn a_days_totals_count_its_receipts() {
    let world = world();
    let today = list_totals(
        &world.state,
        &TotalsFilter {
            bounds: Bounds {
                from: Some(date(0)),
                to: Some(date(0)),
                issuer: Some(world.member("hospital").id),
            },
            kind: Some(kind("0601")),
            division: None,
        },
        None,
        &WHOLE,
    );
    let [today] = today.unwrap().entries.try_into().unwrap();
    let message = proto::TotalsRecord::from(&today);
    assert_eq!(
        (message.issued.unwrap().count, message.booked.unwrap().count),
        (40, 20)
    );
    assert_eq!(
        message.bookings.unwrap().sum_fen,
        20 * 1_00 + (0..20).sum::<i64>()
    );
    assert_eq!(message.region, "350100");
    assert_eq!(today.key.bytes().len(), TotalsKey::BYTES);
}
