//! The closed list of actions.

use piaolian_proto::v1::transaction_body as proto;

use crate::{
    action::Handler,
    alerts::{AskExplanation, CloseAlert, ExplainAlert},
    claims::{
        BookReceipt, ConfirmPayout, CorrectClaim, DecideClaim, FileClaim, LockReceipt,
        ReleaseOrphan, UnbookReceipt, UnlockReceipt, WithdrawClaim,
    },
    disclosure::{AnchorAccessLog, GrantAccess, RevokeAccess},
    governance::{CastVote, Propose, SetParameters},
    malformed::Malformed,
    membership::{
        AddKey, AdmitOrganisation, ResumeOrganisation, RevokeKey, RotateValidatorKey,
        SuspendOrganisation, UpdateEndpoints,
    },
    number_ranges::{GrantRange, RecallRange},
    payments::{
        CancelNotice, CloseDay, CreateNotices, ReportPayments, SetMandate, SubmitStatement,
    },
    policies::PublishPolicy,
    receipts::{
        ArchiveReceipts, AuditUse, DeliverReceipts, ExchangeForPaper, IssueReceipts,
        NoteVerification, ReturnPaper, ReverseReceipt, SealBlock,
    },
};

/// Declares every action once: its field in the message and its type, whose
/// handler executes it. The match over the message's `oneof` is exhaustive, so a
/// new message does not compile until it stands here.
macro_rules! actions {
    ($( $action:ident: $field:literal )*) => {
        /// The action that a transaction asks for.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Action {
            $(
                #[doc = concat!("`", stringify!($action), "`")]
                $action($action),
            )*
        }

        impl Action {
            /// The name of the message.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $( Self::$action(_) => stringify!($action), )*
                }
            }

            /// The action's handler.
            pub(crate) fn handler(&self) -> &dyn Handler {
                match self {
                    $( Self::$action(action) => action, )*
                }
            }
        }

        impl TryFrom<proto::Action> for Action {
            type Error = Malformed;

            fn try_from(action: proto::Action) -> Result<Self, Malformed> {
                match action {
                    $(
                        proto::Action::$action(message) => $action::try_from(message)
                            .map(Self::$action)
                            .map_err(|error| error.within($field)),
                    )*
                }
            }
        }
    };
}

actions! {
    AdmitOrganisation: "admit_organisation"
    SuspendOrganisation: "suspend_organisation"
    ResumeOrganisation: "resume_organisation"
    AddKey: "add_key"
    RevokeKey: "revoke_key"
    UpdateEndpoints: "update_endpoints"
    RotateValidatorKey: "rotate_validator_key"

    GrantRange: "grant_range"
    RecallRange: "recall_range"

    IssueReceipts: "issue_receipts"
    ReverseReceipt: "reverse_receipt"
    SealBlock: "seal_block"
    DeliverReceipts: "deliver_receipts"
    ExchangeForPaper: "exchange_for_paper"
    ReturnPaper: "return_paper"
    AuditUse: "audit_use"
    ArchiveReceipts: "archive_receipts"
    NoteVerification: "note_verification"

    LockReceipt: "lock_receipt"
    UnlockReceipt: "unlock_receipt"
    BookReceipt: "book_receipt"
    UnbookReceipt: "unbook_receipt"
    FileClaim: "file_claim"
    DecideClaim: "decide_claim"
    WithdrawClaim: "withdraw_claim"
    ConfirmPayout: "confirm_payout"
    CorrectClaim: "correct_claim"
    ReleaseOrphan: "release_orphan"

    SetParameters: "set_parameters"
    Propose: "propose"
    CastVote: "cast_vote"

    SetMandate: "set_mandate"
    CreateNotices: "create_notices"
    CancelNotice: "cancel_notice"
    ReportPayments: "report_payments"
    SubmitStatement: "submit_statement"
    CloseDay: "close_day"

    GrantAccess: "grant_access"
    RevokeAccess: "revoke_access"
    AnchorAccessLog: "anchor_access_log"

    PublishPolicy: "publish_policy"
    AskExplanation: "ask_explanation"
    ExplainAlert: "explain_alert"
    CloseAlert: "close_alert"
}
