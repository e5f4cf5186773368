//! Serving holders: their receipts collected, authorised, and where their claims stand.

mod authorising;
mod keys;

use std::{fs, time::Duration};

use piaolian_proto::v1::{
    AuthoriseGranteeRequest, CollectReceiptsRequest, CollectReceiptsResponse, GetStatusRequest,
    Holder, ReceiptId, holder_service_client::HolderServiceClient,
    ledger_service_client::LedgerServiceClient,
};
use tonic::{Code, Status};

use self::authorising::authorising;
use crate::{
    details::{MEDICAL, details_of, issue, prepared},
    encrypted_receipts,
    world::{Connection, PATIENCE, Shape, World, operator, refusal},
};

const WANG: (&str, &str) = ("35010219800101123X", "王小明");
const LI: (&str, &str) = ("350102199002020045", "李思");

fn serving() -> Shape {
    Shape {
        serves_holders: true,
        ..Shape::default()
    }
}

fn client(world: &World) -> HolderServiceClient<Connection> {
    HolderServiceClient::new(world.clerk())
}

fn holder((identity_number, name): (&str, &str)) -> Holder {
    Holder {
        identity_number: identity_number.to_owned(),
        name: name.to_owned(),
    }
}

fn of(person: (&str, &str)) -> CollectReceiptsRequest {
    CollectReceiptsRequest {
        holder: Some(holder(person)),
        operator: "window-3".to_owned(),
        with_claims: true,
        page_size: 0,
        page_token: String::new(),
    }
}

async fn collect(
    world: &World,
    request: CollectReceiptsRequest,
) -> Result<CollectReceiptsResponse, Status> {
    let collected = client(world).collect_receipts(request).await?;
    Ok(collected.into_inner())
}

/// Waits until the index has what is on the ledger now.
async fn until_indexed(world: &World) {
    let mut ledger = LedgerServiceClient::new(world.reader());
    let status = ledger.get_status(GetStatusRequest {}).await.unwrap();
    let height = status.into_inner().height;
    let indexed = async {
        for nobody in 0.. {
            // Each is a wrong attempt, but each at another number.
            let request = of((&format!("{height}/{nobody}"), "nobody"));
            if collect(world, request).await.unwrap().indexed_height >= height {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, indexed).await.unwrap();
}

/// Receipts of Wang, Li and Wang again.
async fn three_receipts(world: &World) -> [ReceiptId; 3] {
    world.grant_of(MEDICAL, 1, 100).await;
    let mut receipts = Vec::new();
    for (serial, (number, name)) in [(1, WANG), (2, LI), (3, WANG)] {
        let issued = issue(world, vec![details_of(serial, number, name)]).await;
        receipts.push(issued[0].receipt.clone().unwrap());
    }
    until_indexed(world).await;
    receipts.try_into().unwrap()
}

fn numbers(collected: &CollectReceiptsResponse) -> Vec<ReceiptId> {
    let receipts = collected.receipts.iter();
    let receipts = receipts.map(|it| it.receipt.clone().unwrap().record.unwrap());
    receipts.map(|record| record.receipt.unwrap()).collect()
}

fn logged(world: &World, word: &str) -> usize {
    let log = fs::read_to_string(world.path("access.log")).unwrap();
    let entry = format!("\"for_holder\":\"{word}\"");
    log.lines().filter(|line| line.contains(&entry)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_finds_the_own_receipts_and_nobody_elses() {
    let world = World::shaped(serving()).await;
    let [first, of_li, second] = three_receipts(&world).await;
    let collected = collect(&world, of(WANG)).await.unwrap();
    assert_eq!(numbers(&collected), [second.clone(), first.clone()]);
    assert_eq!((collected.unreadable, collected.more), (0, false));
    assert_eq!(logged(&world, "collecting"), 2);
    let of_lower_case = collect(&world, of(("35010219800101123x", WANG.1))).await;
    assert_eq!(numbers(&of_lower_case.unwrap()).len(), 2);
    assert_eq!(numbers(&collect(&world, of(LI)).await.unwrap()), [of_li]);
    assert_eq!(logged(&world, "collecting"), 5);

    // Page by page.
    let request = CollectReceiptsRequest {
        page_size: 1,
        ..of(WANG)
    };
    let page = collect(&world, request.clone()).await.unwrap();
    assert_eq!(numbers(&page), [second]);
    let next = CollectReceiptsRequest {
        page_token: page.next_page_token,
        ..request
    };
    let page = collect(&world, next).await.unwrap();
    assert_eq!(numbers(&page), [first]);
    assert_eq!(page.next_page_token, "");

    // A number without the name reveals nothing, and soon no more attempts are allowed.
    let before = logged(&world, "collecting");
    for _ in 0..10 {
        let request = CollectReceiptsRequest {
            page_size: 1,
            ..of((WANG.0, "王大明"))
        };
        let guessed = collect(&world, request).await.unwrap();
        assert_eq!((guessed.receipts.len(), guessed.unreadable), (0, 0));
        assert_eq!(
            (guessed.next_page_token.as_str(), guessed.more),
            ("", false)
        );
    }
    for person in [WANG, (WANG.0, "王大明")] {
        let (code, detail) = refusal(collect(&world, of(person)).await);
        assert_eq!((code, detail.code), (Code::ResourceExhausted, 9532));
    }
    assert_eq!(logged(&world, "collecting"), before);
    assert_eq!(numbers(&collect(&world, of(LI)).await.unwrap()).len(), 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_questions_about_a_holder_name_their_field() {
    let world = World::shaped(serving()).await;
    let cases: [(&str, fn(&mut CollectReceiptsRequest)); 8] = [
        ("holder", |request| request.holder = None),
        ("holder.identity_number", |request| {
            request.holder = Some(holder(("", "王小明")));
        }),
        ("holder.name", |request| {
            request.holder = Some(holder((WANG.0, "王\u{0}")));
        }),
        ("operator", |request| request.operator.clear()),
        ("operator", |request| {
            request.operator = "王 小明".to_owned()
        }),
        ("page_size", |request| request.page_size = 21),
        ("page_size", |request| {
            request.page_size = 101;
            request.with_claims = false;
        }),
        ("page_token", |request| request.page_token = "00".to_owned()),
    ];
    for (field, alter) in cases {
        let mut request = of(WANG);
        alter(&mut request);
        let (code, detail) = refusal(collect(&world, request).await);
        assert_eq!((code, detail.code), (Code::InvalidArgument, 9501));
        assert_eq!(detail.field, field);
    }
    let receipt = Some(ReceiptId {
        code: MEDICAL.to_owned(),
        number: 1,
    });
    let cases: [(&str, &dyn Fn(&mut AuthoriseGranteeRequest)); 5] = [
        ("receipts", &|request| request.receipts.clear()),
        ("receipts", &|request| {
            request.receipts = vec![receipt.clone().unwrap(); 101];
        }),
        ("receipts[1]", &|request| {
            request.receipts = vec![receipt.clone().unwrap(); 2];
        }),
        ("options", &|request| request.options = None),
        ("options.operator", &|request| {
            request.options = operator("");
        }),
    ];
    for (field, alter) in cases {
        let mut request = authorising(WANG, [receipt.clone().unwrap()]);
        alter(&mut request);
        let asked = client(&world).authorise_grantee(request).await;
        let (code, detail) = refusal(asked);
        assert_eq!((code, detail.code), (Code::InvalidArgument, 9501));
        assert_eq!(detail.field, field);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_serves_no_holders_says_so() {
    let world = World::start().await;
    let (code, detail) = refusal(collect(&world, of(WANG)).await);
    assert_eq!((code, detail.code), (Code::Unimplemented, 9559));
    let receipt = ReceiptId {
        code: MEDICAL.to_owned(),
        number: 1,
    };
    let request = authorising(WANG, [receipt]);
    let asked = client(&world).authorise_grantee(request).await;
    let (code, detail) = refusal(asked);
    assert_eq!((code, detail.code), (Code::Unimplemented, 9559));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_are_collected_where_their_details_are_opened_though_not_kept() {
    let world = World::shaped(Shape {
        keeps_details: false,
        ..serving()
    })
    .await;
    world.grant_of(MEDICAL, 1, 100).await;
    let payer = prepared(1).details.message().payer_party.clone().unwrap();
    let person = (payer.code.as_str(), payer.name.as_str());
    let receipt = encrypted_receipts::issue_encrypted_for_own(&world, 1).await;
    until_indexed(&world).await;
    let collected = collect(&world, of(person)).await.unwrap();
    assert_eq!(numbers(&collected), [receipt]);

    // A receipt that copies its commitment belongs to nobody.
    let [first, _copy] = encrypted_receipts::issue_with_a_copy(&world, 3).await;
    let payer = prepared(3).details.message().payer_party.clone().unwrap();
    until_indexed(&world).await;
    let collected = collect(&world, of((&payer.code, &payer.name)))
        .await
        .unwrap();
    assert_eq!(numbers(&collected), [first]);
    assert_eq!(collected.unreadable, 0);

    // The attachment arrives later, and the receipt is found once it is here.
    let (receipt, attached) = encrypted_receipts::issue_without_attachment(&world, 2).await;
    let payer = prepared(2).details.message().payer_party.clone().unwrap();
    let person = (payer.code.as_str(), payer.name.as_str());
    until_indexed(&world).await;
    assert_eq!(numbers(&collect(&world, of(person)).await.unwrap()), []);
    let (hash, attached) = attached;
    world.attachments().keep_own(hash, attached).unwrap();
    let found = until_collected(&world, person, 1).await;
    assert_eq!(found, [receipt]);
    world.stop().await;
}

/// Asks until so many are found; nine times, since the tenth wrong question is the last.
async fn until_collected(world: &World, person: (&str, &str), count: usize) -> Vec<ReceiptId> {
    let mut found = Vec::new();
    for _ in 0..9 {
        found = numbers(&collect(world, of(person)).await.unwrap());
        if found.len() == count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    found
}
