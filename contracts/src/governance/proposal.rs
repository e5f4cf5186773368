//! The decisions that can be proposed, and how each is applied.

use piaolian_proto::v1::{self as proto, proposed_decision::Decision as Message};

use super::{
    activate_protocol::ActivateProtocol, change_validators::ChangeValidators,
    errors::GovernanceError, governors::ChangeGovernors, schema::GOVERNORS,
    set_parameters::SetParameters,
};
use crate::{
    action::ActionContext,
    malformed::{Malformed, required},
    membership::{
        AdmitOrganisation, RecoverKeys, RemoveOrganisation, ResumeOrganisation, SuspendOrganisation,
    },
    rejection::Stop,
    types::OrganisationId,
};

/// A proposed decision with its message, which the record keeps.
#[derive(Clone, PartialEq, Debug)]
pub struct Proposal {
    message: proto::ProposedDecision,
    decision: Decision,
}

/// Declares the decisions that can be proposed: for each the field in the message, and the type that carries it out.
macro_rules! decisions {
    ($( $decision:ident: $field:literal )*) => {
        /// A decision of the governors.
        #[derive(Clone, PartialEq, Debug)]
        pub enum Decision {
            $(
                #[doc = concat!("`", stringify!($decision), "`")]
                $decision($decision),
            )*
        }

        impl Decision {
            /// The name of the message.
            pub const fn name(&self) -> &'static str {
                match self {
                    $( Self::$decision(_) => stringify!($decision), )*
                }
            }

            fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
                match self {
                    $( Self::$decision(decision) => decision.apply(ctx), )*
                }
            }
        }

        impl TryFrom<Message> for Decision {
            type Error = Malformed;

            fn try_from(message: Message) -> Result<Self, Malformed> {
                match message {
                    $(
                        Message::$decision(message) => $decision::try_from(message)
                            .map(Self::$decision)
                            .map_err(|error| error.within($field)),
                    )*
                }
            }
        }
    };
}

decisions! {
    AdmitOrganisation: "admit_organisation"
    SuspendOrganisation: "suspend_organisation"
    ResumeOrganisation: "resume_organisation"
    RemoveOrganisation: "remove_organisation"
    ChangeValidators: "change_validators"
    SetParameters: "set_parameters"
    RecoverKeys: "recover_keys"
    ChangeGovernors: "change_governors"
    ActivateProtocol: "activate_protocol"
}

impl Proposal {
    /// The proposed decision.
    pub const fn decision(&self) -> &Decision {
        &self.decision
    }

    /// The message of the decision.
    pub const fn message(&self) -> &proto::ProposedDecision {
        &self.message
    }

    /// Makes the checks that apply when the decision is proposed, and not again when it is adopted.
    pub(super) fn check_proposed(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        match &self.decision {
            Decision::RecoverKeys(recovery) => recovery.check_proposed(ctx),
            Decision::AdmitOrganisation(_)
            | Decision::SuspendOrganisation(_)
            | Decision::ResumeOrganisation(_)
            | Decision::RemoveOrganisation(_)
            | Decision::ChangeValidators(_)
            | Decision::SetParameters(_)
            | Decision::ChangeGovernors(_)
            | Decision::ActivateProtocol(_) => Ok(()),
        }
    }

    /// Carries the decision out with the code of the direct action, if there is one.
    pub(super) fn apply(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        if let Decision::RemoveOrganisation(removal) = &self.decision {
            refuse_governor(ctx, *removal.organisation())?;
        }
        self.decision.execute(ctx)
    }
}

/// Refuses to remove a governor. The check is here because the domain `organisations` does not know governors.
fn refuse_governor(
    ctx: &mut ActionContext<'_, '_>,
    organisation: OrganisationId,
) -> Result<(), Stop> {
    match ctx.overlay.get(GOVERNORS, &())? {
        Some(governors) if governors.contains(&organisation) => {
            Err(GovernanceError::StillGovernor { organisation }.into())
        }
        Some(_) | None => Ok(()),
    }
}

impl TryFrom<proto::ProposedDecision> for Proposal {
    type Error = Malformed;

    fn try_from(message: proto::ProposedDecision) -> Result<Self, Malformed> {
        let decision = required("decision", message.decision.clone())?;
        Ok(Self {
            decision: Decision::try_from(decision)?,
            message,
        })
    }
}
