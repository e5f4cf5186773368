//! Receipts that are reversed.

use std::{fs, path::Path};

use piaolian_contracts::chain::Hash;
use piaolian_details::Details;
use piaolian_proto::v1::{
    NewReversal, ReceiptId, ReceiptStatus, ReverseReceipt, ReverseReceiptRequest,
    ReverseReceiptResponse, VerifyReceiptRequest, VerifyResult, get_receipt_request::By,
    new_receipt::Form, reverse_receipt_request::Form as Reversing,
};
use tonic::{Code, Status};

use crate::{
    details::{MEDICAL, client, details, issue, kept, shown},
    world::{CODE, World, id, item, operator, refusal},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_reversed_by_its_node_or_as_prepared_elsewhere() {
    let world = World::start().await;
    world.grant().await;
    world.grant_of(MEDICAL, 1, 100).await;
    let issued = issue(&world, vec![details(1)]).await.remove(0);
    a_reversal_mirrors_the_details_of_its_original(&world, issued.receipt.unwrap()).await;
    let elsewhere = issue(&world, vec![item("B-1")]).await.remove(0);
    a_reversal_prepared_elsewhere_is_sent_as_it_is(&world, elsewhere.receipt.unwrap()).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_lost_its_own_store_reverses_from_what_is_encrypted_for_it() {
    let world = World::start().await;
    world.grant_of(MEDICAL, 1, 100).await;
    let issued = issue(&world, vec![details(1), details(2), details(3)]).await;
    let [first, second, third] = issued
        .into_iter()
        .map(|issued| issued.receipt.unwrap())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    // What peers still have: of the third, nothing.
    let mut elsewhere = Vec::new();
    for receipt in [&first, &second] {
        let view = shown(&world, By::Receipt(receipt.clone())).await.unwrap();
        let hash = view.record.unwrap().attachment_hash;
        let hash: Hash = hash.as_ref().try_into().unwrap();
        elsewhere.push((hash, world.attachments().get(&hash).unwrap().unwrap()));
    }
    let lose = |folder: &Path| fs::remove_dir_all(folder.join("details")).unwrap();
    let world = world.restart_after(lose).await;
    for (hash, attached) in elsewhere {
        world.attachments().keep_own(hash, attached).unwrap();
    }

    a_reversal_mirrors_the_details_of_its_original(&world, first).await;

    // Nobody is shown the original.
    let logged = fs::read(world.path("access.log")).unwrap();
    let asked = |original, business_number: &str| NewReversal {
        original: Some(original),
        business_number: business_number.to_owned(),
        reason: "wrong department".to_owned(),
        ..Default::default()
    };
    reverse(&world, Reversing::Reversal(asked(second, "R-3")))
        .await
        .unwrap();
    assert_eq!(fs::read(world.path("access.log")).unwrap(), logged);

    let lost = reverse(&world, Reversing::Reversal(asked(third, "R-4"))).await;
    let (status, detail) = refusal(lost);
    assert_eq!((status, detail.code), (Code::NotFound, 9555));
    world.stop().await;
}

async fn reverse(world: &World, form: Reversing) -> Result<ReverseReceiptResponse, Status> {
    let request = ReverseReceiptRequest {
        form: Some(form),
        options: operator("clerk-1"),
    };
    Ok(client(world).reverse_receipt(request).await?.into_inner())
}

async fn a_reversal_mirrors_the_details_of_its_original(world: &World, original: ReceiptId) {
    let asked = NewReversal {
        original: Some(original.clone()),
        business_number: "R-1".to_owned(),
        reason: "wrong department".to_owned(),
        ..Default::default()
    };
    let made = reverse(world, Reversing::Reversal(asked.clone()))
        .await
        .unwrap();
    let reversal = made.reversal.unwrap();
    assert_eq!(
        (reversal.code.as_str(), made.check_code.len()),
        (MEDICAL, 6)
    );
    let before = shown(world, By::Receipt(original.clone())).await.unwrap();
    assert_eq!(before.status(), ReceiptStatus::Reversed);
    assert!(
        before
            .claimable
            .iter()
            .all(|claimable| claimable.amount_fen == 0)
    );
    let total = before.record.unwrap().total_fen;
    let view = shown(world, By::Receipt(reversal.clone())).await.unwrap();
    assert_eq!(view.status(), ReceiptStatus::Reversal);
    let record = view.record.unwrap();
    assert_eq!(
        (record.total_fen, record.reverses.as_ref()),
        (-total, Some(&original))
    );

    let kept = kept(world, reversal.clone()).await.unwrap();
    let details = Details::decode(kept.details).unwrap();
    assert_eq!(
        details.commitment().as_bytes().as_slice(),
        record.details_commitment
    );
    let message = details.message();
    let items: i64 = message.items.iter().map(|item| item.amount_fen).sum();
    assert_eq!(items, -total);
    let related = message.extension.as_ref().unwrap().related.as_ref();
    assert_eq!(related, Some(&original));
    verified_as_reversed(world, &original, &reversal).await;

    // Nothing is reversed twice, and no reversal is reversed.
    let (status, detail) = refusal(reverse(world, Reversing::Reversal(asked)).await);
    assert_eq!((status, detail.code), (Code::FailedPrecondition, 1407));
    let again = NewReversal {
        original: Some(reversal),
        business_number: "R-2".to_owned(),
        reason: "changed my mind".to_owned(),
        ..Default::default()
    };
    let (status, detail) = refusal(reverse(world, Reversing::Reversal(again)).await);
    assert_eq!((status, detail.code), (Code::FailedPrecondition, 9308));
}

/// The holder of the original learns by verifying it which receipt reversed it.
async fn verified_as_reversed(world: &World, original: &ReceiptId, reversal: &ReceiptId) {
    let details = Details::decode(kept(world, original.clone()).await.unwrap().details).unwrap();
    let request = VerifyReceiptRequest {
        receipt: Some(original.clone()),
        check_code: details.check_code().to_owned(),
        ..Default::default()
    };
    let answer = client(world).verify_receipt(request).await.unwrap();
    let check = answer.into_inner().check.unwrap();
    assert_eq!(check.result(), VerifyResult::Matched);
    assert!(check.is_reversed);
    assert_eq!(check.reversal_invoice_code, reversal.code);
    assert_eq!(
        check.reversal_invoice_number,
        format!("{:010}", reversal.number)
    );
}

async fn a_reversal_prepared_elsewhere_is_sent_as_it_is(world: &World, original: ReceiptId) {
    let Some(Form::Item(form)) = item("R-3").form else {
        panic!("an item")
    };
    let prepared = ReverseReceipt {
        original: Some(original.clone()),
        receipt_code: CODE.to_owned(),
        receipt_number: Some(77),
        check_code_salt: form.check_code_salt,
        check_code_hash: form.check_code_hash,
        issue_date: form.issue_date,
        issue_time: form.issue_time,
        business_number: form.business_number,
        details_commitment: form.details_commitment,
        reason: "wrong payer".to_owned(),
        attachment_hash: form.attachment_hash,
    };
    let malformed = ReverseReceipt {
        receipt_code: "11060926".to_owned(),
        ..prepared.clone()
    };
    let (status, detail) = refusal(reverse(world, Reversing::Prepared(malformed)).await);
    assert_eq!((status, detail.code), (Code::FailedPrecondition, 9222));
    assert_eq!(detail.field, "prepared.receipt_code");
    // Nobody has the details from which a reversal is made.
    let asked = NewReversal {
        original: Some(original.clone()),
        business_number: "R-3".to_owned(),
        reason: "wrong payer".to_owned(),
        ..Default::default()
    };
    let (status, detail) = refusal(reverse(world, Reversing::Reversal(asked)).await);
    assert_eq!((status, detail.code), (Code::NotFound, 9554));

    let made = reverse(world, Reversing::Prepared(prepared)).await.unwrap();
    assert_eq!(
        (made.reversal, made.check_code.as_str()),
        (Some(id(77)), "")
    );
    let view = shown(world, By::Receipt(id(77))).await.unwrap();
    assert_eq!(view.status(), ReceiptStatus::Reversal);
    let record = view.record.unwrap();
    assert_eq!(
        (record.total_fen, record.reverses),
        (-10_000, Some(original))
    );
}
