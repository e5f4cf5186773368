//! Making payment codes (缴款码).
//!
//! ```text
//!   20 digits   area (6) ‖ year (2) ‖ 30 ‖ serial (10)
//!   16 digits   area (6) ‖ year (2) ‖ serial (8)
//!                                     └ 1, 2, … for each area and year, also across the forms
//! ```
//!
//! A year is named by its last two digits. A hundred years later the serials continue, so that no
//! code is used twice.

use super::{
    errors::PaymentError,
    schema::PAYMENT_SERIALS,
    table_keys::{PaymentSerial, SerialKey},
};
use crate::{
    action::ActionContext,
    parameters::PaymentCodeDigits,
    rejection::Stop,
    types::{BeijingDate, PaymentCode, Region},
};

/// Makes the next code of a region in the current year, in the form in force.
pub(super) fn next(ctx: &mut ActionContext<'_, '_>, region: &Region) -> Result<PaymentCode, Stop> {
    let form = *ctx.block.parameters.payment_code_digits();
    let key = SerialKey::new(region.clone(), BeijingDate::at(ctx.block.time).year());
    let last = ctx.overlay.get(PAYMENT_SERIALS, &key)?;
    let serial = last.map_or(0, |last| last.0).saturating_add(1);
    let code = write(form, &key, serial).ok_or(PaymentError::NoPaymentCodeLeft {
        region: region.clone(),
        digits: form.get(),
        serial,
    })?;
    ctx.overlay
        .entry(PAYMENT_SERIALS, &key)?
        .set(PaymentSerial(serial));
    Ok(code)
}

/// Returns the code with this serial; `None` if the serial has too many digits.
fn write(form: PaymentCodeDigits, key: &SerialKey, serial: u64) -> Option<PaymentCode> {
    let (area, year) = (key.area(), key.year());
    let code = match form {
        PaymentCodeDigits::Twenty => format!("{area}{year:02}30{serial:010}"),
        PaymentCodeDigits::Sixteen => format!("{area}{year:02}{serial:08}"),
    };
    let fits = u32::try_from(code.len()) == Ok(form.get());
    // A code of 16 or 20 digits cannot be an identity number, which has 18.
    fits.then(|| PaymentCode::parse("payment_code", code).expect("it is 16 or 20 digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(form: PaymentCodeDigits, serial: u64) -> Option<String> {
        let key = SerialKey::new("350100".parse().unwrap(), 2026);
        write(form, &key, serial).map(|code| code.to_string())
    }

    #[test]
    fn codes_have_the_form_in_force_until_their_serials_end() {
        let (twenty, sixteen) = (PaymentCodeDigits::Twenty, PaymentCodeDigits::Sixteen);
        let some = |code: &str| Some(code.to_owned());
        assert_eq!(written(twenty, 1), some("35010026300000000001"));
        assert_eq!(written(sixteen, 1), some("3501002600000001"));
        assert_eq!(written(sixteen, 99_999_999), some("3501002699999999"));
        assert_eq!(written(sixteen, 100_000_000), None);
        assert_eq!(written(twenty, 9_999_999_999), some("35010026309999999999"));
        assert_eq!(written(twenty, 10_000_000_000), None);
    }
}
