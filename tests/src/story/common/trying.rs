//! Whoever keeps the network up is told commands to try: they work.

use crate::story::{
    Failed, Stage,
    farewell::{self, Commands},
};

pub(in crate::story) fn play(stage: &mut Stage, commands: Vec<Commands>) -> Result<(), Failed> {
    stage
        .report
        .begin("Each command that is shown for trying does what it says");
    let mut outcomes = Vec::new();
    for commands in &commands {
        outcomes.extend(farewell::run(commands)?);
    }
    stage.commands = commands;
    let all = outcomes.iter().all(Result::is_ok);
    let lines: Vec<String> = outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(|failed| failed))
        .collect();
    stage.report.seen("all of them", lines, all)
}
