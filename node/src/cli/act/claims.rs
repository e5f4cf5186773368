//! Acts of policies, authorisations and whole claims.
//!
//! What has many fields comes as a file: JSON in the form in which `--json` shows the
//! same message.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use piaolian_base::clock;
use piaolian_contracts::types::OrganisationId;
use piaolian_proto::v1::{
    AuthorisePayerRequest, CallOptions, ConfirmPayout, ConfirmPayoutRequest, CorrectClaim,
    CorrectClaimRequest, DecideClaimRequest, FileClaimRequest, GrantAccess, GrantAccessRequest,
    PayoutFailed, PayoutPaid, PublishPolicyRequest, ReleaseOrphan, ReleaseOrphanRequest,
    RevokeAccess, RevokeAccessRequest, WithdrawClaim, WithdrawClaimRequest,
    confirm_payout::Result as Said,
};

use super::none_refused;
use crate::cli::{
    Failure, client::Node, output::Output, query::ReceiptArgument, reading::PurposeArgument,
    requests,
};

const MS_PER_DAY: u64 = 86_400_000;

#[derive(Debug, Subcommand)]
pub(super) enum Act {
    /// Publish the next version of a reimbursement policy (an insurer).
    PublishPolicy {
        /// JSON of a `PublishPolicy` message; `-` for stdin.
        file: PathBuf,
    },
    /// Authorise an organisation to use a receipt, as its holder allowed (its issuer, or the
    /// bureau that granted its number).
    GrantAccess(Granting),
    /// Authorise an organisation to use receipts of a holder (their issuer, or the bureau
    /// that granted their numbers).
    AuthorisePayer {
        /// JSON of an `AuthorisePayerRequest` message, without its options; `-` for stdin.
        file: PathBuf,
    },
    /// End an authorisation (who granted it, or who serves the holder).
    RevokeAccess {
        /// CODE-NUMBER
        receipt: ReceiptArgument,
        /// Who no longer may: unified social credit code.
        grantee: OrganisationId,
        /// What for.
        #[arg(long)]
        purpose: PurposeArgument,
        /// Why; it goes on chain.
        #[arg(long)]
        reason: String,
    },
    /// File a claim (an insurer).
    FileClaim {
        /// JSON of a `FileClaim` message; `-` for stdin.
        file: PathBuf,
    },
    /// Decide a claim (its insurer).
    DecideClaim {
        /// JSON of a `DecideClaim` message; `-` for stdin.
        file: PathBuf,
    },
    /// End a claim without a decision (its insurer).
    WithdrawClaim {
        /// The insurer's number of it.
        claim: String,
        /// Why; it goes on chain.
        #[arg(long)]
        reason: String,
    },
    /// Say what became of a payout (the bank that was ordered to pay).
    ConfirmPayout(Confirming),
    /// Take a decided or paid claim back (its insurer).
    CorrectClaim {
        /// The insurer's number of it.
        claim: String,
        /// Why; it goes on chain.
        #[arg(long)]
        reason: String,
        /// 复核: another person than the operator.
        #[arg(long)]
        reviewer: String,
    },
    /// Release what an organisation that is gone holds of a receipt (finance).
    ReleaseOrphan {
        /// CODE-NUMBER
        receipt: ReceiptArgument,
        /// Who is gone: unified social credit code.
        organisation: OrganisationId,
        /// Why; it goes on chain.
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Granting {
    /// CODE-NUMBER
    receipt: ReceiptArgument,
    /// Who may: unified social credit code.
    grantee: OrganisationId,
    /// What for.
    #[arg(long)]
    purpose: PurposeArgument,
    /// For how many days from now.
    #[arg(long, default_value_t = 30, conflicts_with = "until_ms")]
    days: u64,
    /// Until when, Unix ms: a call that is named by --client-id says it, so that it is the
    /// same call when it is repeated.
    #[arg(long)]
    until_ms: Option<u64>,
    /// Hash of the evidence that the holder consented: 64 hexadecimal digits.
    #[arg(long)]
    consent_hash: String,
    /// The grantee may share it onward.
    #[arg(long)]
    onward: bool,
    /// The grantee may use the receipt, and not read its details.
    #[arg(long)]
    without_details: bool,
}

#[derive(Debug, Args)]
pub(super) struct Confirming {
    /// Whose claim: unified social credit code.
    insurer: OrganisationId,
    /// The insurer's number of it.
    claim: String,
    /// Which order of this claim.
    #[arg(long, default_value_t = 1)]
    payout: u32,
    /// The bank's own number of the payment.
    #[arg(long)]
    reference: String,
    /// It was paid, in fen.
    #[arg(long, required_unless_present = "failed")]
    paid_fen: Option<i64>,
    /// When it was paid by the bank's clock, Unix ms; now unless given. Who says the same
    /// again gives the same time.
    #[arg(long, requires = "paid_fen")]
    paid_ms: Option<u64>,
    /// It failed, and why.
    #[arg(long, conflicts_with = "paid_fen")]
    failed: Option<String>,
}

impl Granting {
    fn request(self, options: CallOptions) -> Result<GrantAccessRequest, Failure> {
        let hash = hex::decode(&self.consent_hash)
            .map_err(|_| Failure::Usage("--consent-hash must be hexadecimal".to_owned()))?;
        let from_now = || {
            let life_ms = self.days.saturating_mul(MS_PER_DAY);
            clock::now().after_ms(life_ms).as_ms()
        };
        let expires_ms = same_again(self.until_ms, &options, "--until-ms", from_now)?;
        Ok(GrantAccessRequest {
            grant_access: Some(GrantAccess {
                receipt: Some(self.receipt.into()),
                grantee: self.grantee.to_string(),
                purpose: self.purpose.into(),
                expires_ms,
                consent_hash: hash.into(),
                onward: self.onward,
                ..GrantAccess::default()
            }),
            options: Some(options),
            without_details: self.without_details,
        })
    }
}

impl Confirming {
    fn request(self, options: CallOptions) -> Result<ConfirmPayoutRequest, Failure> {
        let result = match (self.failed, self.paid_fen) {
            (Some(reason), _) => Some(Said::Failed(PayoutFailed { reason })),
            (None, Some(amount_fen)) => {
                let now = || clock::now().as_ms();
                let paid_ms = same_again(self.paid_ms, &options, "--paid-ms", now)?;
                Some(Said::Paid(PayoutPaid {
                    amount_fen,
                    paid_ms,
                }))
            }
            (None, None) => None,
        };
        Ok(ConfirmPayoutRequest {
            confirm_payout: Some(ConfirmPayout {
                insurer: self.insurer.to_string(),
                claim_number: self.claim,
                payout_number: self.payout,
                bank_reference: self.reference,
                result,
            }),
            options: Some(options),
        })
    }
}

/// A time as it is given, or by the clock; a named call must say it, for its client id
/// stands for the very same call.
fn same_again(
    given: Option<u64>,
    options: &CallOptions,
    name: &str,
    by_the_clock: impl FnOnce() -> u64,
) -> Result<u64, Failure> {
    match given {
        Some(ms) => Ok(ms),
        None if options.client_id.is_empty() => Ok(by_the_clock()),
        None => Err(Failure::Usage(format!("--client-id needs {name}"))),
    }
}

pub(super) async fn run(
    node: &Node,
    act: Act,
    options: CallOptions,
    output: &Output,
) -> Result<(), Failure> {
    let (mut claims, mut disclosure) = (node.claims(), node.disclosure());
    match act {
        Act::PublishPolicy { file } => {
            let request = PublishPolicyRequest {
                publish_policy: Some(requests::read_one(&file)?),
                options: Some(options),
            };
            output.show(node.policies().publish_policy(request).await?.get_ref())
        }
        Act::GrantAccess(granting) => {
            let request = granting.request(options)?;
            output.show(disclosure.grant_access(request).await?.get_ref())
        }
        Act::AuthorisePayer { file } => {
            let request = AuthorisePayerRequest {
                options: Some(options),
                ..requests::read_one(&file)?
            };
            let answer = node.holders().authorise_payer(request).await?.into_inner();
            output.show(&answer)?;
            let refusals = answer.receipts.into_iter().filter_map(|it| it.refusal);
            none_refused(&refusals.collect::<Vec<_>>())
        }
        Act::RevokeAccess {
            receipt,
            grantee,
            purpose,
            reason,
        } => {
            let request = RevokeAccessRequest {
                revoke_access: Some(RevokeAccess {
                    receipt: Some(receipt.into()),
                    grantee: grantee.to_string(),
                    purpose: purpose.into(),
                    reason,
                }),
                options: Some(options),
            };
            output.show(disclosure.revoke_access(request).await?.get_ref())
        }
        Act::FileClaim { file } => {
            let request = FileClaimRequest {
                file_claim: Some(requests::read_one(&file)?),
                options: Some(options),
            };
            output.show(claims.file_claim(request).await?.get_ref())
        }
        Act::DecideClaim { file } => {
            let request = DecideClaimRequest {
                decide_claim: Some(requests::read_one(&file)?),
                options: Some(options),
            };
            output.show(claims.decide_claim(request).await?.get_ref())
        }
        Act::WithdrawClaim { claim, reason } => {
            let request = WithdrawClaimRequest {
                withdraw_claim: Some(WithdrawClaim {
                    claim_number: claim,
                    reason,
                }),
                options: Some(options),
            };
            output.show(claims.withdraw_claim(request).await?.get_ref())
        }
        Act::ConfirmPayout(confirming) => {
            let request = confirming.request(options)?;
            output.show(claims.confirm_payout(request).await?.get_ref())
        }
        Act::CorrectClaim {
            claim,
            reason,
            reviewer,
        } => {
            let request = CorrectClaimRequest {
                correct_claim: Some(CorrectClaim {
                    claim_number: claim,
                    reason,
                    reviewer,
                }),
                options: Some(options),
            };
            output.show(claims.correct_claim(request).await?.get_ref())
        }
        Act::ReleaseOrphan {
            receipt,
            organisation,
            reason,
        } => {
            let request = ReleaseOrphanRequest {
                release_orphan: Some(ReleaseOrphan {
                    receipt: Some(receipt.into()),
                    organisation: organisation.to_string(),
                    reason,
                }),
                options: Some(options),
            };
            output.show(claims.release_orphan(request).await?.get_ref())
        }
    }
}
