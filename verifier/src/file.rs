//! The proof file: canonically encoded, and checked as a whole.

use bytes::Bytes;
use piaolian_contracts::{
    chain::Header,
    malformed::{Malformed, required},
    organisations::ORGANISATIONS,
    parameters::PARAMETERS,
    payments::{NOTICES, Notice},
    receipts::{RECEIPTS, Receipt, status::status},
    storage::Record,
    types::{DecisionNumber, ReceiptId},
};
use piaolian_proto::v1::{self as proto, ReceiptProof, StateEntry};
use prost::Message;

use crate::{
    details::{self, DetailsError},
    event::{self, EventError, ShownEvent},
    evidence::{EvidenceError, Shown, Trust, verify_evidence},
    proven::{Proven, ProvenReceipt},
    seal::{self, SealError},
    state::{EntryError, entry},
};

/// The version of the file.
pub const FILE_VERSION: u32 = 1;

/// Longest file, in bytes: the most handovers, the most events, and details.
pub const FILE_BYTES_MAX: usize = 64 << 20;

/// Most events of a file.
pub const EVENTS_MAX: usize = 64;

/// A decoded proof file, not verified yet.
#[derive(Clone, Debug, PartialEq)]
pub struct ProofFile(ReceiptProof);

/// Reasons why a file proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofFileError {
    /// The file is malformed.
    #[error("it is no proof file: {0}")]
    Form(#[from] Malformed),
    /// The header or the receipt's entry is not proven.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// The entry is not a receipt's.
    #[error("it is not about a receipt")]
    NotAReceipt,
    /// File, key and record name different receipts.
    #[error("the evidence is of receipt {0}")]
    OtherReceipt(ReceiptId),
    /// The file has parts that need an existing receipt.
    #[error("it shows more of a receipt that is not there")]
    MoreThanAbsence,
    /// Another required record is not proven.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The notice was not paid by this receipt.
    #[error("the notice is not of this receipt")]
    OtherNotice,
    /// The seal is not valid.
    #[error("the seal does not hold: {0}")]
    Seal(#[from] SealError),
    /// An event is not proven.
    #[error("an event does not hold: {0}")]
    Event(#[from] EventError),
    /// The details do not belong to the receipt.
    #[error(transparent)]
    Details(#[from] DetailsError),
}

impl From<ReceiptProof> for ProofFile {
    fn from(message: ReceiptProof) -> Self {
        Self(message)
    }
}

impl ProofFile {
    /// Decodes a file.
    ///
    /// # Errors
    /// When it is too long, of another version, or not canonically encoded.
    pub fn decode(bytes: Bytes) -> Result<Self, Malformed> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(Malformed::new("proof", "must be at most 64 MiB"));
        }
        let message = ReceiptProof::decode(bytes.clone())
            .map_err(|error| Malformed::new("proof", error.to_string()))?;
        if message.encode_to_vec() != bytes {
            return Err(Malformed::new("proof", "must be canonically encoded"));
        }
        if message.version != FILE_VERSION {
            return Err(Malformed::new("version", "must be 1"));
        }
        if message.events.len() > EVENTS_MAX {
            return Err(Malformed::new("events", "must be at most 64"));
        }
        Ok(Self(message))
    }

    /// Returns the file's bytes.
    pub fn encode(&self) -> Vec<u8> {
        self.0.encode_to_vec()
    }

    /// Returns the message.
    pub const fn message(&self) -> &ReceiptProof {
        &self.0
    }

    /// Verifies the whole file. Its statements are then as reliable as the trusted validators.
    ///
    /// # Errors
    /// The first flaw. The file then proves nothing at all.
    pub fn verify(&self, trust: &Trust) -> Result<Proven, ProofFileError> {
        let evidence = required("evidence", self.0.evidence.as_ref())?;
        let shown = verify_evidence(trust, evidence)?;
        let id = receipt_of(&shown)?;
        if self.0.receipt != Some(id.into()) {
            return Err(ProofFileError::OtherReceipt(id));
        }
        let receipt = match &shown.value {
            Some(record) => Some(self.receipt(&shown.header, id, record)?),
            None => {
                self.check_bare()?;
                None
            }
        };
        Ok(Proven {
            id,
            header: shown.header,
            signers: shown.signers,
            receipt,
        })
    }

    fn check_bare(&self) -> Result<(), ProofFileError> {
        let bare = ReceiptProof {
            version: self.0.version,
            receipt: self.0.receipt.clone(),
            evidence: self.0.evidence.clone(),
            ..ReceiptProof::default()
        };
        if self.0 == bare {
            Ok(())
        } else {
            Err(ProofFileError::MoreThanAbsence)
        }
    }

    fn receipt(
        &self,
        header: &Header,
        id: ReceiptId,
        record: &[u8],
    ) -> Result<ProvenReceipt, ProofFileError> {
        let receipt = Receipt::decode(record)?;
        if receipt.id != id {
            return Err(ProofFileError::OtherReceipt(receipt.id));
        }
        let root = &header.state_root;
        let place = (ORGANISATIONS, &receipt.issuer);
        let issuer = entry(root, place, "issuer", self.0.issuer.as_ref())?;
        let parameters = self.0.parameters.as_ref();
        let parameters = entry(root, (PARAMETERS, &()), "parameters", parameters)?;
        let notice = self.0.notice.as_ref();
        let notice = notice
            .map(|given| notice_of(header, &receipt, given))
            .transpose()?;
        let seal = self.0.seal.as_ref();
        let seal = seal
            .map(|seal| seal::verify(header, &receipt, seal))
            .transpose()?;
        let details = Some(&self.0.details).filter(|details| !details.is_empty());
        let details = details.map(|bytes| details::open(bytes.clone(), &receipt, notice.as_ref()));
        Ok(ProvenReceipt {
            status: status(&receipt, parameters.fund_rules(), header.time),
            issuer_name: issuer.name.to_string(),
            seal,
            notice,
            events: self.events(header, &id)?,
            details: details.transpose()?,
            receipt,
        })
    }

    fn events(&self, header: &Header, id: &ReceiptId) -> Result<Vec<ShownEvent>, EventError> {
        let verify = |evidence: &proto::EventEvidence| event::verify(header, id, evidence);
        let shown: Vec<ShownEvent> = self.0.events.iter().map(verify).collect::<Result<_, _>>()?;
        event::check_order(&shown, &self.0.events)?;
        Ok(shown)
    }
}

/// Returns the receipt that the key of the evidence names.
fn receipt_of(shown: &Shown) -> Result<ReceiptId, ProofFileError> {
    let prefix = [RECEIPTS.table().prefix()];
    let id = shown.key.strip_prefix(&prefix);
    let id = id.and_then(|key| ReceiptId::from_key(key).ok());
    id.filter(|id| RECEIPTS.state_key(id) == shown.key)
        .ok_or(ProofFileError::NotAReceipt)
}

/// Verifies the notice whose payment issued the receipt.
fn notice_of(
    header: &Header,
    receipt: &Receipt,
    given: &StateEntry,
) -> Result<Notice, ProofFileError> {
    let number = receipt.business_number.to_string();
    let number = DecisionNumber::parse("notice", number)?;
    let notice: Notice = entry(
        &header.state_root,
        (NOTICES, &number),
        "notice",
        Some(given),
    )?;
    let is_its = notice.payment.as_ref().is_some_and(|payment| {
        payment.receipt == receipt.id && notice.details_commitment == receipt.details_commitment
    });
    if is_its {
        Ok(notice)
    } else {
        Err(ProofFileError::OtherNotice)
    }
}
