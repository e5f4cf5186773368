//! Rights: for each action the roles, the key, and the effect of a suspension.
//!
//! One table has every action of the protocol; a test holds it against the `oneof` of
//! `TransactionBody`, so that an action cannot come without its line here.

mod checks;

use piaolian_contracts::organisations::{KeyPurpose, Role};

use crate::world::{
    DAY_MS, HOUR_MS, TODAY, World,
    people::{Member, signing_key},
    prelude::*,
};

/// One organisation of each role.
const ACTORS: [(&str, Role); 6] = [
    ("finance", Role::Finance),
    ("hospital", Role::Issuer),
    ("insurer", Role::MedicalInsurer),
    ("employer", Role::ReimbursingUnit),
    ("police", Role::CollectingAgency),
    ("bank", Role::AgentBank),
];

const FINANCE: &[Role] = &[Role::Finance];
const ISSUER: &[Role] = &[Role::Issuer];
const AGENCY: &[Role] = &[Role::CollectingAgency];
const DELIVERERS: &[Role] = &[Role::Issuer, Role::CollectingAgency];
const BANK: &[Role] = &[Role::AgentBank];
const INSURER: &[Role] = &[Role::MedicalInsurer];
const PAYERS: &[Role] = &[Role::MedicalInsurer, Role::ReimbursingUnit];
const KEEPERS: &[Role] = &[
    Role::Finance,
    Role::Issuer,
    Role::MedicalInsurer,
    Role::ReimbursingUnit,
];
const ALL: &[Role] = &[
    Role::Finance,
    Role::Issuer,
    Role::MedicalInsurer,
    Role::ReimbursingUnit,
    Role::CollectingAgency,
    Role::AgentBank,
];

/// The right to one action.
pub struct Right {
    pub action: &'static str,
    /// The roles that may.
    pub roles: &'static [Role],
    /// The rule that refuses everybody else.
    refusal: &'static str,
    /// The key that signs it.
    pub purpose: KeyPurpose,
    /// Whether a suspended organisation still may.
    while_suspended: bool,
    /// The action by an organisation, after what must come before it.
    pub request: fn(&mut World, &str) -> Box<dyn Request>,
}

const fn right(
    action: &'static str,
    roles: &'static [Role],
    purpose: KeyPurpose,
    request: fn(&mut World, &str) -> Box<dyn Request>,
) -> Right {
    Right {
        action,
        roles,
        refusal: "RoleMissing",
        purpose,
        while_suspended: false,
        request,
    }
}

/// The right of every organisation to change its own keys and endpoints, even while it is suspended.
const fn own(action: &'static str, request: fn(&mut World, &str) -> Box<dyn Request>) -> Right {
    Right {
        while_suspended: true,
        ..right(action, ALL, KeyPurpose::Admin, request)
    }
}

/// The right of governors: at first only finance.
const fn governors(
    action: &'static str,
    request: fn(&mut World, &str) -> Box<dyn Request>,
) -> Right {
    Right {
        refusal: "NotAGovernor",
        ..right(action, FINANCE, KeyPurpose::Admin, request)
    }
}

#[rustfmt::skip] // a table
#[allow(clippy::too_many_lines, reason = "a table")]
pub fn rights() -> Vec<Right> {
    use KeyPurpose::{Admin, Sign};
    vec![
        right("AdmitOrganisation", FINANCE, Admin, |world, actor| {
            world.know(Member::new("newcomer"));
            Box::new(admit_organisation("newcomer").by(actor))
        }),
        right("SuspendOrganisation", FINANCE, Admin, |_, actor| Box::new(suspend("clinic").by(actor))),
        right("ResumeOrganisation", FINANCE, Admin, |world, actor| {
            world.accept(suspend("clinic"));
            Box::new(resume("clinic").by(actor))
        }),

        governors("SetParameters", |_, actor| Box::new(set_parameters(|_| ()).by(actor))),
        governors("Propose", |_, actor| Box::new(propose(decision_of(suspend("clinic"))).by(actor))),
        governors("CastVote", |world, actor| {
            world.accept(propose(governors_are(&["finance", "finance2"], 2)));
            world.accept(propose(decision_of(suspend("clinic"))).by("finance2"));
            Box::new(vote(actor, 2, true))
        }),

        own("AddKey", |_, actor| Box::new(add_key(actor, KeyPurpose::Sign, &signing_key(actor, 90)))),
        own("RevokeKey", |_, actor| Box::new(revoke_key(actor, 4))),
        own("RotateValidatorKey", |world, actor| {
            let sitting = ["employer", "finance", "hospital", "insurer"].map(|name| (name, 0, 1));
            let newcomer = (!sitting.iter().any(|(name, ..)| *name == actor)).then_some((actor, 3, 1));
            let validators: Vec<_> = sitting.into_iter().chain(newcomer).collect();
            world.accept(propose(validators_from(world.ahead(3), &validators)));
            world.accept(add_key(actor, KeyPurpose::Validate, &signing_key(actor, 91)));
            let new_key = u32::try_from(world.organisation(actor).keys.len()).unwrap();
            Box::new(rotate(actor, 3, new_key, world.ahead(5)))
        }),
        own("UpdateEndpoints", |_, actor| Box::new(update_endpoints(actor, &[]))),

        right("GrantRange", FINANCE, Sign, |_, actor| Box::new(grant("hospital", 5_000, 5_001).by(actor))),
        right("RecallRange", FINANCE, Sign, |_, actor| Box::new(recall(1, 900).by(actor))),
        right("SealBlock", FINANCE, Sign, |world, actor| {
            let height = world.receipt("R1").issued_height;
            let root = world.issuance(height).unwrap().root;
            Box::new(seal(height, root, |_| ()).by(actor))
        }),

        right("IssueReceipts", ISSUER, Sign, |_, actor| Box::new(issue("R2").by(actor))),
        right("ReverseReceipt", ISSUER, Sign, |_, actor| Box::new(reverse("R1").by(actor))),
        right("ReissueReceipt", ISSUER, Sign, |_, actor| Box::new(reissue("R1", 60_00).by(actor))),

        // By the issuer, or by the agency on whose behalf it was issued.
        right("DeliverReceipts", DELIVERERS, Sign, |world, actor| {
            world.accept(mandate("hospital", "police"));
            receipted(world, 1, "fine");
            Box::new(deliver(&["fine"]).by(actor))
        }),
        right("ExchangeForPaper", ISSUER, Sign, |_, actor| Box::new(exchange("R1", "1").by(actor))),
        right("ReturnPaper", ISSUER, Sign, |world, actor| {
            world.accept(exchange("R1", "1"));
            Box::new(return_paper("R1", "1").by(actor))
        }),
        right("AuditUse", FINANCE, Sign, |_, actor| Box::new(audit(&["R1"]).by(actor))),
        right("ArchiveReceipts", KEEPERS, Sign, |world, actor| {
            if is_payer(actor) {
                world.accept(book("R1", actor, "V1", 1));
            }
            Box::new(archive(&["R1"], actor))
        }),
        right("NoteVerification", PAYERS, Sign, |_, actor| Box::new(note("R1", actor))),

        right("LockReceipt", PAYERS, Sign, |_, actor| Box::new(lock("R1", actor))),
        right("UnlockReceipt", PAYERS, Sign, |world, actor| {
            if is_payer(actor) {
                world.accept(lock("R1", actor));
            }
            Box::new(unlock("R1", actor))
        }),
        right("BookReceipt", PAYERS, Sign, |_, actor| Box::new(book("R1", actor, "V1", 1))),
        right("UnbookReceipt", PAYERS, Sign, |world, actor| {
            if is_payer(actor) {
                world.accept(book("R1", actor, "V1", 1));
            }
            Box::new(unbook("R1", actor, "V1"))
        }),
        right("SetMandate", ISSUER, Sign, |_, actor| Box::new(mandate(actor, "police"))),
        right("CreateNotices", AGENCY, Sign, |world, actor| {
            world.accept(mandate("hospital", "police"));
            Box::new(notice(1).by(actor))
        }),
        right("CancelNotice", AGENCY, Sign, |world, actor| {
            world.accept(mandate("hospital", "police")).accept(notice(1));
            Box::new(cancel(1).by(actor))
        }),
        right("ReportPayments", BANK, Sign, |world, actor| {
            world.accept(mandate("hospital", "police")).accept(notice(1));
            Box::new(report("B1", 1).by(actor))
        }),
        right("SubmitStatement", BANK, Sign, |_, actor| Box::new(state([line("B1", 1)]).by(actor))),
        right("CloseDay", FINANCE, Sign, |_, actor| Box::new(close(TODAY - 1).by(actor))),
        right("FileClaim", INSURER, Sign, |world, actor| {
            world.accept(authorise("R1", actor));
            if actor == "insurer" {
                world.accept(publish("BASIC"));
            }
            Box::new(file("C-1", &["R1"]).by(actor))
        }),
        right("DecideClaim", INSURER, Sign, |world, actor| {
            with_claim(world);
            Box::new(approve("C-1").by(actor))
        }),
        right("WithdrawClaim", INSURER, Sign, |world, actor| {
            with_claim(world);
            Box::new(withdraw("C-1").by(actor))
        }),
        // The money that it was ordered to move may have moved.
        Right { while_suspended: true, ..right("ConfirmPayout", BANK, Sign, |world, actor| {
            with_claim(world).accept(approve("C-1"));
            Box::new(paid_out("C-1").by(actor))
        })},
        right("ConfirmReturn", BANK, Sign, |world, actor| {
            world.accept(book("R1", "employer", "V1", 1));
            Box::new(came_back("R1", "employer", "V1", 0, 1).by(actor))
        }),
        right("SettlePayout", FINANCE, Sign, |world, actor| {
            with_claim(world).accept(approve("C-1")).accept(correct("C-1")).wait_ms(8 * DAY_MS);
            Box::new(settle("C-1", 1).by(actor))
        }),
        right("StrikeBooking", FINANCE, Sign, |world, actor| {
            with_leaving_payer(world, "mutual", 1).accept(book("R1", "mutual", "V1", 1));
            world.accept(issue("R2")).accept(release("R1", "mutual"));
            Box::new(strike("R1", "mutual", "V1", 0).by(actor))
        }),
        right("CorrectClaim", INSURER, Sign, |world, actor| {
            with_claim(world).accept(approve("C-1"));
            Box::new(correct("C-1").by(actor))
        }),
        right("ReleaseOrphan", FINANCE, Sign, |world, actor| {
            with_leaving_payer(world, "mutual", 1).accept(book("R1", "mutual", "V1", 1));
            world.accept(issue("R2"));
            Box::new(release("R1", "mutual").by(actor))
        }),
        right("RecomputeClaim", INSURER, Sign, |world, actor| {
            // Both receipts are above the deductible of nothing, so that the second comes to the same without the first.
            with_claim(world).accept(approve("C-1"));
            world.accept(issue("R2")).accept(authorise("R2", "insurer"));
            world.accept(file("C-2", &["R2"])).accept(approve("C-2"));
            world.accept(correct("C-1")).accept(recalled("C-1"));
            Box::new(recompute("C-2").by(actor))
        }),
        right("SetOpeningSums", INSURER, Sign, |_, who| Box::new(set_opening_sums("BASIC", 2026, [1_00, 0, 0]).by(who))),
        right("ConsentPolicy", FINANCE, Sign, |world, actor| {
            world.accept(set_parameters(|p| p.policy_lead_days = 3));
            world.accept(publish("BASIC"));
            Box::new(consent("BASIC", 1).by(actor))
        }),
        right("PublishPolicy", INSURER, Sign, |_, actor| Box::new(publish("BASIC").by(actor))),
        // By the issuer, or onward by whoever it authorised.
        right("GrantAccess", ALL, Sign, |world, actor| {
            world.accept(authorise("R1", actor).onward());
            Box::new(authorise("R1", "clinic").for_ms(HOUR_MS).by(actor))
        }),
        right("RevokeAccess", ALL, Sign, |world, actor| {
            world.accept(authorise("R1", actor).onward());
            world.accept(authorise("R1", "clinic").for_ms(HOUR_MS).by(actor));
            Box::new(revoke("R1", "clinic").by(actor))
        }),
        // A suspended member can still open the details that it could open before.
        Right {
            while_suspended: true,
            ..right("AnchorAccessLog", ALL, Sign, |_, actor| Box::new(anchor(actor, 1)))
        },

        right("AskExplanation", FINANCE, Sign, |world, actor| {
            raise_alert(world, "hospital");
            Box::new(ask_explanation(1).by(actor))
        }),
        Right {
            while_suspended: true,
            ..right("ExplainAlert", ALL, Sign, |world, actor| {
                raise_alert(world, actor);
                world.accept(ask_explanation(1));
                Box::new(explain_alert(1, actor))
            })
        },
        right("CloseAlert", FINANCE, Sign, |world, actor| {
            raise_alert(world, "hospital");
            Box::new(close_alert(1).by(actor))
        }),
    ]
}

/// The insurer has filed C-1 over R1, of which something is payable.
fn with_claim(world: &mut World) -> &mut World {
    let easy = publish("BASIC").on_terms(|terms| terms.deductible_fen = 0);
    world
        .accept(authorise("R1", "insurer"))
        .accept(easy)
        .accept(file("C-1", &["R1"]))
}

/// Alert 1: `about` tried what it has no role for.
fn raise_alert(world: &mut World, about: &str) {
    match about {
        "finance" => world.reject(issue("R2").by(about), "RoleMissing"),
        _ => world.reject(grant("hospital", 5_000, 5_001).by(about), "RoleMissing"),
    };
}

fn is_payer(actor: &str) -> bool {
    matches!(actor, "insurer" | "employer")
}

/// Every actor, a second finance bureau, another issuer and one receipt.
pub fn world() -> World {
    let mut world = World::new();
    world
        .admit("finance2", &[Role::Finance])
        .admit("clinic", &[Role::Issuer]);
    for (name, role) in [ACTORS[4], ACTORS[5]] {
        world.admit(name, &[role]);
    }
    world.accept(issue("R1"));
    world
}
