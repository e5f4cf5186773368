//! What supervision looks for in each action.
//!
//! ```text
//!   verdict ─► whose rights? ─► receipts that came into being ─► the action's own ─► alerts
//! ```
//!
//! Every action stands here with what it is watched for; a new one does not compile until
//! it does.

use crate::{
    action::{ActionContext, Effects},
    alerts::{Presented, Watcher},
    rejection::Rejection,
    state::Fault,
    transaction::{Action, Transaction},
};

/// What a transaction was judged to be: done, or rejected as a whole.
type Judgement = Result<Effects, Rejection>;

/// Looks at a transaction after its verdict and writes the alerts that it gives rise to.
pub(super) fn observe(
    watcher: &mut Watcher,
    ctx: &mut ActionContext<'_, '_>,
    transaction: &Transaction,
    verdict: &Judgement,
) -> Result<(), Fault> {
    let action = transaction.action();
    if let Err(rejection) = verdict {
        watcher.rejected(ctx, action.name(), rejection);
    }
    if verdict.is_ok() {
        watcher.created(ctx)?;
    }
    match action {
        Action::IssueReceipts(_) => refused_numbers(watcher, ctx, verdict)?,
        Action::ReverseReceipt(reverse) => {
            foreign(watcher, ctx, action, verdict)?;
            if let Err(rejection) = verdict {
                watcher.not_issued(ctx, reverse.named_id(), rejection)?;
            }
        }
        Action::LockReceipt(lock) => match verdict {
            Ok(_) => watcher.claimed(ctx, lock.receipt())?,
            Err(rejection) => watcher.not_claimed(ctx, &Presented::from(lock), rejection)?,
        },
        Action::BookReceipt(book) => match verdict {
            Ok(_) => watcher.claimed(ctx, book.receipt())?,
            Err(rejection) => watcher.not_claimed(ctx, &Presented::from(book), rejection)?,
        },
        Action::NoteVerification(note) => {
            if let Err(rejection) = verdict {
                watcher.not_claimed(ctx, &Presented::from(note), rejection)?;
            }
        }
        Action::DeliverReceipts(_) | Action::ExchangeForPaper(_) | Action::ReturnPaper(_) => {
            foreign(watcher, ctx, action, verdict)?;
        }
        Action::CloseDay(close) => {
            if verdict.is_ok() {
                watcher.closed_day(ctx, close)?;
            }
        }
        Action::FileClaim(claim) => match verdict {
            Ok(_) => watcher.filed(ctx, claim)?,
            Err(rejection) => watcher.not_filed(ctx, claim, rejection)?,
        },
        Action::DecideClaim(decision) => {
            if let Err(rejection) = verdict {
                watcher.not_decided(ctx, decision, rejection)?;
            }
        }
        Action::ReleaseOrphan(release) => {
            if verdict.is_ok() {
                watcher.released(ctx, release);
            }
        }
        Action::ConfirmPayout(confirmation) => {
            if let Err(rejection) = verdict {
                watcher.not_confirmed(ctx, confirmation, rejection)?;
            }
        }
        // Watched for rights, and for the receipts that payments bring into being.
        Action::AdmitOrganisation(_)
        | Action::SuspendOrganisation(_)
        | Action::ResumeOrganisation(_)
        | Action::AddKey(_)
        | Action::RevokeKey(_)
        | Action::UpdateEndpoints(_)
        | Action::RotateValidatorKey(_)
        | Action::GrantRange(_)
        | Action::RecallRange(_)
        | Action::SealBlock(_)
        | Action::AuditUse(_)
        | Action::ArchiveReceipts(_)
        | Action::UnlockReceipt(_)
        | Action::UnbookReceipt(_)
        | Action::GrantAccess(_)
        | Action::RevokeAccess(_)
        | Action::AnchorAccessLog(_)
        | Action::PublishPolicy(_)
        | Action::WithdrawClaim(_)
        | Action::CorrectClaim(_)
        | Action::SetParameters(_)
        | Action::Propose(_)
        | Action::CastVote(_)
        | Action::SetMandate(_)
        | Action::CreateNotices(_)
        | Action::CancelNotice(_)
        | Action::ReportPayments(_)
        | Action::SubmitStatement(_)
        | Action::AskExplanation(_)
        | Action::ExplainAlert(_)
        | Action::CloseAlert(_) => {}
    }
    watcher.raise(ctx, transaction.id())
}

/// Numbers that a batch named in vain.
fn refused_numbers(
    watcher: &mut Watcher,
    ctx: &mut ActionContext<'_, '_>,
    verdict: &Judgement,
) -> Result<(), Fault> {
    let Ok(effects) = verdict else {
        return Ok(());
    };
    for item in &effects.items {
        if let Some(rejection) = &item.rejection {
            watcher.not_issued(ctx, item.receipt, rejection)?;
        }
    }
    Ok(())
}

/// An issuer's act on receipts that should be its own.
fn foreign(
    watcher: &mut Watcher,
    ctx: &mut ActionContext<'_, '_>,
    action: &Action,
    verdict: &Judgement,
) -> Result<(), Fault> {
    match verdict {
        Ok(effects) => {
            for item in &effects.items {
                if let Some((receipt, rejection)) = item.receipt.zip(item.rejection.as_ref()) {
                    watcher.rejected_on(ctx, action.name(), receipt, rejection)?;
                }
            }
        }
        Err(rejection) => {
            for receipt in action.handler().concerns().into_iter().flatten() {
                watcher.rejected_on(ctx, action.name(), receipt, rejection)?;
            }
        }
    }
    Ok(())
}
