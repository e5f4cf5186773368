//! Days that were closed although reports and statements do not match.

use super::{Detectors, Found};
use crate::{
    action::ActionContext,
    alerts::{kinds::Suspicion, record::Scope},
    payments::banks,
    state::Fault,
    types::{BeijingDate, Region},
};

impl Detectors {
    /// Examines a closed day: an alert for each bank whose payments do not match.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn closed_day(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        region: &Region,
        day: BeijingDate,
    ) -> Result<(), Fault> {
        for day in banks(ctx.overlay, region, day)? {
            let (stated_only, reported_only) = (day.stated_only.count, day.reported_only.count);
            let differing = day.differs_reported.count;
            if (stated_only, reported_only, differing) == (0, 0, 0) {
                continue;
            }
            let suspicion = Suspicion::DayMismatch {
                bank: day.bank,
                region: day.region.clone(),
                day: day.day,
                stated_only,
                reported_only,
                differing,
            };
            self.note(Found {
                suspicion,
                subject: day.bank,
                organisations: Vec::new(),
                receipt: None,
                scope: Scope::RegionDay(day.region.clone(), day.day),
                times: 1,
            });
        }
        Ok(())
    }
}
