//! Beijing dates and times of day. Beijing is at UTC+8 the whole year.

use std::fmt;

use crate::{fields::field, malformed::Malformed, types::BlockTime};

const MS_PER_SECOND: u64 = 1_000;
const MS_PER_DAY: u64 = 86_400_000;
const BEIJING_OFFSET_MS: u64 = 8 * 3_600_000;

/// The first year that a date may name, which keeps days from the Unix epoch positive.
const YEAR_MIN: u32 = 1970;
/// The last year that four digits can name.
const YEAR_MAX: u32 = 9999;

/// A month of a payer's books (会计期间), decimal `yyyymm`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AccountingPeriod(u32);

impl AccountingPeriod {
    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When it names no month.
    pub fn parse(field: &str, period: u32) -> Result<Self, Malformed> {
        let (year, month) = (period / 100, period % 100);
        if (YEAR_MIN..=YEAR_MAX).contains(&year) && (1..=12).contains(&month) {
            Ok(Self(period))
        } else {
            Err(Malformed::new(field, "must be a month, yyyymm"))
        }
    }

    /// Decimal `yyyymm`.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A date in Beijing, decimal `yyyymmdd`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BeijingDate(u32);

impl BeijingDate {
    /// The last day that a four-digit year can name.
    pub const LAST: Self = Self(YEAR_MAX * 10_000 + 1_231);

    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When the calendar has no such day.
    pub fn parse(field: &str, date: u32) -> Result<Self, Malformed> {
        let (year, month, day) = split(date);
        let exists = (YEAR_MIN..=YEAR_MAX).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day);
        if exists {
            Ok(Self(date))
        } else {
            Err(Malformed::new(field, "must be a date, yyyymmdd"))
        }
    }

    /// The date in Beijing at `time`.
    pub fn at(time: BlockTime) -> Self {
        Self::from_days(time.as_ms().saturating_add(BEIJING_OFFSET_MS) / MS_PER_DAY)
    }

    /// Decimal `yyyymmdd`.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The number of days between the two dates.
    pub fn days_apart(self, other: Self) -> u64 {
        self.days().abs_diff(other.days())
    }

    /// Returns the same day `years` later. A 29 February that the later year lacks becomes 1 March, so that a term is
    /// never shorter. The result is at most the last day that a four-digit year can name.
    #[must_use]
    pub fn years_later(self, years: u32) -> Self {
        let (year, month, day) = split(self.0);
        let year = year.saturating_add(years);
        if year > YEAR_MAX {
            return Self::LAST;
        }
        let (month, day) = if day > days_in_month(year, month) {
            (month.saturating_add(1), 1)
        } else {
            (month, day)
        };
        let date = year.saturating_mul(10_000);
        Self(date.saturating_add(month.saturating_mul(100).saturating_add(day)))
    }

    /// Returns the day before; `None` for the first possible date.
    pub fn day_before(self) -> Option<Self> {
        self.days().checked_sub(1).map(Self::from_days)
    }

    /// The number of days from `earlier` to this date; 0 when it is not later.
    pub fn days_after(self, earlier: Self) -> u64 {
        self.days().saturating_sub(earlier.days())
    }

    /// Returns the day after; for the last possible date, that date itself.
    #[must_use]
    pub fn next(self) -> Self {
        Self::from_days(self.days().saturating_add(1))
    }

    /// The year, four digits.
    pub const fn year(self) -> u32 {
        self.0 / 10_000
    }

    /// Days since 1970-01-01.
    #[allow(
        clippy::arithmetic_side_effects,
        reason = "every number here stays below a million million"
    )]
    fn days(self) -> u64 {
        let (year, month, day) = split(self.0);
        let (year, month, day) = (u64::from(year), u64::from(month), u64::from(day));
        // Years begin in March, so that the leap day is the last one.
        let (year, month) = if month > 2 {
            (year, month - 3)
        } else {
            (year - 1, month + 9)
        };
        let days_before_month = (153 * month + 2) / 5;
        let days_before_year = 365 * year + year / 4 - year / 100 + year / 400;
        days_before_year + days_before_month + day - 1 - EPOCH_FROM_MARCH
    }

    #[allow(
        clippy::arithmetic_side_effects,
        reason = "days are cut off at the last day of `YEAR_MAX`"
    )]
    fn from_days(days: u64) -> Self {
        let days = days.min(Self::LAST.days()) + EPOCH_FROM_MARCH;
        // Howard Hinnant's civil_from_days: an era is 400 years.
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let year = era * 400 + year_of_era;
        let (year, month) = if month < 10 {
            (year, month + 3)
        } else {
            (year + 1, month - 9)
        };
        let date = year * 10_000 + month * 100 + day;
        Self(u32::try_from(date).expect("the year has four digits"))
    }
}

field!(BeijingDate: u32, |date| date.get(), Self::parse);

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_FROM_MARCH: u64 = 719_468;

impl fmt::Display for BeijingDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = split(self.0);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// A time of day in Beijing, decimal `hhmmss`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BeijingTime(u32);

impl BeijingTime {
    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When the day has no such second.
    pub fn parse(field: &str, time: u32) -> Result<Self, Malformed> {
        let (hour, minute, second) = split(time);
        if hour < 24 && minute < 60 && second < 60 {
            Ok(Self(time))
        } else {
            Err(Malformed::new(field, "must be a time of day, hhmmss"))
        }
    }

    /// The time of day in Beijing at `time`.
    pub fn at(time: BlockTime) -> Self {
        let seconds = time.as_ms().saturating_add(BEIJING_OFFSET_MS) % MS_PER_DAY / MS_PER_SECOND;
        let [hour, minute, second] = [seconds / 3_600, seconds / 60 % 60, seconds % 60];
        let decimal = [hour, minute, second].iter().fold(0_u64, |sum, part| {
            sum.saturating_mul(100).saturating_add(*part)
        });
        Self(u32::try_from(decimal).expect("a day ends before 240000"))
    }

    /// Decimal `hhmmss`.
    pub const fn get(self) -> u32 {
        self.0
    }
}

field!(BeijingTime: u32, |time| time.get(), Self::parse);

impl fmt::Display for BeijingTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = split(self.0);
        write!(f, "{hour:02}:{minute:02}:{second:02}")
    }
}

/// `aabbcc` or `aaaabbcc` as its three parts.
const fn split(decimal: u32) -> (u32, u32, u32) {
    (decimal / 10_000, decimal / 100 % 100, decimal % 100)
}

const fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(date: u32) -> BeijingDate {
        BeijingDate::parse("", date).unwrap()
    }

    #[test]
    fn the_calendar_knows_its_days() {
        for good in [19_700_101, 20_000_229, 20_240_229, 20_261_231] {
            assert!(BeijingDate::parse("", good).is_ok(), "{good}");
        }
        for bad in [
            0, 19_691_231, 20_230_229, 21_000_229, 20_261_301, 20_260_431, 20_260_100,
        ] {
            assert!(BeijingDate::parse("", bad).is_err(), "{bad}");
        }
        assert!(BeijingTime::parse("", 235_959).is_ok());
        for bad in [240_000, 126_000, 123_460] {
            assert!(BeijingTime::parse("", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut previous = date(19_700_101);
        assert_eq!(previous.days(), 0);
        for days in 1..150_000 {
            let next = BeijingDate::from_days(days);
            assert!(next > previous);
            assert_eq!(next.days(), days);
            assert_eq!(previous.next(), next);
            assert_eq!(BeijingDate::parse("", next.get()), Ok(next));
            previous = next;
        }
        assert_eq!(BeijingDate::from_days(u64::MAX / 2), date(99_991_231));
    }

    #[test]
    fn years_later_is_the_same_day_and_never_a_shorter_term() {
        for (from, years, to) in [
            (20_261_121, 30, 20_561_121),
            (20_240_229, 4, 20_280_229),
            (20_240_229, 30, 20_540_301),
            (20_240_229, 76, 21_000_301),
            (20_261_231, 0, 20_261_231),
            (99_500_101, 100, 99_991_231),
        ] {
            assert_eq!(date(from).years_later(years), date(to), "{from}+{years}");
        }
        assert_eq!(date(20_000_301).day_before(), Some(date(20_000_229)));
        assert_eq!(date(19_700_101).day_before(), None);
    }

    #[test]
    fn a_day_begins_at_midnight_in_beijing() {
        // 2026-11-20T16:00:00Z is midnight in Beijing.
        let midnight = 1_795_190_400_000;
        assert_eq!(
            BeijingDate::at(BlockTime::from_ms(midnight)),
            date(20_261_121)
        );
        assert_eq!(
            BeijingDate::at(BlockTime::from_ms(midnight - 1)),
            date(20_261_120)
        );
        assert_eq!(
            BeijingTime::at(BlockTime::from_ms(midnight - 1)).get(),
            235_959
        );
        assert_eq!(
            BeijingTime::at(BlockTime::from_ms(midnight + 3_661_000)).get(),
            10_101
        );
        assert_eq!(date(20_261_231).days_apart(date(20_270_101)), 1);
    }

    #[test]
    fn days_count_one_way() {
        let (first, last) = (date(20_260_227), date(20_260_303));
        assert_eq!((last.days_after(first), first.days_after(last)), (4, 0));
        assert_eq!(first.days_after(first), 0);
        assert_eq!(first.year(), 2026);
        assert_eq!(date(99_991_231).next(), date(99_991_231));
    }
}
