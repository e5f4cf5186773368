//! The facts that a proof file proves, and their text.

use std::fmt;

use piaolian_contracts::{
    chain::Header,
    payments::Notice,
    receipts::{Receipt, Status},
    rule_texts::{Language, render},
    types::{BeijingDate, BeijingTime, BlockTime, ReceiptId},
};
use piaolian_proto::v1::ReceiptDetails;

use crate::{event::ShownEvent, evidence::Signers, seal::ShownSeal};

/// The facts that a proof file proves. `Display` prints one line for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Proven {
    /// Code and number.
    pub id: ReceiptId,
    /// The certified header of the block after which they held.
    pub header: Header,
    /// The signers of the header.
    pub signers: Signers,
    /// The receipt; `None`: there was none.
    pub receipt: Option<ProvenReceipt>,
}

/// A proven receipt.
#[derive(Clone, Debug, PartialEq)]
pub struct ProvenReceipt {
    /// Its record.
    pub receipt: Receipt,
    /// The status that people see.
    pub status: Status,
    /// The issuer's legal name.
    pub issuer_name: String,
    /// Finance's seal, if the file has it.
    pub seal: Option<ShownSeal>,
    /// The notice, if a payment issued the receipt.
    pub notice: Option<Notice>,
    /// Its events in the file, oldest first.
    pub events: Vec<ShownEvent>,
    /// Its details, if the file has them.
    pub details: Option<ReceiptDetails>,
}

impl fmt::Display for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, header) = (self.id, &self.header);
        let stands = if self.receipt.is_some() {
            "stands"
        } else {
            "does NOT stand"
        };
        writeln!(f, "receipt {id} {stands} on chain {}", header.chain_id)?;
        let (height, time) = (header.height, moment(header.time));
        writeln!(
            f,
            "  as of       block {height} of {time}, {}",
            header.hash()
        )?;
        let Signers {
            organisations,
            validator_count,
        } = &self.signers;
        write!(
            f,
            "  signed by   {} of {validator_count} validators:",
            organisations.len()
        )?;
        for organisation in organisations {
            write!(f, " {organisation}")?;
        }
        match &self.receipt {
            Some(receipt) => receipt.fmt_at(header.time, f),
            None => Ok(()),
        }
    }
}

impl ProvenReceipt {
    fn fmt_at(&self, now: BlockTime, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receipt = &self.receipt;
        write!(
            f,
            "\n  issuer      {} ({})",
            self.issuer_name, receipt.issuer
        )?;
        if let Some(agency) = receipt.agency {
            write!(f, " on behalf of {agency}")?;
        }
        let (date, time) = (receipt.issue_date, receipt.issue_time);
        write!(
            f,
            "\n  issued      {date} {time}, in block {}",
            receipt.issued_height
        )?;
        write!(f, "\n  amount      {} yuan", receipt.total)?;
        if let Some(notice) = &self.notice {
            write!(
                f,
                "\n  paid for    notice {} of {} yuan",
                notice.decision_number, notice.amount
            )?;
        }
        write!(f, "\n  status      {}", self.status)?;
        self.fmt_reimbursement(now, f)?;
        self.fmt_replacement(f)?;
        self.fmt_shown(f)
    }

    /// Prints reimbursements, pending ones, and the lock.
    fn fmt_reimbursement(&self, now: BlockTime, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receipt = &self.receipt;
        if receipt.live_bookings().next().is_none() {
            write!(f, "\n  reimbursed  nothing, by nobody")?;
        }
        for booking in receipt.live_bookings() {
            let (amount, payer, fund) = (booking.out(), booking.payer, booking.fund_kind);
            let (voucher, time) = (&booking.voucher_number, moment(booking.time));
            write!(
                f,
                "\n  reimbursed  {amount} yuan by {payer} from {fund}, voucher {voucher}, {time}"
            )?;
            if booking.open_recovery().is_positive() {
                let due = booking.open_recovery();
                write!(f, "\n  to return   {due} yuan of it")?;
            }
        }
        for reserved in receipt.pending() {
            let (amount, payer, claim) = (reserved.amount, reserved.payer, &reserved.claim_number);
            write!(
                f,
                "\n  decided     {amount} yuan by {payer} for claim {claim}, not paid yet"
            )?;
        }
        if let Some(lock) = receipt.live_lock(now) {
            let until = moment(lock.until);
            write!(
                f,
                "\n  locked      by {} for claim {} until {until}",
                lock.owner, lock.claim_number
            )?;
        }
        Ok(())
    }

    /// Prints reversals, reissues and paper receipts.
    fn fmt_replacement(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receipt = &self.receipt;
        if let Some(by) = receipt.reversed_by {
            write!(f, "\n  reversed    by receipt {by}")?;
        }
        if let Some(original) = receipt.reverses {
            write!(f, "\n  reverses    receipt {original}")?;
        }
        if let Some(by) = receipt.replaced_by {
            write!(f, "\n  replaced    by receipt {by}")?;
        }
        if let Some(original) = receipt.replaces {
            write!(f, "\n  replaces    receipt {original}")?;
        }
        match receipt.paper() {
            Some(paper) => write!(f, "\n  on paper    {} {}", paper.code, paper.number),
            None => Ok(()),
        }
    }

    /// Prints seal, events and details.
    fn fmt_shown(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.seal {
            Some(seal) => {
                let ShownSeal {
                    bureau,
                    bureau_name,
                    receipts,
                } = seal;
                write!(
                    f,
                    "\n  sealed by   {bureau_name} ({bureau}), one seal over the {receipts} receipts of block {}",
                    self.receipt.issued_height
                )?;
            }
            None => write!(f, "\n  seal        none shown")?,
        }
        for event in &self.events {
            write!(f, "\n  event       {event}")?;
        }
        match &self.details {
            Some(details) => {
                let (items, lines) = (details.items.len(), details.lines.len());
                write!(
                    f,
                    "\n  details     are those committed to: {items} items, {lines} fee lines"
                )
            }
            None => Ok(()),
        }
    }
}

impl fmt::Display for ShownEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (height, time) = (self.height, moment(self.time));
        write!(
            f,
            "block {height} of {time}: {} by {}",
            self.action, self.organisation
        )?;
        match self.code {
            0 => f.write_str(", accepted"),
            code => {
                let message = render(code, &self.arguments, Language::English);
                write!(f, ", rejected by rule {code}: {message}")
            }
        }
    }
}

/// Formats a time as Beijing date and time.
fn moment(time: BlockTime) -> String {
    format!("{} {}", BeijingDate::at(time), BeijingTime::at(time))
}
