//! Everything that a front can ask for, answered: the requests of [`crate::protocol`] carried out
//! on what the other modules give. A desk keeps the open table and the warm model between two
//! requests.

mod bases;
mod charts;
mod classification;
mod error;
mod estimate;
mod judged;
mod library;
mod machine;
mod models;
mod tables;
#[cfg(test)]
mod tests;
mod thresholds;
mod training;

use crate::classify::Classifier;
use crate::devices::{self, Computing};
use crate::library::Home;
use crate::library::base::hub::HubAccess;
use crate::protocol::{Answer, Progress, Request, WorkerEvent};
use crate::training::events::Clock;
use crate::training::stop::StopFlag;
pub use error::DeskError;
use judged::JudgedModel;
use tables::OpenTable;

/// A desk: where requests are answered, one at a time.
pub struct Desk {
    /// Where everything is kept.
    home: Home,
    /// The program's name and version, for manifests.
    program: String,
    /// What computes where nothing else is asked for.
    computing: Computing,
    /// The table that was opened last.
    table: Option<OpenTable>,
    /// The model that classified last, with its name.
    classifier: Option<classification::Warm>,
    /// The evaluation that articles were listed of last, with its articles.
    judged: Option<JudgedModel>,
    /// The Hub, for base models.
    hub: HubAccess,
}

/// What a request is given from outside: time, whether to stop, and who is told what happens.
pub struct DeskContext<'a> {
    /// Time, without pauses.
    pub clock: &'a dyn Clock,
    /// The moment of the request (RFC 3339), for manifests.
    pub now: String,
    /// Asked whether to stop or to stand still.
    pub stop: &'a StopFlag,
    /// Hears what happens.
    pub tell: &'a mut dyn FnMut(WorkerEvent),
    /// Seconds between two checkpoints of a training.
    pub checkpoint_seconds: f64,
}

impl DeskContext<'_> {
    /// Tells how far the request is.
    fn progressed(&mut self, progress: Progress) {
        (self.tell)(WorkerEvent::Progressed { progress });
    }

    /// Tells what computes.
    fn tell_device(&mut self, classifier: &Classifier) {
        let event = classifier.chosen().into();
        (self.tell)(WorkerEvent::Job { event });
    }
}

impl Desk {
    /// A desk for the library in `home`. What earlier sessions deleted or left half written there
    /// is cleared away.
    pub fn new(home: Home, program: String, computing: Computing) -> Self {
        home.models().purge();
        Self {
            home,
            program,
            computing,
            table: None,
            classifier: None,
            judged: None,
            hub: HubAccess::default(),
        }
    }

    /// The same desk with another Hub or an access token for it.
    #[must_use]
    pub fn with_hub(self, hub: HubAccess) -> Self {
        Self { hub, ..self }
    }

    /// Carries out a request.
    ///
    /// # Errors
    /// When what it names cannot be used, or something cannot be read or written.
    pub fn answer(
        &mut self,
        request: Request,
        context: &mut DeskContext<'_>,
    ) -> Result<Answer, DeskError> {
        Ok(match request {
            Request::OpenTable {
                path,
                reading,
                roles,
                corrections,
            } => Answer::OpenTable(self.open_table(&path, &reading, &roles, &corrections)?),
            Request::ListArticles {
                filter,
                offset,
                limit,
            } => Answer::ListArticles(self.list_articles(&filter, offset, limit)?),
            Request::ProfileTable { base, max_length } => {
                Answer::ProfileTable(self.profile_table(&base, max_length)?)
            }
            Request::PreviewSplit { split, test_table } => {
                Answer::PreviewSplit(self.preview_split(&split, test_table.as_deref())?)
            }
            Request::EstimateTraining { training } => {
                Answer::EstimateTraining(self.estimate_training(&training, context)?)
            }
            Request::Train { training, replace } => {
                Answer::Train(self.train(&training, replace, context)?)
            }
            Request::ResumeRun { run, device } => {
                Answer::ResumeRun(self.resume_run(&run, device, context)?)
            }
            Request::DiscardRun { run } => Answer::DiscardRun(self.discard_run(&run)?),
            Request::ListLibrary => Answer::ListLibrary(self.list_library()?),
            Request::OpenModel { model } => Answer::OpenModel(self.open_model(&model)?),
            Request::RenameModel { model, name } => {
                Answer::RenameModel(self.rename_model(&model, &name)?)
            }
            Request::NoteModel { model, notes } => {
                Answer::NoteModel(self.note_model(&model, &notes)?)
            }
            Request::DeleteModel { model } => Answer::DeleteModel(self.delete_model(&model)?),
            Request::RestoreModel { model } => Answer::RestoreModel(self.restore_model(&model)?),
            Request::ExportModel {
                model,
                format,
                path,
            } => Answer::ExportModel(self.export_model(&model, format, &path)?),
            Request::ImportModel {
                path,
                name,
                base,
                labels,
            } => Answer::ImportModel(self.import_model(
                &path,
                name.as_deref(),
                base.as_deref(),
                labels.as_deref(),
            )?),
            Request::TryThresholds { model, thresholds } => {
                Answer::TryThresholds(self.try_thresholds(&model, thresholds)?)
            }
            Request::ChooseThresholds { model, goal } => {
                Answer::ChooseThresholds(self.choose_thresholds(&model, goal)?)
            }
            Request::SetThresholds { model, thresholds } => {
                Answer::SetThresholds(self.set_thresholds(&model, thresholds)?)
            }
            Request::ListJudged {
                model,
                label,
                cell,
                offset,
                limit,
            } => Answer::ListJudged(self.list_judged(&model, label, cell, offset, limit)?),
            Request::DrawChart {
                source,
                chart,
                style,
            } => Answer::DrawChart(self.draw_chart(&source, chart, style)?),
            Request::WriteReport { model, path, style } => {
                Answer::WriteReport(self.write_report(&model, &path, style)?)
            }
            Request::Classify { model, document } => {
                Answer::Classify(self.classify(&model, &document, context)?)
            }
            Request::ReadText { path } => Answer::ReadText(self.read_text(&path)?),
            Request::ClassifyTable { batch } => {
                Answer::ClassifyTable(self.classify_table(&batch, context)?)
            }
            Request::EvaluateTable { evaluation } => {
                Answer::EvaluateTable(self.evaluate_table(&evaluation, context)?)
            }
            Request::AddBase { path, name } => {
                Answer::AddBase(self.add_base(&path, name.as_deref())?)
            }
            Request::GetBase { name } => Answer::GetBase(self.get_base(&name, context)?),
            Request::DeleteBase { name } => Answer::DeleteBase(self.delete_base(&name)?),
            Request::DescribeMachine => Answer::DescribeMachine(self.describe_machine()?),
            Request::ListDevices => Answer::ListDevices(devices::list().into()),
        })
    }
}
