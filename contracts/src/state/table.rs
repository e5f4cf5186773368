//! The tables of the state, each declared in one line.
//!
//! A new table is one line in `tables!`: a free prefix, below `0x80` for a committed table, its name,
//! and its keys and values. Its domain declares the types with `Records::new`, in `schema.rs` where there is one.

/// Declares every table: the prefix of its keys, its name, and its keys and values.
macro_rules! tables {
    ($( $prefix:literal $name:ident $doc:literal )*) => {
        /// A table of the state. The number is the first byte of every stored key and,
        /// for committed tables, of every hashed key: it never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Table {
            $( #[doc = $doc] $name = $prefix, )*
        }

        /// The same tables, numbered from 0.
        enum Index {
            $( $name, )*
        }

        impl Table {
            /// Every table, in order of prefix.
            pub const ALL: [Self; [$( $prefix ),*].len()] = [$( Self::$name ),*];

            /// The table's place in [`Table::ALL`].
            pub(crate) const fn index(self) -> usize {
                match self {
                    $( Self::$name => Index::$name as usize, )*
                }
            }
        }
    };
}

tables! {
    0x01 Parameters "Governed parameters; empty key."
    0x02 Organisations "Organisations by unified social credit code (18 ASCII)."
    0x03 ValidatorSet "The validator set; empty key."
    0x04 Ranges "Number ranges by receipt code (8 ASCII) and first number (u64 big-endian)."
    0x05 Receipts "Receipts by code (8 ASCII) and number (10 ASCII)."
    0x06 Issuances "What a block issued, by height (u64 big-endian)."
    0x07 Segments "Idempotency segments by hour (u64 big-endian, Unix hours of `valid_until`): running \
        hash (32) ‖ count (u64 big-endian)."
    0x08 Policies "Versions of policies by insurer (18), code (24, filled up with zeros) and version \
        (u32 big-endian)."
    0x09 Claims "Claims by insurer (18) and claim number (1 to 64)."
    0x0A Accumulators "What a person's claims of a year came to, by insurer (18), holder tag (32), \
        year (u16 big-endian) and plan code (1 to 24)."
    0x0B Grants "Authorisations by receipt (18), grantee (18) and purpose (1)."
    0x0C Notices "Payment notices by decision number (15 to 20 ASCII)."
    0x0D BankEntries "Payments at banks, as reported and as stated, by bank (18) and bank reference (1 to 32 ASCII)."
    0x0E Statements "Banks' statements by bank (18), accounting day (u32 big-endian) and region (6 ASCII)."
    0x0F ReconciliationDays "Reconciliation by region (6 ASCII), day (u32 big-endian) and bank (18)."
    0x10 Allocations "Allocations by region (6 ASCII), day (u32 big-endian), agency (18) and bank (18)."
    0x11 Alerts "Alerts by number (u64 big-endian)."
    0x12 Totals "Running totals by issue date (u32 big-endian), issuer (18) and category and kind (4 ASCII)."
    0x13 Proposals "Proposals by number (u64 big-endian)."
    0x14 Governors "The governors; empty key."
    0x15 Upgrades "What changed, or will, by height (u64 big-endian): validators and protocol version."
    0x16 Mandates "Mandates by centre (18), agency (18) and receipt code (8 ASCII)."
    0x17 PaymentSerials "The last serial of payment codes by area (6 ASCII) and year (2 ASCII): u64 \
        big-endian."
    0x18 SupervisionCounters "What supervision counts: 1 ‖ issuer (18), or 2 ‖ kind of receipt (4 ASCII)."
    0x19 RegionClosings "How far days are closed, by region (6 ASCII)."
    0x1A AccessLogs "How far access logs were anchored, by organisation (18) and log (u32 big-endian)."
    0x1B Movements "Movements of money at banks by bank (18) and bank reference (1 to 32 ASCII)."
    0x1D CountedSettlements "Receipts settled directly that count in a person's year, by receipt key (18)."

    // Derived tables.
    0x81 KeyOwners "Public key (algorithm ‖ 32 bytes) to organisation (18) ‖ key id (u32 big-endian)."
    0x82 BusinessNumbers "Issuer (18) ‖ business number to receipt key (18)."
    0x83 IssuerRanges "Issuer (18) ‖ receipt code (8) to the first numbers of its open ranges, \
        ascending, u64 big-endian each."
    0x84 ClientIds "Organisation (18) ‖ client id (16) to the transaction that used it: hour (u64) ‖ \
        transaction id (32) ‖ height (u64) ‖ index (u32), big-endian. An entry whose hour is over counts \
        as absent."
    0x85 SegmentEntries "Hour (u64) ‖ height (u64) ‖ part (u32) to the keys of table `ClientIds` that \
        the block added for that hour, 34 bytes each: how entries of past hours are found and deleted."
    0x86 FinanceBureaus "The organisations with the finance role, ascending, 18 bytes each; empty key."
    0x87 ReceiptLists "Issue date (u32 big-endian) ‖ issuer (18) ‖ receipt key (18) to nothing."
    0x88 PaperForms "Paper code ‖ 0 ‖ paper number to the receipt key (18) that it was exchanged for."
    0x89 PaymentCodes "Payment code (16 or 20 ASCII) to decision number."
    0x8A Mismatches "Region (6) ‖ day (u32 big-endian) ‖ bank (18) ‖ bank reference (32, zeros behind) \
        to what the day counts an entry as that is not matched: u8 class ‖ bank (18) ‖ bank reference."
    0x8B ClaimLists "Insurer (18) ‖ Beijing date of filing (u32 big-endian) ‖ claim number to the \
        claim number."
    0x8C OpenAlerts "The open alerts, 0 ‖ number (u64 big-endian), and what each counts, 1 ‖ kind \
        (u32) ‖ subject (18) ‖ scope, to the number (u64 big-endian)."
    0x8D NoticeLists "Agency (18) ‖ date of creation (u32 big-endian) ‖ decision number (20, zeros \
        behind) to decision number."
    0x8E OpenProposals "The open proposals, by end and number: until (u64) ‖ proposal (u64) ‖ proposer \
        (18) each, big-endian; empty key, absent when there are none."
}

/// The first prefix of derived tables.
pub const DERIVED: u8 = 0x80;

impl Table {
    /// The first byte of the table's keys.
    pub const fn prefix(self) -> u8 {
        self as u8
    }

    /// Whether the table's entries are leaves of the state tree.
    pub const fn is_committed(self) -> bool {
        self.prefix() < DERIVED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_stands_at_its_index_and_in_order_of_prefix() {
        for (number, table) in Table::ALL.into_iter().enumerate() {
            assert_eq!(table.index(), number);
        }
        assert!(Table::ALL.is_sorted_by(|a, b| a.prefix() < b.prefix()));
    }

    /// Prefixes are part of every stored and every hashed key.
    #[test]
    fn prefixes_never_change() {
        let prefixes = Table::ALL.map(|table| (format!("{table:?}"), table.prefix()));
        let expected = [
            ("Parameters", 0x01),
            ("Organisations", 0x02),
            ("ValidatorSet", 0x03),
            ("Ranges", 0x04),
            ("Receipts", 0x05),
            ("Issuances", 0x06),
            ("Segments", 0x07),
            ("Policies", 0x08),
            ("Claims", 0x09),
            ("Accumulators", 0x0A),
            ("Grants", 0x0B),
            ("Notices", 0x0C),
            ("BankEntries", 0x0D),
            ("Statements", 0x0E),
            ("ReconciliationDays", 0x0F),
            ("Allocations", 0x10),
            ("Alerts", 0x11),
            ("Totals", 0x12),
            ("Proposals", 0x13),
            ("Governors", 0x14),
            ("Upgrades", 0x15),
            ("Mandates", 0x16),
            ("PaymentSerials", 0x17),
            ("SupervisionCounters", 0x18),
            ("RegionClosings", 0x19),
            ("AccessLogs", 0x1A),
            ("Movements", 0x1B),
            ("CountedSettlements", 0x1D),
            ("KeyOwners", 0x81),
            ("BusinessNumbers", 0x82),
            ("IssuerRanges", 0x83),
            ("ClientIds", 0x84),
            ("SegmentEntries", 0x85),
            ("FinanceBureaus", 0x86),
            ("ReceiptLists", 0x87),
            ("PaperForms", 0x88),
            ("PaymentCodes", 0x89),
            ("Mismatches", 0x8A),
            ("ClaimLists", 0x8B),
            ("OpenAlerts", 0x8C),
            ("NoticeLists", 0x8D),
            ("OpenProposals", 0x8E),
        ];
        assert_eq!(
            prefixes,
            expected.map(|(name, prefix)| (name.to_owned(), prefix))
        );
    }
}
