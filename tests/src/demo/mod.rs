//! The demo: scenarios on a network of real nodes, one for each organisation.
//!
//! ```text
//!   piaolian genesis new-entry ×4, assemble ──► four folders, one genesis.json
//!   piaolian node start ×4, later ×5         ──► node processes on loopback
//!   calls ──gRPC, bearer tokens──► the nodes' servers ──► Report: expected, happened, height, time
//! ```
//!
//! The demo uses only the interfaces of operators and clients: the command line, gRPC, and process signals. Each step
//! states what is expected and checks that it happened. The first step that fails ends the scenario.

mod client;
mod common;
mod display;
mod error;
mod fines;
mod import;
mod instructions;
mod main;
mod medical;
mod members;
mod network;
mod node;
mod operator;
mod ports;
mod receipts;
mod report;
mod rules;
mod traffic;
mod wait;

use std::path::{Path, PathBuf};

pub(crate) use self::client::Client;
pub use self::{
    error::DemoError, members::Member, network::Network, report::Report, traffic::TrafficRecorder,
};

/// The scenario to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Scenario {
    /// One receipt, several payers, and attempts at fraud.
    #[default]
    Main,
    /// Medical reimbursement, from the receipt to the feedback.
    Medical,
    /// Traffic fines: notices, payments at banks, receipts, reconciliation.
    Fines,
}

/// Runs a scenario on a network, and reports its steps.
#[derive(Debug)]
pub struct Harness {
    /// The organisations and their nodes.
    pub network: Network,
    /// The steps so far.
    pub report: Report,
    receipts: receipts::Files,
    /// Commands to try after the scenario.
    commands: Vec<instructions::Commands>,
}

impl Harness {
    /// Prepares a network in `folder`, which is empty, with nodes of the `program` `piaolian`; optionally with a recorder of
    /// all traffic.
    pub fn new(program: PathBuf, folder: &Path, recorder: Option<TrafficRecorder>) -> Self {
        Self {
            network: Network::new(program, folder, recorder),
            report: Report::default(),
            receipts: receipts::Files::new(folder.join(Member::Hospital.folder()).join("receipts")),
            commands: Vec::new(),
        }
    }

    /// Runs a scenario. The nodes are left running.
    ///
    /// # Errors
    /// When a step does not end as expected, or cannot be run.
    pub async fn run(&mut self, scenario: Scenario) -> Result<(), DemoError> {
        let ended = match scenario {
            Scenario::Main => main::run(self).await,
            Scenario::Medical => medical::run(self).await,
            Scenario::Fines => fines::run(self).await,
        };
        match &ended {
            Ok(()) => self.report.end(),
            Err(failed) => self.report.broke(failed),
        }
        ended
    }

    /// Returns the addresses of the running network, and commands to try on it.
    ///
    /// # Errors
    /// When the scenario was not run to its end.
    pub fn instructions(&self) -> Result<String, DemoError> {
        if self.commands.is_empty() {
            return Err(DemoError::unavailable(
                "the scenario",
                &"was not run to its end",
            ));
        }
        instructions::text(&self.network, &self.commands)
    }
}
