//! Etiqueta at a terminal: everything the product does, with progress bars for people and JSON
//! lines for programs.

mod arguments;
mod clock;
mod commands;
mod corrections;
mod error;
mod interrupt;
mod output;
mod places;
mod progress;
mod settings;
mod worker;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use output::Output;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut output = Output::new(arguments.json);
    match commands::run(&arguments, &mut output) {
        Ok(end) => end.into(),
        Err(error) => {
            output.failed(&error);
            error.exit_code().into()
        }
    }
}
