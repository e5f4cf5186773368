//! Exchanged for paper and back.

use piaolian_contracts::{organisations::Role, receipts::Status};
use piaolian_proto::v1 as proto;

use super::{forge, with_receipt, with_receipts};
use crate::world::{
    receipts::{archive, exchange, return_paper},
    requests::{book, grant, issue, lock, reverse},
};

#[test]
fn a_receipt_on_paper_is_marked_and_only_its_paper_counts() {
    let mut world = with_receipt();
    world.accept(exchange("R1", "0017"));
    assert_eq!(world.status("R1"), Status::OnPaper);
    let paper = world.receipt("R1").papers.remove(0);
    assert_eq!(
        (
            paper.code.as_str(),
            paper.number.as_str(),
            paper.height,
            paper.returned
        ),
        ("35010126", "0017", world.height, None)
    );
    let out = ["R1", "35010126", "0017", "3"];
    world.reject(lock("R1", "insurer"), "OnPaper").naming(out);
    world
        .reject(book("R1", "insurer", "V1", 1), "OnPaper")
        .naming(out);
    world.reject(reverse("R1"), "OnPaper").naming(out);
    world.reject(exchange("R1", "0018"), "OnPaper").naming(out);
    world
        .reject(archive(&["R1"], "hospital"), "OnPaper")
        .naming(out);
}

#[test]
fn the_very_paper_must_come_back() {
    let mut world = with_receipt();
    world
        .reject(return_paper("R1", "0017"), "NotOnPaper")
        .naming(["R1"]);
    world.accept(exchange("R1", "0017"));
    world
        .reject(return_paper("R1", "0018"), "AnotherPaper")
        .naming(["R1", "35010126", "0018", "0017", "4"]);
    let other_code = |message: &mut proto::ReturnPaper| message.paper_code = "35010125".to_owned();
    world
        .reject(return_paper("R1", "0017").with(other_code), "AnotherPaper")
        .naming(["35010125"]);
    world.accept(return_paper("R1", "0017"));
    let returned = world.receipt("R1").papers.remove(0).returned.unwrap();
    assert_eq!(returned.reason.as_str(), "the employer takes e-receipts");
    assert_eq!((returned.height, returned.time), (world.height, world.time));
    assert_eq!(world.status("R1"), Status::Issued);
    world.reject(return_paper("R1", "0017"), "NotOnPaper");
    world.accept(book("R1", "insurer", "V1", 60_00));
}

#[test]
fn a_paper_form_is_used_once_on_the_whole_chain() {
    let mut world = with_receipts(&["R1", "R2"]);
    world
        .admit("clinic", &[Role::Issuer])
        .accept(grant("clinic", 2_000, 2_001));
    world.accept(issue("other").by("clinic"));
    world.accept(exchange("R1", "0017"));
    world
        .reject(exchange("R2", "0017"), "PaperUsed")
        .naming(["35010126", "0017", "R1"]);
    world.accept(return_paper("R1", "0017"));
    // A used form stays used, even for its own receipt.
    for (receipt, issuer) in [("R1", "hospital"), ("R2", "hospital"), ("other", "clinic")] {
        world
            .reject(exchange(receipt, "0017").by(issuer), "PaperUsed")
            .naming(["R1"]);
    }
    // Code and number identify a form together: moving a digit from one to the other gives another form.
    let shifted = |message: &mut proto::ExchangeForPaper| {
        (message.paper_code, message.paper_number) = ("350101260".to_owned(), "017".to_owned());
    };
    world.accept(exchange("R2", "0017").with(shifted));
}

#[test]
fn a_receipt_is_exchanged_for_paper_at_most_eight_times() {
    let mut world = with_receipt();
    for number in 0..8 {
        let number = number.to_string();
        world
            .accept(exchange("R1", &number))
            .accept(return_paper("R1", &number));
    }
    world
        .reject(exchange("R1", "8"), "TooManyPapers")
        .naming(["R1", "8"]);
}

#[test]
fn only_the_issuer_handles_paper() {
    let mut world = with_receipt();
    world.admit("clinic", &[Role::Issuer]);
    forge(&mut world);
    world
        .reject(exchange("R1", "1").by("clinic"), "NotTheIssuer")
        .naming(["R1", "hospital"]);
    world
        .reject(exchange("forged", "1"), "UnknownReceipt")
        .naming(["forged"]);
    world.accept(exchange("R1", "1"));
    world.reject(return_paper("R1", "1").by("clinic"), "NotTheIssuer");
    world.reject(return_paper("forged", "1"), "UnknownReceipt");
}
