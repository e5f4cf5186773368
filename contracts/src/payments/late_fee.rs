//! The late fee (加处罚款, 滞纳金) of a notice.
//!
//! ```text
//!   late fee = min(cap, amount · daily rate · days after the due date / 10,000)
//!              rounded once, half up, to a fen
//! ```
//!
//! For fines the rate is 300, three in a hundred a day, and the cap the amount itself
//! (Administrative Penalty Law art. 72).

use crate::{
    malformed::Malformed,
    types::{BeijingDate, Fen},
};

/// Rates are parts of this number.
const RATE_WHOLE: i128 = 10_000;

/// The terms of a late fee: its beginning, its rate and its cap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LateFeeTerms {
    /// The last day without a late fee.
    pub due_date: BeijingDate,
    /// For each day after it, in parts per 10,000 of the amount: at most 10,000.
    pub daily_rate: u32,
    /// Most late fee; `None` is the amount itself.
    pub cap: Option<Fen>,
}

impl LateFeeTerms {
    /// Parses the fields of a message, for a notice of `amount`.
    pub(super) fn parse(
        due_date: u32,
        daily_rate: u32,
        cap_fen: i64,
        amount: Fen,
    ) -> Result<Self, Malformed> {
        if i128::from(daily_rate) > RATE_WHOLE {
            return Err(Malformed::new("late_fee_rate", "must be at most 10,000"));
        }
        if !(0..=amount.get()).contains(&cap_fen) {
            let bounds = "must be at least 0 and at most amount_fen";
            return Err(Malformed::new("late_fee_cap_fen", bounds));
        }
        Ok(Self {
            due_date: BeijingDate::parse("due_date", due_date)?,
            daily_rate,
            cap: (cap_fen > 0).then(|| Fen::new(cap_fen)),
        })
    }

    /// The number of days that a payment on `date` is late.
    pub fn days_late(&self, date: BeijingDate) -> u64 {
        date.days_after(self.due_date)
    }

    /// Returns the late fee owed on `date` for a notice of `amount`.
    pub fn owed(&self, amount: Fen, date: BeijingDate) -> Fen {
        // At most 10^13 fen · 10^4 · 3·10^6 days.
        let grown = i128::from(amount.get())
            .saturating_mul(i128::from(self.daily_rate))
            .saturating_mul(i128::from(self.days_late(date)))
            .saturating_add(RATE_WHOLE / 2)
            / RATE_WHOLE;
        let cap = self.cap.unwrap_or(amount);
        i64::try_from(grown).map_or(cap, |grown| Fen::new(grown).min(cap))
    }
}

#[cfg(test)]
#[allow(
    clippy::inconsistent_digit_grouping,
    reason = "yuan and fen: 200_00 is two hundred yuan"
)]
mod tests {
    use super::*;

    fn date(date: u32) -> BeijingDate {
        BeijingDate::parse("", date).unwrap()
    }

    /// Due on 2026-12-06.
    fn terms(daily_rate: u32, cap: i64) -> LateFeeTerms {
        LateFeeTerms::parse(20_261_206, daily_rate, cap, Fen::new(200_00)).unwrap()
    }

    fn owed(terms: LateFeeTerms, amount: i64, on: u32) -> i64 {
        terms.owed(Fen::new(amount), date(on)).get()
    }

    #[test]
    fn nothing_is_owed_to_the_due_date_and_three_in_a_hundred_the_day_after() {
        for on in [20_261_121, 20_261_205, 20_261_206] {
            assert_eq!(owed(terms(300, 0), 200_00, on), 0, "{on}");
        }
        assert_eq!(owed(terms(300, 0), 200_00, 20_261_207), 6_00);
        assert_eq!(owed(terms(300, 0), 200_00, 20_261_208), 12_00);
        // Across the year: 26 days, 200 · 0.03 · 26.
        assert_eq!(owed(terms(300, 0), 200_00, 20_270_101), 156_00);
    }

    #[test]
    fn it_grows_to_the_amount_itself_or_to_the_cap_named() {
        // 33 days are 99 %, 34 would be 102 %.
        assert_eq!(owed(terms(300, 0), 200_00, 20_270_108), 198_00);
        assert_eq!(owed(terms(300, 0), 200_00, 20_270_109), 200_00);
        assert_eq!(owed(terms(300, 0), 200_00, 99_991_231), 200_00);
        assert_eq!(owed(terms(300, 50_00), 200_00, 20_261_214), 48_00);
        assert_eq!(owed(terms(300, 50_00), 200_00, 20_261_215), 50_00);
    }

    #[test]
    fn it_is_rounded_once_half_up() {
        // 0.17 · 0.03 · 1 = 0.0051: 0.51 fen. 0.16: 0.48 fen.
        assert_eq!(owed(terms(300, 0), 17, 20_261_207), 1);
        assert_eq!(owed(terms(300, 0), 16, 20_261_207), 0);
        // Exactly half a fen: 50 fen · 0.01.
        assert_eq!(owed(terms(100, 0), 50, 20_261_207), 1);
        assert_eq!(owed(terms(100, 0), 49, 20_261_207), 0);
        // Three days of 0.48 fen are 1.44, not 0 + 0 + 0; five are 2.4.
        assert_eq!(owed(terms(300, 0), 16, 20_261_209), 1);
        assert_eq!(owed(terms(300, 0), 16, 20_261_211), 2);
        // 0.05 % a day, as social insurance has it: 123.45 · 0.0005 · 11 = 0.678975.
        assert_eq!(owed(terms(5, 0), 123_45, 20_261_217), 68);
    }

    #[test]
    fn the_largest_amount_and_no_rate_are_no_trouble() {
        let most = super::super::AMOUNT_FEN_MAX;
        assert_eq!(owed(terms(10_000, 0), most, 99_991_231), most);
        assert_eq!(owed(terms(0, 0), most, 99_991_231), 0);
        assert_eq!(owed(terms(10_000, 0), i64::MAX, 99_991_231), i64::MAX);
    }

    #[test]
    fn terms_are_within_bounds() {
        let parse = |rate, cap| LateFeeTerms::parse(20_261_206, rate, cap, Fen::new(200_00));
        assert!(parse(10_000, 200_00).is_ok());
        let field = |terms: Result<LateFeeTerms, Malformed>| terms.unwrap_err().field().to_owned();
        assert_eq!(field(parse(10_001, 0)), "late_fee_rate");
        assert_eq!(field(parse(300, 200_01)), "late_fee_cap_fen");
        assert_eq!(field(parse(300, -1)), "late_fee_cap_fen");
        let day = LateFeeTerms::parse(20_260_230, 300, 0, Fen::new(1));
        assert_eq!(field(day), "due_date");
    }
}
