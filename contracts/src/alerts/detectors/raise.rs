//! Turns a finding into an alert, or counts it in an open one.

use std::sync::Arc;

use super::Found;
use crate::{
    alerts::{
        kinds::AlertKind,
        record::{Alert, AlertId, Finding, NAMED_MAX},
        schema::{ALERTS, Matter, OPEN_ALERTS, OpenKey},
    },
    malformed::Malformed,
    state::{Fault, Table},
    storage::{Key, Overlay, corrupt},
};

/// Counts a finding in its open alert, or raises a new alert with the next number.
pub(super) fn raise(
    overlay: &mut Overlay<'_>,
    next: &mut Option<AlertId>,
    at: &Finding,
    found: Found,
) -> Result<(), Fault> {
    let matter = OpenKey::Matter(Matter {
        kind: found.suspicion.number(),
        subject: found.subject,
        scope: found.scope.clone(),
    });
    let alert = match overlay.get(OPEN_ALERTS, &matter)? {
        Some(open) => one_more(overlay, *open, at, found)?,
        None => {
            let id = next_number(overlay, next)?;
            overlay.insert_new(OPEN_ALERTS, &matter, id)?;
            overlay.insert_new(OPEN_ALERTS, &OpenKey::Alert(id), id)?;
            first(id, at, found)?
        }
    };
    let id = alert.id;
    overlay.entry(ALERTS, &id)?.set(alert);
    Ok(())
}

/// The number after the last alert's.
fn next_number(overlay: &Overlay<'_>, next: &mut Option<AlertId>) -> Result<AlertId, Fault> {
    let id = match *next {
        Some(id) => id,
        None => overlay
            .floor(ALERTS, &AlertId::MAX.bytes())?
            .map_or(AlertId::FIRST, |last| last.id.next()),
    };
    *next = Some(id.next());
    Ok(id)
}

fn first(id: AlertId, at: &Finding, found: Found) -> Result<Alert, Fault> {
    let kind = AlertKind::parse("kind", found.suspicion.number());
    Ok(Alert {
        id,
        kind: kind.map_err(|error| corrupt(Table::Alerts, error))?,
        subject: found.subject,
        organisations: found.organisations,
        receipt: found.receipt,
        scope: found.scope,
        arguments: found.suspicion.arguments(),
        count: found.times,
        first: *at,
        last: *at,
        questions: Vec::new(),
        closing: None,
    })
}

/// Returns the open alert with one more finding. Its organisations are added while there is room.
fn one_more(
    overlay: &mut Overlay<'_>,
    open: AlertId,
    at: &Finding,
    found: Found,
) -> Result<Alert, Fault> {
    let missing = || Malformed::new("open alert", "must be there");
    let alert = overlay.get(ALERTS, &open)?;
    let alert = alert.ok_or_else(|| corrupt(Table::OpenAlerts, missing()))?;
    let mut alert = Arc::unwrap_or_clone(alert);
    for organisation in found.organisations {
        if alert.organisations.len() < NAMED_MAX && !alert.concerns(&organisation) {
            alert.organisations.push(organisation);
        }
    }
    alert.receipt = found.receipt;
    alert.arguments = found.suspicion.arguments();
    alert.count = alert.count.saturating_add(found.times);
    alert.last = *at;
    Ok(alert)
}
