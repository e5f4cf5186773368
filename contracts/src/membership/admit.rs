//! `AdmitOrganisation`: finance admits an organisation.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use crate::{
    action::{ActionContext, Effects, Handler},
    chain::{ChainId, Height},
    malformed::Malformed,
    organisations::{
        Endpoint, FINANCE_BUREAUS, FINANCE_BUREAUS_MAX, FinanceBureaus, KeyPurpose, NEW_KEYS_MAX,
        NewKey, ORGANISATIONS, Organisation, OrganisationError, Role, Roles, member,
        parse_endpoints,
    },
    rejection::Stop,
    storage::Overlay,
    types::{OrganisationId, OrganisationName, Region},
};

/// Admits an organisation with its first keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmitOrganisation {
    organisation: OrganisationId,
    name: OrganisationName,
    roles: Roles,
    keys: Vec<NewKey>,
    endpoints: Vec<Endpoint>,
    region: Region,
}

impl AdmitOrganisation {
    /// Admits the organisation, decided by finance or by vote.
    pub(crate) fn apply(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        enrol(ctx.overlay, &ctx.block.chain_id, ctx.block.height, self)
    }

    /// The organisation to admit.
    pub const fn organisation(&self) -> &OrganisationId {
        &self.organisation
    }

    /// Its keys, which get the ids 1, 2, … in this order.
    pub fn keys(&self) -> &[NewKey] {
        &self.keys
    }
}

impl TryFrom<proto::AdmitOrganisation> for AdmitOrganisation {
    type Error = Malformed;

    fn try_from(message: proto::AdmitOrganisation) -> Result<Self, Malformed> {
        Ok(Self {
            organisation: OrganisationId::parse("organisation", &message.organisation)?,
            name: OrganisationName::parse("name", message.name)?,
            roles: Roles::parse("roles", &message.roles)?,
            keys: parse_new_keys(message.keys)?,
            endpoints: parse_endpoints(message.endpoints)?,
            region: Region::parse("region", message.region)?,
        })
    }
}

/// Takes the keys of a message.
pub(super) fn parse_new_keys(keys: Vec<proto::NewKey>) -> Result<Vec<NewKey>, Malformed> {
    if keys.len() > NEW_KEYS_MAX {
        return Err(Malformed::new("keys", "must be at most 16"));
    }
    let parse = |(place, key): (usize, proto::NewKey)| {
        NewKey::try_from(key).map_err(|error| error.within(format_args!("keys[{place}]")))
    };
    keys.into_iter().enumerate().map(parse).collect()
}

impl Handler for AdmitOrganisation {
    fn key_purpose(&self) -> KeyPurpose {
        KeyPurpose::Admin
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Finance)?;
        self.apply(ctx)?;
        Ok(Effects::none())
    }
}

/// Writes a new organisation's record. Finance's admission and the founding share this part.
pub(crate) fn enrol(
    overlay: &mut Overlay<'_>,
    chain_id: &ChainId,
    height: Height,
    admission: &AdmitOrganisation,
) -> Result<(), Stop> {
    let id = admission.organisation;
    if let Some(known) = overlay.get(ORGANISATIONS, &id)? {
        member(overlay, id)?; // a removed one is rejected as removed
        return Err(OrganisationError::AlreadyAdmitted {
            organisation: id,
            height: known.admitted_height,
        }
        .into());
    }
    if !admission
        .keys
        .iter()
        .any(|key| key.purpose() == KeyPurpose::Admin)
    {
        return Err(OrganisationError::NoAdminKey { organisation: id }.into());
    }
    let mut organisation = Organisation {
        id,
        name: admission.name.clone(),
        roles: admission.roles.clone(),
        keys: Vec::new(),
        endpoints: admission.endpoints.clone(),
        region: admission.region.clone(),
        suspension: None,
        admitted_height: height,
        removal: None,
    };
    for key in &admission.keys {
        key.register(overlay, chain_id, height, &mut organisation)?;
    }
    if organisation.has_role(Role::Finance) {
        list_as_finance(overlay, id)?;
    }
    overlay.entry(ORGANISATIONS, &id)?.set(organisation);
    Ok(())
}

fn list_as_finance(overlay: &mut Overlay<'_>, id: OrganisationId) -> Result<(), Stop> {
    let listed = overlay.get(FINANCE_BUREAUS, &())?;
    let FinanceBureaus(mut bureaus) = listed.map(Arc::unwrap_or_clone).unwrap_or_default();
    if bureaus.len() >= FINANCE_BUREAUS_MAX {
        return Err(OrganisationError::TooManyFinanceBureaus {
            bureaus_max: FINANCE_BUREAUS_MAX,
        }
        .into());
    }
    let place = bureaus.partition_point(|listed| *listed < id);
    bureaus.insert(place, id);
    overlay
        .entry(FINANCE_BUREAUS, &())?
        .set(FinanceBureaus(bureaus));
    Ok(())
}
