//! The `piaolian` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    piaolian_node::cli::main()
}
