//! Numbers: granted, recalled, and used once.

use piaolian_proto::v1::{self as proto, payment_report::Notice};

use super::{Answer, Books, Id, Slip, id};

/// Numbers of an issuer from first to below an end.
#[derive(Debug)]
pub struct Range {
    issuer: String,
    code: String,
    first: u64,
    end: u64,
}

impl Books {
    pub fn grant_range(&mut self, grant: &proto::GrantRange) {
        self.ranges.push(Range {
            issuer: grant.issuer.clone(),
            code: grant.receipt_code.clone(),
            first: grant.first_number,
            end: grant.last_number + 1,
        });
    }

    pub fn recall_range(&mut self, recall: &proto::RecallRange) {
        let named = |range: &&mut Range| {
            range.code == recall.receipt_code
                && range.first == recall.first_number
                && (range.first..range.end).contains(&recall.from_number)
        };
        let range = self.ranges.iter_mut().find(named).unwrap();
        let from = (range.code.clone(), recall.from_number);
        let mut used = self.receipts.range(from..(range.code.clone(), range.end));
        assert!(used.next().is_none(), "recalled a number in use");
        range.end = recall.from_number;
    }

    pub fn issue(&mut self, issue: &proto::IssueReceipts, answer: &Answer<'_>) {
        for (item, said) in issue.items.iter().zip(&answer.outcome.items) {
            if said.code != 0 {
                continue;
            }
            let id = id(said.receipt.as_ref());
            assert!(item.receipt_number.is_none_or(|number| number == id.1));
            let slip = Slip {
                issuer: answer.actor.to_owned(),
                total: item.total_fen,
                settlement: item.settlement.unwrap_or_default(),
                moment: (item.issue_date, item.issue_time),
                links: [None, None],
                is_void: false,
                is_on_paper: false,
                booked: Vec::new(),
                reserved: Vec::new(),
            };
            self.add(id, slip);
        }
    }

    pub fn reverse(&mut self, reverse: &proto::ReverseReceipt, answer: &Answer<'_>) {
        let original = self
            .receipts
            .get_mut(&id(reverse.original.as_ref()))
            .unwrap();
        assert!(original.is_free(), "not for reversing: {original:?}");
        assert_eq!(original.issuer, answer.actor);
        original.is_void = true;
        let slip = Slip {
            issuer: original.issuer.clone(),
            total: -original.total,
            settlement: proto::Settlement::default(),
            moment: (reverse.issue_date, reverse.issue_time),
            links: [None, None],
            is_void: true,
            is_on_paper: false,
            booked: Vec::new(),
            reserved: Vec::new(),
        };
        self.add(id(answer.outcome.items[0].receipt.as_ref()), slip);
    }

    /// The new receipt takes over what was booked, as far as it goes.
    pub fn reissue(&mut self, reissue: &proto::ReissueReceipt, answer: &Answer<'_>) {
        let (red, new) = (reissue.reversal.as_ref(), reissue.replacement.as_ref());
        let (red, new) = (red.unwrap(), new.unwrap());
        let original = self.receipts.get_mut(&id(red.original.as_ref())).unwrap();
        assert!(original.is_reissuable(), "not for reissue: {original:?}");
        assert_eq!(original.issuer, answer.actor);
        assert!((1..=original.total).contains(&new.total_fen));
        original.is_void = true;
        original.links[1] = Some(id(answer.outcome.items[1].receipt.as_ref()));
        let blank = |total: i64, moment: (u32, u32)| Slip {
            issuer: answer.actor.to_owned(),
            total,
            settlement: proto::Settlement::default(),
            moment,
            links: [None, None],
            is_void: false,
            is_on_paper: false,
            booked: Vec::new(),
            reserved: Vec::new(),
        };
        let mut slip = blank(-original.total, (red.issue_date, red.issue_time));
        slip.is_void = true;
        let mut next = blank(new.total_fen, (new.issue_date, new.issue_time));
        next.settlement = new.settlement.unwrap();
        next.links[0] = Some(id(red.original.as_ref()));
        for entry in original.booked.iter_mut().filter(|own| own.is_live()) {
            let mut carried = entry.clone();
            (entry.part.fen, entry.due) = (0, 0);
            let room = next.claimable(carried.part.fund, answer.rules) - next.standing();
            let stands = carried.part.fen - carried.due;
            carried.due += stands - stands.min(room.max(0));
            next.booked.push(carried);
        }
        self.add(id(answer.outcome.items[0].receipt.as_ref()), slip);
        self.add(id(answer.outcome.items[1].receipt.as_ref()), next);
    }

    /// The receipt that counts in the place of another.
    pub fn current(&self, id: &Id) -> Id {
        match &self.receipts[id].links[1] {
            None => id.clone(),
            Some(next) => self.current(next),
        }
    }

    /// The receipts that a receipt replaces.
    pub fn replaced(&self, id: &Id) -> Vec<Id> {
        let before = |id: &Id| self.receipts[id].links[0].clone();
        std::iter::successors(before(id), before).collect()
    }

    /// The bank may say the same again and is told the same receipt; a notice has one.
    pub fn report(&mut self, report: &proto::ReportPayments, answer: &Answer<'_>) {
        for (item, said) in report.items.iter().zip(&answer.outcome.items) {
            if said.code != 0 {
                continue;
            }
            let Some(Notice::DecisionNumber(number)) = &item.notice else {
                panic!("paid by the decision number: {item:?}")
            };
            let id = id(said.receipt.as_ref());
            let (centre, paid) = self.notices.get_mut(number).unwrap();
            if paid.contains(&id) {
                continue;
            }
            assert!(!self.cancelled.contains(number), "{number} was cancelled");
            paid.push(id.clone());
            assert_eq!(paid.len(), 1, "{number} was paid twice");
            let slip = Slip {
                issuer: centre.clone(),
                total: item.amount_fen,
                // The payer alone pays a notice, and a medical receipt says so.
                settlement: proto::Settlement {
                    personal_cash_fen: if is_medical(&id.0) {
                        item.amount_fen
                    } else {
                        0
                    },
                    ..Default::default()
                },
                moment: date_and_time(answer.now),
                links: [None, None],
                is_void: false,
                is_on_paper: false,
                booked: Vec::new(),
                reserved: Vec::new(),
            };
            self.add(id, slip);
        }
    }

    /// A receipt has a number that its issuer was granted, and nobody had before.
    fn add(&mut self, id: Id, slip: Slip) {
        let holds = |range: &Range| {
            range.code == id.0
                && range.issuer == slip.issuer
                && (range.first..range.end).contains(&id.1)
        };
        assert!(
            self.ranges.iter().any(holds),
            "{id:?} is not of {}",
            slip.issuer
        );
        self.issued.push(id.clone());
        let known = self.receipts.insert(id, slip);
        assert!(known.is_none(), "a number was used twice: {known:?}");
    }
}

/// In Beijing, of November 2026: the stories end with the month.
fn date_and_time(now: u64) -> (u32, u32) {
    let seconds = now / 1_000 + 8 * 3_600;
    // 2026-11-01 is the 20,758th day of Unix time.
    let day = u32::try_from(seconds / 86_400 - 20_758).unwrap() + 20_261_101;
    let clock = u32::try_from(seconds % 86_400).unwrap();
    let time = clock / 3_600 * 10_000 + clock / 60 % 60 * 100 + clock % 60;
    (day, time)
}

/// Whether a receipt code is of category 06.
fn is_medical(code: &str) -> bool {
    &code[2..4] == "06"
}
