//! A client of a node's gRPC door: generated stubs, a bearer token, and refusals read
//! from `grpc-status-details-bin` as any client reads them.

use std::time::Duration;

use bytes::Bytes;
use piaolian_proto::v1::{
    self, BookReceipt, CallOptions, ErrorDetail, GetReceiptRequest, GetStatusRequest,
    GetTransactionRequest, LockReceipt, NewReversal, Place, ReceiptId, ReceiptView, UnbookReceipt,
    claim_service_client::ClaimServiceClient, disclosure_service_client::DisclosureServiceClient,
    event_service_client::EventServiceClient, get_receipt_request::By,
    holder_service_client::HolderServiceClient, ledger_service_client::LedgerServiceClient,
    number_range_service_client::NumberRangeServiceClient,
    payment_service_client::PaymentServiceClient, policy_service_client::PolicyServiceClient,
    receipt_service_client::ReceiptServiceClient, reverse_receipt_request::Form,
    transaction_service_client::TransactionServiceClient,
};
use prost::Message;
use tonic::{
    Request, Response, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

use super::{DemoError, Member};

/// Time limit of a call: a little more than a node waits for an outcome.
const CALL_TIMEOUT: Duration = Duration::from_secs(70);
/// Time limit for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Lease of a lock, ms.
const LEASE_MS: u64 = 3_600_000;
/// Type URL of an error's details.
const DETAIL_TYPE: &str = "type.googleapis.com/piaolian.v1.ErrorDetail";

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

#[derive(Clone)]
pub(crate) struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request
            .metadata_mut()
            .insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A channel that sends the token with every call.
pub(crate) type Connection = InterceptedService<Channel, Bearer>;

/// A client of an organisation's node. It connects on first use.
#[derive(Clone)]
pub(crate) struct Client {
    channel: Channel,
    bearer: Bearer,
    member: Member,
}

impl Client {
    pub(crate) fn new(rpc_port: u16, token: &str, member: Member) -> Result<Self, DemoError> {
        let unavailable =
            |error: &dyn std::fmt::Display| DemoError::unavailable("a client", &error);
        let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{rpc_port}"));
        let endpoint = endpoint.map_err(|error| unavailable(&error))?;
        let bearer = format!("Bearer {token}")
            .parse()
            .map_err(|error| unavailable(&error))?;
        Ok(Self {
            channel: endpoint
                .connect_timeout(CONNECT_TIMEOUT)
                .timeout(CALL_TIMEOUT)
                .connect_lazy(),
            bearer: Bearer(bearer),
            member,
        })
    }

    pub(crate) fn receipts(&self) -> ReceiptServiceClient<Connection> {
        ReceiptServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub(crate) fn claims(&self) -> ClaimServiceClient<Connection> {
        ClaimServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub(crate) fn allotments(&self) -> NumberRangeServiceClient<Connection> {
        NumberRangeServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub(crate) fn policies(&self) -> PolicyServiceClient<Connection> {
        PolicyServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub(crate) fn disclosure(&self) -> DisclosureServiceClient<Connection> {
        DisclosureServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub(crate) fn holders(&self) -> HolderServiceClient<Connection> {
        HolderServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub(crate) fn events(&self) -> EventServiceClient<Connection> {
        EventServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub(crate) fn payments(&self) -> PaymentServiceClient<Connection> {
        PaymentServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub(crate) fn transactions(&self) -> TransactionServiceClient<Connection> {
        TransactionServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub(crate) fn ledger(&self) -> LedgerServiceClient<Connection> {
        LedgerServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
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
            fund_kind: self.member.fund().into(),
            voucher_number: voucher_number.to_owned(),
            amount_fen,
            reviewer: self.member.reviewer().to_owned(),
            keep_lock: false,
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

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "bytes", tag = "2")]
    value: Bytes,
}

/// Decodes the error details in a status.
pub(crate) fn reasons(status: &Status) -> Vec<ErrorDetail> {
    let decoded = RpcStatus::decode(status.details()).unwrap_or_default();
    let of_ours = decoded
        .details
        .into_iter()
        .filter(|any| any.type_url == DETAIL_TYPE);
    of_ours
        .filter_map(|any| ErrorDetail::decode(any.value).ok())
        .collect()
}
