//! The story of one network, played on real nodes by their own organisations.
//!
//! ```text
//!   piaolian genesis new-entry ×4, assemble ──► four folders, one genesis.json
//!   piaolian node start ×4, later ×5         ──► node processes on loopback
//!   acts ──gRPC, bearer tokens──► the nodes' doors ──► Report: told, happened, height, time
//! ```
//!
//! The story sees nothing but what any operator and any client sees: the command line,
//! the gRPC interface, the signals of the system. Each step says what is told and asserts
//! that it happened; the first that did not ends the story.

mod client;
mod common;
mod display;
mod failed;
mod farewell;
mod fines;
mod import;
mod main;
mod medical;
mod network;
mod node;
mod operator;
mod people;
mod ports;
mod receipts;
mod report;
mod rules;
mod tap;
mod wait;

use std::path::{Path, PathBuf};

pub(crate) use self::client::Client;
pub use self::{failed::Failed, network::Network, people::Who, report::Report, tap::Tap};

/// Which story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Story {
    /// One receipt, several payers, and whoever tries to cheat.
    #[default]
    Main,
    /// Medical reimbursement, from the receipt to the feedback.
    Medical,
    /// Traffic fines: notices, payments at banks, receipts, reconciliation.
    Fines,
}

/// What the story is played on, and what is known of it so far.
#[derive(Debug)]
pub struct Stage {
    /// The organisations and their nodes.
    pub network: Network,
    /// The steps so far.
    pub report: Report,
    receipts: receipts::Files,
    /// What may be tried once the story is over.
    commands: Vec<farewell::Commands>,
}

impl Stage {
    /// Prepares a network in `folder`, an empty one, run by the `program` `piaolian`;
    /// perhaps with a tap in front of its doors.
    #[must_use]
    pub fn new(program: PathBuf, folder: &Path, tap: Option<Tap>) -> Self {
        Self {
            network: Network::new(program, folder, tap),
            report: Report::default(),
            receipts: receipts::Files::new(folder.join(Who::Hospital.folder()).join("receipts")),
            commands: Vec::new(),
        }
    }

    /// Plays a whole story; the nodes are left running.
    ///
    /// # Errors
    /// The first step that did not go as told, or what kept it from being played.
    pub async fn play(&mut self, story: Story) -> Result<(), Failed> {
        let played = match story {
            Story::Main => main::play(self).await,
            Story::Medical => medical::play(self).await,
            Story::Fines => fines::play(self).await,
        };
        match &played {
            Ok(()) => self.report.end(),
            Err(failed) => self.report.broke(failed),
        }
        played
    }

    /// How to reach the running network, and what to try on it.
    ///
    /// # Errors
    /// When the story was not played to its end.
    pub fn farewell(&self) -> Result<String, Failed> {
        if self.commands.is_empty() {
            return Err(Failed::trouble("the story", &"was not played to its end"));
        }
        farewell::text(&self.network, &self.commands)
    }
}
