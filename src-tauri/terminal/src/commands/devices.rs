//! `etiqueta devices`

use engine::classify::{Classifier, ClassifyError};
use engine::devices::{self, Computing, DeviceList, DriverSummary, ListedCard};
use engine::library::model::TrainedModel;
use engine::protocol::DevicesSummary;

use crate::error::{CommandEnd, CommandError};
use crate::output::{Output, remark, size};

pub(crate) fn run(output: &mut Output) -> Result<CommandEnd, CommandError> {
    remark("Opening and testing the cards of this machine; the first time takes some seconds");
    let list = devices::list();
    show(&list, output)?;
    output.json(&DevicesSummary::from(list))?;
    Ok(CommandEnd::Done)
}

fn show(list: &DeviceList, output: &mut Output) -> Result<(), CommandError> {
    let DeviceList {
        processor,
        driver,
        cards,
        problem,
    } = list;
    let memory = |bytes: Option<u64>| bytes.map_or_else(|| "-".into(), size);
    let mut rows = vec![vec![
        processor.device.to_string(),
        processor.name.clone().unwrap_or_else(|| "-".into()),
        memory(processor.memory_bytes),
        "-".into(),
        "-".into(),
        "yes".into(),
    ]];
    rows.extend(cards.iter().map(|card| {
        vec![
            card.summary.device.to_string(),
            card.summary.name.clone().unwrap_or_else(|| "-".into()),
            memory(card.summary.memory_bytes),
            memory(card.memory_available_bytes),
            card.compute.clone(),
            if card.problem.is_none() { "yes" } else { "no" }.into(),
        ]
    }));
    output.table(
        &["device", "name", "memory", "free", "compute", "can be used"],
        &rows,
    )?;
    if let Some(DriverSummary { release, cuda }) = driver {
        let release = release.as_ref().map(|release| format!(" {release}"));
        let release = release.unwrap_or_default();
        output.line(&format!("The NVIDIA driver{release} knows CUDA {cuda}."))?;
    }
    for ListedCard {
        summary, problem, ..
    } in cards
    {
        if let Some(problem) = problem {
            output.line(&format!("{} cannot be used: {problem}.", summary.device))?;
        }
    }
    if let Some(problem) = problem {
        output.line(&format!("No card can be used: {problem}."))?;
    }
    Ok(())
}

/// A model in memory, and a word on why it is not on a card that this machine has.
pub(super) fn load_classifier(
    model: TrainedModel,
    computing: Computing,
) -> Result<Classifier, ClassifyError> {
    let classifier = Classifier::load(model, computing)?;
    if let Some(problem) = &classifier.chosen().passed_over {
        remark(&format!("The processor computes: {problem}"));
    }
    Ok(classifier)
}
