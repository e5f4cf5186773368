//! `piaolian proposal open`: a decision, put to the vote of the governors.
//!
//! ```text
//!   decision ── reason, time for votes ──► Propose ──► number of the proposal ──► proposal vote NUMBER
//! ```

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Subcommand};
use piaolian_contracts::types::OrganisationId;
use piaolian_proto::v1::{
    ActivateProtocol, ChangeGovernors, ChangeValidators, Governors, ProposedDecision,
    ProposedValidator, RecoverKeys, RemoveOrganisation, ResumeOrganisation, SuspendOrganisation,
    proposed_decision::Decision as Decided, transaction_body::Action,
};

use super::{
    Failure,
    members::admission,
    offline::Offline,
    output::Output,
    parameters::changed,
    verb::{Verb, wait_for},
};

const MS_PER_HOUR: u64 = 3_600_000;

#[derive(Debug, Args)]
struct Open {
    #[command(flatten)]
    offline: Offline,
    /// Reason; it goes on chain.
    #[arg(long)]
    reason: String,
    /// Hours for which votes are taken: 1 to 2,160.
    #[arg(long, default_value_t = 168)]
    open_hours: u64,
    #[command(subcommand)]
    decision: Decision,
}

#[derive(Debug, Subcommand)]
enum Decision {
    /// Admit an organisation by the entry.json that it made.
    Admit {
        /// Its entry.
        entry: PathBuf,
    },
    /// Stop an organisation's business actions.
    Suspend {
        /// Unified social credit code.
        organisation: OrganisationId,
    },
    /// End a suspension.
    Resume {
        /// Unified social credit code.
        organisation: OrganisationId,
    },
    /// Take an organisation out of the network for good.
    Remove {
        /// Unified social credit code.
        organisation: OrganisationId,
    },
    /// Give an organisation that lost its admin key the keys of a new entry.json of its own.
    RecoverKeys {
        /// The entry that it made anew, for its own code.
        entry: PathBuf,
        /// The numbers of its keys that end, separated by commas.
        #[arg(long, value_delimiter = ',')]
        revoke: Vec<u32>,
    },
    /// Replace the validators from a height on.
    Validators {
        /// The first height that they decide.
        #[arg(long)]
        from_height: u64,
        /// Each as CODE=POWER, or CODE:KEY=POWER for one that is no validator yet.
        #[arg(required = true)]
        validators: Vec<ValidatorArgument>,
    },
    /// Replace the governors.
    Governors {
        /// Number of governors that must agree: more than half.
        #[arg(long)]
        threshold: u32,
        /// Unified social credit codes.
        #[arg(required = true)]
        organisations: Vec<OrganisationId>,
    },
    /// Change governed parameters.
    SetParameters {
        /// A file that names some or all, TOML or JSON. The node is asked for the others.
        #[arg(long)]
        parameters: PathBuf,
    },
    /// Execute another version of the protocol from a height on; the version in force takes
    /// back what is set for that height.
    Protocol {
        /// The version.
        version: u32,
        /// The first height of it.
        #[arg(long)]
        from_height: u64,
    },
}

/// A validator to be: `CODE=POWER` or `CODE:KEY=POWER`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ValidatorArgument {
    organisation: OrganisationId,
    /// 0: the one that it has.
    key_id: u32,
    power: u64,
}

impl FromStr for ValidatorArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "must be CODE=POWER or CODE:KEY=POWER".to_owned();
        let (named, power) = text.split_once('=').ok_or_else(form)?;
        let (code, key_id) = match named.split_once(':') {
            Some((code, key_id)) => (code, key_id.parse().map_err(|_| form())?),
            None => (named, 0),
        };
        let organisation = code.parse();
        Ok(Self {
            organisation: organisation.map_err(|error| format!("{code}: {error}"))?,
            key_id,
            power: power.parse().map_err(|_| form())?,
        })
    }
}

pub(super) fn verb() -> Verb {
    Verb::of(
        "proposal open",
        "Puts a decision to the vote of the governors. Their votes are given by `piaolian proposal vote`.",
        &[
            "piaolian proposal open --as 11320000014000199X --reason 'new hospital' admit hospital/entry.json",
            "piaolian proposal open --as 11320000014000199X --reason 'left' remove 12320900E875065319",
        ],
        |arguments, output| wait_for(open(arguments, output)),
    )
}

async fn open(arguments: Open, output: &Output) -> Result<(), Failure> {
    let Open {
        offline,
        reason,
        open_hours,
        decision,
    } = arguments;
    let decision = decided(decision, &reason, &offline).await?;
    let action = Action::Propose(piaolian_proto::v1::Propose {
        proposal: Some(ProposedDecision {
            decision: Some(decision),
        }),
        reason,
        open_for_ms: open_hours.saturating_mul(MS_PER_HOUR),
    });
    offline.run(action, output).await
}

/// Returns the decision. If it has a reason of its own, that is the reason of the proposal.
async fn decided(decision: Decision, reason: &str, offline: &Offline) -> Result<Decided, Failure> {
    let reason = reason.to_owned();
    Ok(match decision {
        Decision::Admit { entry } => {
            Decided::AdmitOrganisation(admission(&entry, &offline.signer.chain_id()?)?)
        }
        Decision::Suspend { organisation } => Decided::SuspendOrganisation(SuspendOrganisation {
            organisation: organisation.to_string(),
            reason,
        }),
        Decision::Resume { organisation } => Decided::ResumeOrganisation(ResumeOrganisation {
            organisation: organisation.to_string(),
            reason,
        }),
        Decision::Remove { organisation } => Decided::RemoveOrganisation(RemoveOrganisation {
            organisation: organisation.to_string(),
            reason,
        }),
        Decision::RecoverKeys { entry, revoke } => {
            let admission = admission(&entry, &offline.signer.chain_id()?)?;
            Decided::RecoverKeys(RecoverKeys {
                organisation: admission.organisation,
                keys: admission.keys,
                revoked_key_ids: revoke,
            })
        }
        Decision::Validators {
            from_height,
            validators,
        } => Decided::ChangeValidators(ChangeValidators {
            validators: validators.into_iter().map(Into::into).collect(),
            effective_height: from_height,
        }),
        Decision::Governors {
            threshold,
            organisations,
        } => Decided::ChangeGovernors(ChangeGovernors {
            governors: Some(Governors {
                organisations: organisations.iter().map(ToString::to_string).collect(),
                threshold,
            }),
        }),
        Decision::SetParameters { parameters } => {
            Decided::SetParameters(changed(&parameters, &offline.node).await?)
        }
        Decision::Protocol {
            version,
            from_height,
        } => Decided::ActivateProtocol(ActivateProtocol {
            version,
            effective_height: from_height,
        }),
    })
}

impl From<ValidatorArgument> for ProposedValidator {
    fn from(validator: ValidatorArgument) -> Self {
        Self {
            organisation: validator.organisation.to_string(),
            key_id: validator.key_id,
            power: validator.power,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validator_is_named_by_code_key_and_power() {
        let parse = |text: &str| text.parse::<ValidatorArgument>();
        let newcomer = parse("12320900E875065319:3=2").unwrap();
        assert_eq!((newcomer.key_id, newcomer.power), (3, 2));
        let sitting = parse("12320900E875065319=1").unwrap();
        assert_eq!((sitting.key_id, sitting.power), (0, 1));
        for bad in [
            "",
            "12320900E875065319",
            "12320900E875065319:=1",
            "X=1",
            "12320900E875065319:a=1",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
