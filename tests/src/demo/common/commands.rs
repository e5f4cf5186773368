//! Checks that the commands shown for trying work.

use crate::demo::{
    DemoError, Harness,
    instructions::{self, Commands},
};

pub(in crate::demo) fn run(
    harness: &mut Harness,
    commands: Vec<Commands>,
) -> Result<(), DemoError> {
    harness
        .report
        .begin("Each command that is shown for trying does what it says");
    let mut outcomes = Vec::new();
    for commands in &commands {
        outcomes.extend(instructions::run(commands)?);
    }
    harness.commands = commands;
    let all = outcomes.iter().all(Result::is_ok);
    let lines: Vec<String> = outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(|failed| failed))
        .collect();
    harness.report.check("all of them", lines, all)
}
