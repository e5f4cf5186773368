//! How contracts see the state: ordered tables of bytes.
//!
//! ```text
//!   committed table   key ──SHA-256──► path in the state tree ──► proofs
//!   derived table     an index that the committed tables determine; not in the tree
//! ```

use std::error::Error;

/// A table of the state. The number is the first byte of every stored key and,
/// for committed tables, of every hashed key: it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Table {
    /// Governed parameters; empty key.
    Parameters = 0x01,
    /// Organisations by unified social credit code (18 ASCII).
    Organisations = 0x02,
    /// The validator set; empty key.
    ValidatorSet = 0x03,
    /// Number ranges by receipt code (8 ASCII) and first number (u64 big-endian).
    Ranges = 0x04,
    /// Receipts by code (8 ASCII) and number (10 ASCII).
    Receipts = 0x05,
    /// What a block issued, by height (u64 big-endian).
    Issuances = 0x06,
    /// Idempotency segments by hour (u64 big-endian, Unix hours of `valid_until`):
    /// running hash (32) ‖ count (u64 big-endian).
    Segments = 0x07,
    /// Versions of policies by insurer (18), code (24, filled up with zeros) and version
    /// (u32 big-endian).
    Policies = 0x08,
    /// Claims by insurer (18) and claim number (1 to 64).
    Claims = 0x09,
    /// What a person's claims of a year came to, by insurer (18), holder tag (32), year (u16
    /// big-endian) and policy code (1 to 24).
    Accumulators = 0x0A,
    /// Authorisations by receipt (18), grantee (18) and purpose (1).
    Grants = 0x0B,
    /// Payment notices by decision number (15 to 20 ASCII).
    Notices = 0x0C,
    /// Payments as bank and agency have them, by bank (18) and bank reference (1 to 32 ASCII).
    BankEntries = 0x0D,
    /// Banks' statements by bank (18), accounting day (u32 big-endian) and region (6 ASCII).
    Statements = 0x0E,
    /// Reconciliation by region (6 ASCII), day (u32 big-endian) and bank (18).
    ReconciliationDays = 0x0F,
    /// Allocations by region (6 ASCII), day (u32 big-endian), agency (18) and bank (18).
    Allocations = 0x10,
    /// Alerts by number (u64 big-endian).
    Alerts = 0x11,
    /// Running totals by issue date (u32 big-endian), issuer (18) and category and
    /// kind (4 ASCII).
    Totals = 0x12,
    /// Proposals by number (u64 big-endian).
    Proposals = 0x13,
    /// The governors; empty key.
    Governors = 0x14,
    /// What changed, or will, by height (u64 big-endian): validators and protocol version.
    Upgrades = 0x15,
    /// Mandates by centre (18), agency (18) and receipt code (8 ASCII).
    Mandates = 0x16,
    /// The last serial of payment codes by area (6 ASCII) and year (2 ASCII): u64 big-endian.
    PaymentSerials = 0x17,
    /// What supervision counts: 1 ‖ issuer (18), or 2 ‖ kind of receipt (4 ASCII).
    Watches = 0x18,
    /// How far days are closed, by region (6 ASCII).
    RegionDays = 0x19,
    /// How far access logs were anchored, by organisation (18) and log (u32 big-endian).
    AccessLogs = 0x1A,

    /// Derived: public key (algorithm ‖ 32 bytes) to organisation (18) ‖ key id (u32 big-endian).
    KeyOwners = 0x81,
    /// Derived: issuer (18) ‖ business number to receipt key (18).
    BusinessNumbers = 0x82,
    /// Derived: issuer (18) ‖ receipt code (8) to the first numbers of its open
    /// ranges, ascending, u64 big-endian each.
    IssuerRanges = 0x83,
    /// Derived: organisation (18) ‖ client id (16) to the transaction that used
    /// it: hour (u64) ‖ transaction id (32) ‖ height (u64) ‖ index (u32), big-endian.
    /// An entry whose hour is over counts as absent.
    ClientIds = 0x84,
    /// Derived: hour (u64) ‖ height (u64) ‖ part (u32) to the keys of table
    /// `ClientIds` that the block added for that hour, 34 bytes each: how entries
    /// of past hours are found and deleted.
    SegmentEntries = 0x85,
    /// Derived: the organisations with the finance role, ascending, 18 bytes
    /// each; empty key.
    FinanceBureaus = 0x86,
    /// Derived: issue date (u32 big-endian) ‖ issuer (18) ‖ receipt key (18) to nothing.
    ReceiptLists = 0x87,
    /// Derived: paper code ‖ 0 ‖ paper number to the receipt key (18) that it was
    /// exchanged for.
    PaperForms = 0x88,
    /// Derived: payment code (16 or 20 ASCII) to decision number.
    PaymentCodes = 0x89,
    /// Derived: region (6) ‖ day (u32 big-endian) ‖ bank (18) ‖ bank reference (32, zeros
    /// behind) to what the day counts an entry as that is not matched: u8 class ‖ bank
    /// (18) ‖ bank reference.
    Mismatches = 0x8A,
    /// Derived: insurer (18) ‖ Beijing date of filing (u32 big-endian) ‖ claim number to
    /// the claim number.
    ClaimLists = 0x8B,
    /// Derived: the open alerts, 0 ‖ number (u64 big-endian), and what each counts,
    /// 1 ‖ kind (u32) ‖ subject (18) ‖ scope, to the number (u64 big-endian).
    OpenAlerts = 0x8C,
    /// Derived: agency (18) ‖ date of creation (u32 big-endian) ‖ decision number (20,
    /// zeros behind) to decision number.
    NoticeLists = 0x8D,
    /// Derived: the open proposals, by end and number: until (u64) ‖ proposal (u64) ‖
    /// proposer (18) each, big-endian; empty key, absent when there are none.
    OpenProposals = 0x8e,
}

impl Table {
    /// Every table, in order of prefix.
    pub const ALL: [Self; 40] = [
        Self::Parameters,
        Self::Organisations,
        Self::ValidatorSet,
        Self::Ranges,
        Self::Receipts,
        Self::Issuances,
        Self::Segments,
        Self::Policies,
        Self::Claims,
        Self::Accumulators,
        Self::Grants,
        Self::Notices,
        Self::BankEntries,
        Self::Statements,
        Self::ReconciliationDays,
        Self::Allocations,
        Self::Alerts,
        Self::Totals,
        Self::Proposals,
        Self::Governors,
        Self::Upgrades,
        Self::Mandates,
        Self::PaymentSerials,
        Self::Watches,
        Self::RegionDays,
        Self::AccessLogs,
        Self::KeyOwners,
        Self::BusinessNumbers,
        Self::IssuerRanges,
        Self::ClientIds,
        Self::SegmentEntries,
        Self::FinanceBureaus,
        Self::ReceiptLists,
        Self::PaperForms,
        Self::PaymentCodes,
        Self::Mismatches,
        Self::ClaimLists,
        Self::OpenAlerts,
        Self::NoticeLists,
        Self::OpenProposals,
    ];

    /// The first byte of the table's keys.
    #[must_use]
    pub const fn prefix(self) -> u8 {
        self as u8
    }

    /// Whether the table's entries are leaves of the state tree.
    #[must_use]
    pub const fn is_committed(self) -> bool {
        self.prefix() < DERIVED
    }
}

/// Prefixes from here on are derived tables.
pub const DERIVED: u8 = 0x80;

/// Trouble of this machine while reading state. Never a verdict on a transaction.
#[derive(Debug, thiserror::Error)]
#[error("state cannot be read: {0}")]
pub struct Fault(#[source] pub Box<dyn Error + Send + Sync>);

/// A key (without the table's prefix) and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// Read access to one version of the state.
pub trait StateReader: Send + Sync {
    /// The value at `key` (without the table's prefix).
    ///
    /// # Errors
    /// When the store cannot be read.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;

    /// The entry with the greatest key at or below `key` in `table`.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn floor(&self, table: Table, key: &[u8]) -> Result<Option<Entry>, Fault>;
}

/// One write of a block: the last value of a key that the block touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Table prefix followed by the key.
    pub key: Vec<u8>,
    /// The new value, or `None` when the key is deleted.
    pub value: Option<Vec<u8>>,
}

impl Change {
    /// The table that is written, or `None` when the key's first byte names none.
    #[must_use]
    pub fn table(&self) -> Option<Table> {
        let prefix = self.key.first()?;
        Table::ALL
            .into_iter()
            .find(|table| table.prefix() == *prefix)
    }

    /// Whether this write is a leaf of the state tree.
    #[must_use]
    pub fn is_committed(&self) -> bool {
        self.key.first().is_some_and(|prefix| *prefix < DERIVED)
    }
}
