//! The sums of persons' years, and decisions computed on them.

use std::collections::BTreeMap;

use piaolian_proto::v1 as proto;

use super::{Answer, Books, Case, Id, Number, Slip, Stand};
use crate::claim_model::reference_computation;

/// Insurer, holder's tag, year and policy: what a year's claims are summed by.
pub type Account = (String, Vec<u8>, u32, String);

/// A receipt of a decision.
#[derive(Clone, Debug)]
pub struct Line {
    pub id: Id,
    year: u32,
    /// Deductible, above and fund.
    pub sums: [i64; 3],
    /// Grounds: the terms, the amount in scope, and what was left of the receipt.
    grounds: (proto::PolicyTerms, i64, i64),
}

impl Books {
    /// The sums with which years began, and over the claims that count.
    pub fn accounts(&self) -> BTreeMap<Account, [i64; 3]> {
        self.accounts_before(usize::MAX)
    }

    /// The sums with which years began, and over the claims that count and were approved before a place.
    pub fn accounts_before(&self, place: usize) -> BTreeMap<Account, [i64; 3]> {
        let mut accounts = self.openings.clone();
        let counted = |case: &Case| case.counts() && case.place < place;
        for (number, case) in self.claims.iter().filter(|(_, case)| counted(case)) {
            for line in &case.lines {
                let account = account(number, case, line.year);
                add(accounts.entry(account).or_default(), &line.sums);
            }
        }
        accounts
    }

    /// A year begins with these sums.
    pub fn open_sums(&mut self, opening: &proto::SetOpeningSums, answer: &Answer<'_>) {
        let met = opening.sums.as_ref().unwrap();
        let sums = [met.deductible_met_fen, met.above_fen, met.fund_paid_fen];
        let account = (
            answer.actor.to_owned(),
            opening.holder_tag.to_vec(),
            opening.year,
            opening.plan_code.clone(),
        );
        let counted = self.accounts().remove(&account).unwrap_or_default();
        assert_eq!(counted, [0; 3], "opened after it began: {account:?}");
        assert!(
            self.openings.insert(account, sums).is_none(),
            "opened twice"
        );
    }

    /// A decision stands on the sums of today of the claims before it, at the same amounts.
    pub fn recompute(&mut self, number: &str, answer: &Answer<'_>) {
        let number = (answer.actor.to_owned(), number.to_owned());
        assert!(self.claims[&number].counts(), "{number:?}");
        assert!(
            self.comes_to_the_same(&number),
            "another amount: {number:?}"
        );
        let lines = self.lines_of_today(&number);
        self.claims.get_mut(&number).unwrap().lines = lines;
    }

    /// Whether a decision comes to the same amounts on the sums of today.
    pub fn comes_to_the_same(&self, number: &Number) -> bool {
        let today = self.lines_of_today(number).into_iter();
        let mut pairs = today.zip(&self.claims[number].lines);
        pairs.all(|(now, then)| now.sums[2] == then.sums[2])
    }

    /// A claim that counts and waits for no bank, before another of the same sums.
    pub fn before_another(&self) -> Option<Number> {
        let counted = self.claims.iter().filter(|(_, case)| case.counts());
        let first = counted.clone().filter(|(_, case)| case.waiting().is_none());
        let before = first.filter(|(number, case)| {
            let mut others = counted.clone();
            others.any(|(other, later)| {
                let own = (&number.0, &case.tag, &case.policy);
                own == (&other.0, &later.tag, &later.policy) && case.place < later.place
            })
        });
        // One that paid little, so that the other mostly comes to the same without it.
        let found = before.min_by_key(|(_, case)| {
            let paid = case.lines.iter().map(|line| line.sums[2]);
            paid.sum::<i64>()
        });
        found.map(|(number, _)| number.clone())
    }

    /// A claim that may be decided.
    pub fn open_claim(&self, now: u64) -> Option<Number> {
        let mut claims = self.claims.iter();
        let open = claims.find(|(_, case)| {
            case.stand == Stand::Open && now < case.until && case.owed().is_none()
        });
        open.map(|(number, _)| number.clone())
    }

    /// The lines of a decision on the sums of today of the claims before it.
    fn lines_of_today(&self, number: &Number) -> Vec<Line> {
        let case = &self.claims[number];
        let mut accounts = self.accounts_before(case.place);
        let again = case.lines.iter().map(|line| {
            let sums = accounts.entry(account(number, case, line.year));
            line.again(sums.or_default())
        });
        again.collect()
    }
}

impl Line {
    /// Computes a receipt of which so much is left, and counts it in the sums of its year.
    pub fn compute(
        id: &Id,
        slip: &Slip,
        terms: &proto::PolicyTerms,
        assessment: &proto::Assessment,
        left: i64,
        sums: &mut [i64; 3],
    ) -> Self {
        let self_paid = assessment.fully_self_paid_fen
            + assessment.over_limit_fen
            + assessment.prior_self_pay_fen;
        let in_scope = reference_computation::base(terms, slip.total, left) - self_paid;
        assert!(in_scope >= 0, "more self-paid than there is");
        let line = Self {
            id: id.clone(),
            year: slip.year(),
            sums: [0; 3],
            grounds: (terms.clone(), in_scope, left),
        };
        line.again(sums)
    }

    /// The line computed again from the same grounds, and counted in the sums of its year.
    fn again(&self, sums: &mut [i64; 3]) -> Self {
        let (terms, in_scope, left) = &self.grounds;
        let line = reference_computation::line(terms, *in_scope, *left, sums);
        add(sums, &line);
        Self {
            sums: line,
            ..self.clone()
        }
    }

    /// Counts the line as it is in the sums of its year.
    pub fn count(&self, sums: &mut [i64; 3]) {
        add(sums, &self.sums);
    }

    pub const fn year(&self) -> u32 {
        self.year
    }
}

pub fn account(number: &Number, case: &Case, year: u32) -> Account {
    let (insurer, policy) = (number.0.clone(), case.policy.clone());
    (insurer, case.tag.clone(), year, policy)
}

fn add(sums: &mut [i64; 3], line: &[i64; 3]) {
    for (sum, part) in sums.iter_mut().zip(line) {
        *sum += part;
    }
}
