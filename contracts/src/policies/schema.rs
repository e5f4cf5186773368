//! The table of policies.

use std::sync::Arc;

use super::{errors::PolicyError, record::Policy};
use crate::{
    action::ActionContext,
    malformed::Malformed,
    rejection::Stop,
    state::{Fault, StateReader, Table},
    storage::{Key, KeyBytes, Overlay, Records, corrupt},
    types::{BeijingDate, OrganisationId, PolicyCode},
};

/// Versions of policies by insurer, code and version.
pub const POLICIES: Records<PolicyKey, Policy> = Records::new(Table::Policies);

/// Most versions of one policy. The search for the one in force may read all of them.
pub const VERSIONS_MAX: u32 = 64;

/// One version of a policy: insurer (18) ‖ code (24, filled up with zeros) ‖ version
/// (u32 big-endian). Keys are of one length, so that the table can be walked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyKey {
    /// The insurer.
    pub insurer: OrganisationId,
    /// The insurer's code of it.
    pub code: PolicyCode,
    /// 1, 2, …; the greatest `u32` looks for the newest.
    pub version: u32,
}

impl Key for PolicyKey {
    fn bytes(&self) -> KeyBytes {
        let code = self.code.as_str().as_bytes();
        let zeros = &[0; PolicyCode::BYTES_MAX];
        let (_, filling) = zeros.split_at(code.len());
        let version = self.version.to_be_bytes();
        KeyBytes::of(&[self.insurer.as_bytes(), code, filling, &version])
    }
}

/// The newest version of a policy.
pub(crate) fn newest(
    overlay: &Overlay<'_>,
    insurer: OrganisationId,
    code: &PolicyCode,
) -> Result<Option<Arc<Policy>>, Fault> {
    let last = PolicyKey {
        insurer,
        code: code.clone(),
        version: u32::MAX,
    };
    let below = overlay.floor(POLICIES, &last.bytes())?;
    Ok(below.filter(|policy| policy.insurer == insurer && policy.code == *code))
}

/// Returns the version that applies to a receipt issued on `date`: the one that began last by then; of two that began
/// on one day, the later version.
///
/// # Errors
/// When the store cannot be read.
pub fn in_force(
    state: &dyn StateReader,
    insurer: OrganisationId,
    code: &PolicyCode,
    date: BeijingDate,
) -> Result<Result<Arc<Policy>, PolicyError>, Fault> {
    let newest = newest(&Overlay::new(state), insurer, code)?;
    let read = |key: &PolicyKey| Ok(POLICIES.get(state, key)?.map(Arc::new));
    select(newest, read, insurer, code, date)
}

/// The same, including the writes of this block.
pub(crate) fn in_force_now(
    ctx: &mut ActionContext<'_, '_>,
    insurer: OrganisationId,
    code: &PolicyCode,
    date: BeijingDate,
) -> Result<Arc<Policy>, Stop> {
    let newest = newest(ctx.overlay, insurer, code)?;
    let read = |key: &PolicyKey| ctx.overlay.get(POLICIES, key);
    Ok(select(newest, read, insurer, code, date)??)
}

/// The day on which the newest version that applies, or will, begins; `None` if there is none.
pub(super) fn last_begin(
    ctx: &mut ActionContext<'_, '_>,
    newest: &Policy,
) -> Result<Option<BeijingDate>, Fault> {
    for number in (1..=newest.version).rev() {
        let policy = version(ctx, newest.insurer, &newest.code, number)?;
        if let Some(begins) = policy.begins() {
            return Ok(Some(begins));
        }
    }
    Ok(None)
}

/// One version of a policy, which was published.
pub(crate) fn version(
    ctx: &mut ActionContext<'_, '_>,
    insurer: OrganisationId,
    code: &PolicyCode,
    version: u32,
) -> Result<Arc<Policy>, Fault> {
    let key = PolicyKey {
        insurer,
        code: code.clone(),
        version,
    };
    let found = ctx.overlay.get(POLICIES, &key)?;
    found.ok_or_else(|| missing(&key))
}

/// No version is ever deleted. If a published one is missing, that is a fault of this machine, not a verdict.
fn missing(key: &PolicyKey) -> Fault {
    let PolicyKey {
        insurer,
        code,
        version,
    } = key;
    let missing = format!("version {version} of policy {code} of {insurer} is missing");
    corrupt(Table::Policies, Malformed::new("policy", missing))
}

/// Looks through all versions, at most [`VERSIONS_MAX`].
fn select(
    newest: Option<Arc<Policy>>,
    mut read: impl FnMut(&PolicyKey) -> Result<Option<Arc<Policy>>, Fault>,
    insurer: OrganisationId,
    code: &PolicyCode,
    date: BeijingDate,
) -> Result<Result<Arc<Policy>, PolicyError>, Fault> {
    let policy_code = code.clone();
    let Some(newest) = newest else {
        let unknown = PolicyError::UnknownPolicy {
            insurer,
            policy_code,
        };
        return Ok(Err(unknown));
    };
    let mut found: Option<(BeijingDate, Arc<Policy>)> = None;
    for version in 1..=newest.version {
        let code = code.clone();
        let key = PolicyKey {
            insurer,
            code,
            version,
        };
        let policy = read(&key)?.ok_or_else(|| missing(&key))?;
        let Some(began) = policy.begins().filter(|began| *began <= date) else {
            continue;
        };
        if found.as_ref().is_none_or(|(last, _)| began >= *last) {
            found = Some((began, policy));
        }
    }
    let found = found.map(|(_, policy)| policy);
    Ok(found.ok_or(PolicyError::NotYetInForce {
        insurer,
        policy_code,
        date,
    }))
}
