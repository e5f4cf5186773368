//! The police issues payment notices; each decision gets its payment code automatically.

use std::{fs, path::Path, time::Instant};

use piaolian_base::clock;
use piaolian_contracts::types::BeijingDate;
use piaolian_details::{
    Draft, Rules,
    generate::{self, Kind, Plan},
};
use piaolian_proto::v1::{
    CallOptions, CreateNoticesRequest, CreatedNotice, NewNotice, NoticeItem, ReceiptDetails,
};

use super::{Fine, REGION, mandate::receipt_code};
use crate::demo::{DemoError, Harness, Member, client::Client};

/// Number of fines in the scenario.
const FINES: usize = 2_000;
/// Notices per call.
const AT_ONCE: usize = 1_000;
/// Late fee per day, in parts per 10,000 (Administrative Penalty Law art. 72).
const LATE_FEE_RATE: u32 = 300;
/// Number of fines due long ago, at the end of the list.
pub(super) const LATE: usize = 1;

pub(super) async fn run(harness: &mut Harness) -> Result<Vec<Fine>, DemoError> {
    harness.report.chapter("Fines · 处罚决定");
    let police = harness.network.client(Member::Police)?;
    let receipts = harness
        .network
        .home(Member::Police)?
        .folder
        .join("receipts");
    let mut fines = generate(&receipts)?;

    harness.report.begin(format!(
        "The police creates {FINES} payment notices; names and violations stay on its node"
    ));
    let began = Instant::now();
    let created = create(&police, &fines).await?;
    let took = began.elapsed().as_secs_f64();
    let refused = created
        .iter()
        .filter(|notice| notice.refusal.is_some())
        .count();
    for (fine, notice) in fines.iter_mut().zip(&created) {
        notice.payment_code.clone_into(&mut fine.payment_code);
    }
    let linked = fines.iter().all(|fine| fine.payment_code.len() == 20);
    let example = format!(
        "decision {} has payment code {}",
        fines[0].decision_number, fines[0].payment_code
    );
    let counts = format!(
        "{} created, {refused} refused, in {took:.1} s",
        created.len() - refused
    );
    harness.report.check(
        "each has a payment code of 20 digits",
        [counts, example],
        refused == 0 && created.len() == FINES && linked,
    )?;

    harness
        .report
        .begin("The police sends the same notices again, as after a lost answer");
    let again = create(&police, &fines[..AT_ONCE]).await?;
    let same = again
        .iter()
        .zip(&fines)
        .all(|(notice, fine)| notice.payment_code == fine.payment_code);
    let happened = format!("{} answered with their payment codes", again.len());
    harness
        .report
        .check("nothing is made twice", [happened], same)?;
    Ok(fines)
}

async fn create(police: &Client, fines: &[Fine]) -> Result<Vec<CreatedNotice>, DemoError> {
    let mut created = Vec::with_capacity(fines.len());
    for (place, part) in fines.chunks(AT_ONCE).enumerate() {
        let first = place * AT_ONCE;
        let notices = part
            .iter()
            .zip(first..)
            .map(|(fine, place)| notice(fine, place));
        let request = CreateNoticesRequest {
            notices: notices.collect(),
            options: police.options().map(|options| CallOptions { ..options }),
        };
        let answer = police.payments().create_notices(request).await;
        let answer = answer.map_err(DemoError::no_answer("creating notices"))?;
        created.extend(answer.into_inner().notices);
    }
    Ok(created)
}

fn notice(fine: &Fine, place: usize) -> NewNotice {
    let today = BeijingDate::at(clock::now()).get();
    let is_late = place >= FINES - LATE;
    let item = NoticeItem {
        decision_number: fine.decision_number.clone(),
        region: REGION.to_owned(),
        amount_fen: fine.amount_fen,
        due_date: if is_late { last_year(today) } else { today },
        late_fee_rate: LATE_FEE_RATE,
        late_fee_cap_fen: 0,
        centre: Member::Centre.id().to_string(),
        receipt_code: receipt_code(),
        ..NoticeItem::default()
    };
    NewNotice {
        notice: Some(item),
        details: Some(fine.details.clone()),
    }
}

/// First day of the previous year.
const fn last_year(today: u32) -> u32 {
    (today / 10_000 - 1) * 10_000 + 101
}

/// Fines without a real payer, each with the details of its future receipt, which the police's
/// business system keeps as national XML in `folder`.
fn generate(folder: &Path) -> Result<Vec<Fine>, DemoError> {
    let unwritten = |error| DemoError::unavailable(folder.display().to_string(), &error);
    fs::create_dir_all(folder).map_err(unwritten)?;
    let police = Member::Police.presentation();
    let today = BeijingDate::at(clock::now()).get();
    let rules = Rules::of(police.organisation);
    let plan = Plan {
        issuer: police.organisation,
        issuer_name: police.name,
        area: REGION.to_owned(),
        issue_date: today,
        kinds: vec![Kind::TrafficFine],
        first_number: None,
        first_serial: 1,
    };
    let year = today / 10_000 % 100;
    let mut fines = Vec::with_capacity(FINES);
    for (mut generated, serial) in generate::receipts(plan, 1).take(FINES).zip(1..) {
        let decision_number = format!("{REGION}{year:02}{serial:07}");
        let main = &mut generated.document.main;
        main.set("BizCode", decision_number.clone());
        main.set("EInvoiceCode", receipt_code());
        let more = &mut generated.document.more;
        more.insert("DecisionNumber".into(), decision_number.clone());
        let file = folder.join(format!("{decision_number}.xml"));
        fs::write(file, generated.to_xml()).map_err(unwritten)?;
        let unavailable = |error| DemoError::unavailable("a generated fine", &error);
        let draft = Draft::of_document(&generated.document, &rules).map_err(unavailable)?;
        let details: ReceiptDetails = draft.message().clone();
        let total = details.main.as_ref().map(|main| main.total_fen);
        fines.push(Fine {
            decision_number,
            payment_code: String::new(),
            amount_fen: total.unwrap_or_default(),
            details,
        });
    }
    Ok(fines)
}
