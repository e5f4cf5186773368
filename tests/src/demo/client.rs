//! A client of an organisation's node, with the calls that the scenarios make.

use std::ops::Deref;

use bytes::Bytes;
use piaolian_client::{CallError, Token};
use piaolian_proto::v1::{
    self, BookReceipt, CallOptions, ErrorDetail, GetReceiptRequest, GetStatusRequest,
    GetTransactionRequest, LockReceipt, NewReversal, Place, ReceiptId, ReceiptView, UnbookReceipt,
    get_receipt_request::By, reverse_receipt_request::Form,
};
use tonic::{Response, Status};

use super::{DemoError, Member};

/// Lease of a lock, ms.
const LEASE_MS: u64 = 3_600_000;

/// Role of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TokenRole {
    /// Queries.
    Read,
    /// Business actions.
    Submit,
    /// Administrators' actions.
    Admin,
}

impl TokenRole {
    pub(crate) const ALL: [Self; 3] = [Self::Read, Self::Submit, Self::Admin];

    /// Returns the name of its token's file.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Submit => "submit",
            Self::Admin => "admin",
        }
    }
}

/// A receipt as presented by its holder.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Presented {
    pub(crate) receipt: ReceiptId,
    pub(crate) total_fen: i64,
}

/// A client of an organisation's node. It connects on first use.
#[derive(Clone)]
pub(crate) struct Client {
    client: piaolian_client::Client,
    member: Member,
}

/// The client of the node's services: `client.receipts()`.
impl Deref for Client {
    type Target = piaolian_client::Client;

    fn deref(&self) -> &Self::Target {
        &self.client
    }
}

impl Client {
    pub(crate) fn new(rpc_port: u16, token: &str, member: Member) -> Result<Self, DemoError> {
        let token =
            Token::parse(token).map_err(|error| DemoError::unavailable("a client", &error))?;
        let address = format!("http://127.0.0.1:{rpc_port}");
        let client = piaolian_client::Client::connect_lazy(&address, Some(token))
            .map_err(|error| DemoError::unavailable("a client", &error))?;
        Ok(Self { client, member })
    }

    /// 复核: returns the organisation's reviewer.
    pub(crate) const fn reviewer(&self) -> &'static str {
        self.member.reviewer()
    }

    /// Returns the options of a call by the organisation's operator.
    pub(crate) fn options(&self) -> Option<CallOptions> {
        Some(CallOptions {
            operator: self.member.operator().to_owned(),
            ..CallOptions::default()
        })
    }

    pub(crate) async fn status(&self) -> Result<v1::GetStatusResponse, Status> {
        let answer = self.ledger().get_status(GetStatusRequest {}).await;
        answer.map(Response::into_inner)
    }

    /// Locks a receipt for a claim.
    pub(crate) async fn lock(
        &self,
        presented: &Presented,
        claim_number: &str,
    ) -> Result<v1::LockReceiptResponse, Status> {
        let lock = LockReceipt {
            receipt: Some(presented.receipt.clone()),
            presented_total_fen: presented.total_fen,
            claim_number: claim_number.to_owned(),
            lease_ms: LEASE_MS,
        };
        let request = v1::LockReceiptRequest {
            lock_receipt: Some(lock),
            options: self.options(),
        };
        self.claims()
            .lock_receipt(request)
            .await
            .map(Response::into_inner)
    }

    /// Books a reimbursement from the organisation's fund.
    pub(crate) async fn book(
        &self,
        presented: &Presented,
        voucher_number: &str,
        amount_fen: i64,
    ) -> Result<v1::ActionResponse, Status> {
        let booking = BookReceipt {
            receipt: Some(presented.receipt.clone()),
            presented_total_fen: presented.total_fen,
            fund_kind: self.member.hand_fund().into(),
            voucher_number: voucher_number.to_owned(),
            amount_fen,
            reviewer: self.member.reviewer().to_owned(),
            keep_lock: false,
            ..Default::default()
        };
        let request = v1::BookReceiptRequest {
            book_receipt: Some(booking),
            options: self.options(),
        };
        self.claims()
            .book_receipt(request)
            .await
            .map(Response::into_inner)
    }

    /// Cancels a booking.
    pub(crate) async fn unbook(
        &self,
        receipt: &ReceiptId,
        voucher_number: &str,
        reason: &str,
    ) -> Result<v1::ActionResponse, Status> {
        let unbooking = UnbookReceipt {
            receipt: Some(receipt.clone()),
            voucher_number: voucher_number.to_owned(),
            reason: reason.to_owned(),
            reviewer: self.reviewer().to_owned(),
        };
        let request = v1::UnbookReceiptRequest {
            unbook_receipt: Some(unbooking),
            options: self.options(),
        };
        self.claims()
            .unbook_receipt(request)
            .await
            .map(Response::into_inner)
    }

    /// Reverses a receipt.
    pub(crate) async fn reverse(
        &self,
        original: &ReceiptId,
        business_number: &str,
        reason: &str,
    ) -> Result<v1::ReverseReceiptResponse, Status> {
        let reversal = NewReversal {
            original: Some(original.clone()),
            business_number: business_number.to_owned(),
            reason: reason.to_owned(),
            ..NewReversal::default()
        };
        let request = v1::ReverseReceiptRequest {
            form: Some(Form::Reversal(reversal)),
            options: self.options(),
        };
        let answer = self.receipts().reverse_receipt(request).await;
        answer.map(Response::into_inner)
    }

    /// Submits a transaction that was signed elsewhere, and waits for its outcome.
    pub(crate) async fn send(
        &self,
        transaction: Bytes,
    ) -> Result<v1::SubmitAndWaitResponse, Status> {
        let request = v1::SubmitAndWaitRequest { transaction };
        let answer = self.transactions().submit_and_wait(request).await;
        answer.map(Response::into_inner)
    }

    /// Queries a receipt.
    pub(crate) async fn receipt(&self, receipt: &ReceiptId) -> Result<ReceiptView, DemoError> {
        let what = || super::display::receipt(receipt);
        let request = GetReceiptRequest {
            by: Some(By::Receipt(receipt.clone())),
            with_seal_path: false,
        };
        let answer = self.receipts().get_receipt(request).await;
        let answer = answer.map_err(DemoError::no_answer(what()))?;
        answer
            .into_inner()
            .receipt
            .ok_or_else(|| DemoError::missing("receipt"))
    }

    /// Queries a payment notice with the amount owed.
    pub(crate) async fn notice(
        &self,
        by: v1::get_notice_request::By,
    ) -> Result<v1::GetNoticeResponse, DemoError> {
        let request = v1::GetNoticeRequest { by: Some(by) };
        let answer = self.payments().get_notice(request).await;
        let answer = answer.map_err(DemoError::no_answer("a notice"))?;
        Ok(answer.into_inner())
    }

    /// Returns a transaction's place in the chain; `None` when no block contains it.
    pub(crate) async fn place(&self, transaction_id: &Bytes) -> Option<Place> {
        let request = GetTransactionRequest {
            transaction_id: transaction_id.clone(),
            with_transaction: false,
        };
        let answer = self.transactions().get_transaction(request).await.ok()?;
        answer.into_inner().transaction?.place
    }
}

/// Returns the reasons in a status.
pub(crate) fn reasons(status: &Status) -> Vec<ErrorDetail> {
    CallError::from(status.clone()).details().to_vec()
}
