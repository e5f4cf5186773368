//! Alerts: the findings of supervision, their counting, and the work on them.

mod claiming;
mod claims;
mod closing;
mod issuing;
mod rights;
mod state;

use piaolian_contracts::{
    alerts::Alert,
    rule_texts::{Language, render_alert},
};
use piaolian_proto::v1 as proto;

use crate::world::{World, requests::set_parameters};

/// Sets thresholds; the others are off.
fn thresholds(world: &mut World, set: impl Fn(&mut proto::AlertThresholds) + 'static) {
    world.accept(set_parameters(move |parameters| {
        let mut alerts = proto::AlertThresholds::default();
        set(&mut alerts);
        parameters.alerts = Some(alerts);
    }));
}

/// Returns the only alert of the world, which must be of this kind and about this member.
#[track_caller]
fn only(world: &World, kind: &str, subject: &str) -> Alert {
    let mut alerts = world.alerts();
    let said: Vec<_> = alerts.iter().map(say).collect();
    assert_eq!(alerts.len(), 1, "{said:?}");
    let alert = alerts.remove(0);
    assert_eq!(alert.kind.name, kind, "{said:?}");
    assert_eq!(alert.subject, world.member(subject).id, "{said:?}");
    alert
}

#[track_caller]
fn none(world: &World) {
    let said: Vec<_> = world.alerts().iter().map(say).collect();
    assert!(said.is_empty(), "{said:?}");
}

/// The English message of an alert.
fn say(alert: &Alert) -> String {
    render_alert(alert.kind.number, &alert.arguments, Language::English)
}

/// Checks the arguments of an alert: members and receipts by name, everything else literally.
#[track_caller]
fn says<const N: usize>(world: &World, alert: &Alert, expected: [&str; N]) {
    let meant = |name: &str| {
        let member = world.find_member(name).map(|member| member.id.to_string());
        let receipt = world.find_receipt(name).map(|id| id.to_string());
        member.or(receipt).unwrap_or_else(|| name.to_owned())
    };
    let expected: Vec<String> = expected.into_iter().map(meant).collect();
    assert_eq!(alert.arguments, expected, "{}", say(alert));
}
