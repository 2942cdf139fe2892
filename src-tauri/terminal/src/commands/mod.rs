//! One module a command.

mod base;
mod classify;
mod devices;
mod evaluate;
mod inspect;
mod models;
mod report;
mod train;

use clap::CommandFactory;

pub(crate) use evaluate::columns_in_words;
pub(crate) use inspect::source_in_words;

use crate::arguments::{Arguments, Command};
use crate::error::{CommandEnd, CommandError};
use crate::output::Output;

/// Runs what was asked for.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<CommandEnd, CommandError> {
    match &arguments.command {
        Command::Inspect(inspect) => inspect::run(inspect, output),
        Command::Train(train) => train::run(train, output),
        Command::Evaluate(evaluate) => evaluate::run(evaluate, output),
        Command::Classify(classify) => classify::run(classify, output),
        Command::Models(models) => models::run(models, output),
        Command::Base(base) => base::run(base, output),
        Command::Devices => devices::run(output),
        Command::Report(report) => report::run(report, output),
        Command::Worker(worker) => crate::worker::run(worker),
        Command::Completions { shell } => {
            let mut command = Arguments::command();
            clap_complete::generate(*shell, &mut command, "etiqueta", &mut std::io::stdout());
            Ok(CommandEnd::Done)
        }
    }
}
