//! Beijing dates and times of day in the form of the XML.
//!
//! ```text
//!   "20261121" ⇄ 20261121      "09:05:07" ⇄ 90507
//! ```

use piaolian_contracts::types::{BeijingDate, BeijingTime};

/// Parses a calendar date `yyyyMMdd` from 1970 to 9999 into decimal `yyyymmdd`.
pub fn parse_date(text: &str) -> Option<u32> {
    digits(text, 8).filter(|date| is_date(*date))
}

/// Tells whether decimal `yyyymmdd` is a day of the calendar.
pub fn is_date(date: u32) -> bool {
    BeijingDate::parse("date", date).is_ok()
}

/// Formats a date as `yyyyMMdd`.
pub fn write_date(date: u32) -> String {
    format!("{date:08}")
}

/// Parses a time of day `HH:mm:ss` into decimal `hhmmss`.
pub fn parse_time(text: &str) -> Option<u32> {
    let mut parts = text.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let time = digits(hour, 2)? * 10_000 + digits(minute, 2)? * 100 + digits(second, 2)?;
    is_time(time).then_some(time)
}

/// Tells whether decimal `hhmmss` is a time of day.
pub fn is_time(time: u32) -> bool {
    BeijingTime::parse("time", time).is_ok()
}

/// Formats a time of day as `HH:mm:ss`.
pub fn write_time(time: u32) -> String {
    format!(
        "{:02}:{:02}:{:02}",
        time / 10_000,
        time / 100 % 100,
        time % 100
    )
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let fits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        for text in ["20240229", "20000229", "20261231", "19700101"] {
            assert_eq!(parse_date(text).map(write_date).as_deref(), Some(text));
        }
        for text in [
            "20230229", "21000229", "20261301", "20260431", "20260100", "2026-1-1", "2026011",
            "+2026010", "19691231", "",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn only_times_of_a_day_are_times() {
        for text in ["00:00:00", "09:05:07", "23:59:59"] {
            assert_eq!(parse_time(text).map(write_time).as_deref(), Some(text));
        }
        for text in [
            "24:00:00",
            "12:60:00",
            "12:00:60",
            "1:02:03",
            "12:00",
            "12:00:00:00",
            "120000",
            "",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }
}
