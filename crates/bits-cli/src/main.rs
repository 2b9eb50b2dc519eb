//! The command `bits`.

use std::process::ExitCode;

fn main() -> ExitCode {
    bits_cli::run()
}
