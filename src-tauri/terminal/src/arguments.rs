//! What can be asked for.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use engine::devices::DeviceChoice;
use engine::training::CHECKPOINT_SECONDS;

use crate::corrections::CorrectionChoices;
use crate::settings::{RecipeSettings, SplitSettings};

/// Fine-tunes BERT on a table of articles, on this machine, and gives labels to others.
///
/// Nothing leaves this machine, and nothing is fetched unless `base get` is asked for. For sorting
/// published literature by topic, for research and teaching. Not a medical device; not for
/// decisions about a patient.
///
/// Exit codes: 0 done, 1 failed, 2 bad usage or input, 3 stopped.
#[derive(Debug, Parser)]
#[command(name = "etiqueta", version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Write events and results as JSON lines, and nothing else, to standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows how a table is understood: columns, labels, and what is remarkable.
    Inspect(Inspect),
    /// Fine-tunes a model on a table, evaluates it and keeps it.
    Train(Box<Train>),
    /// Shows how good a model is, or evaluates it on another table.
    Evaluate(Evaluate),
    /// Gives labels to one article or to a whole table.
    Classify(Classify),
    /// Lists, shows, renames, annotates, exports, imports and deletes models.
    #[command(subcommand)]
    Models(Models),
    /// Lists and adds base models, and fetches them where that is asked for.
    #[command(subcommand)]
    Base(Base),
    /// Lists what a model can be computed on: the processor and the cards of this machine, each of them tested.
    Devices,
    /// Writes the report of a model: text, charts and tables.
    Report(Report),
    /// Answers the requests of the window, or of another program, as JSON lines on standard input
    /// and output.
    Worker(Worker),
    /// Prints the completion script of a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// How a file is read and which column is what; what is not said is detected.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Table")]
pub(crate) struct TableChoices {
    /// Column of the titles.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) title_column: Option<String>,
    /// Column of the abstracts.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) abstract_column: Option<String>,
    /// Column of the labels; several times for columns of 0 and 1, one a label.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) label_column: Vec<String>,
    /// Column of the identifiers.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id_column: Option<String>,
    /// What separates several labels in a cell.
    #[arg(long, value_name = "TEXT")]
    pub(crate) label_separator: Option<String>,
    /// The labels in the order they are to have, separated by commas.
    #[arg(long, value_name = "LABELS", value_delimiter = ',')]
    pub(crate) label_order: Option<Vec<String>>,
    /// Encoding of the file.
    #[arg(long)]
    pub(crate) encoding: Option<Encoding>,
    /// Separator of the columns ("tab" for a tabulator).
    #[arg(long, value_name = "CHARACTER", value_parser = crate::settings::parse_separator)]
    pub(crate) separator: Option<char>,
    /// Sheet of a workbook.
    #[arg(long)]
    pub(crate) sheet: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Encoding {
    #[value(name = "utf-8")]
    Utf8,
    #[value(name = "utf-16le")]
    Utf16LittleEndian,
    #[value(name = "utf-16be")]
    Utf16BigEndian,
    #[value(name = "windows-1252", alias = "latin1", alias = "iso-8859-1")]
    Windows1252,
}

#[derive(Debug, Args)]
pub(crate) struct Worker {
    /// What computes: auto, cpu, or cuda: and the number of a card that `devices` lists.
    #[arg(long)]
    pub(crate) device: Option<DeviceChoice>,
    /// Threads; as many as the processor has when absent.
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// Seconds between two checkpoints of a training.
    #[arg(long, value_name = "SECONDS", default_value_t = CHECKPOINT_SECONDS)]
    pub(crate) checkpoint_seconds: f64,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// CSV, TSV or XLSX file.
    pub(crate) table: PathBuf,
    #[command(flatten)]
    pub(crate) choices: TableChoices,
    #[command(flatten)]
    pub(crate) corrections: CorrectionChoices,
    /// Base model whose word pieces the texts are measured in.
    #[arg(long, default_value = "compact")]
    pub(crate) base: String,
    /// Word pieces that would be read of a text.
    #[arg(long, default_value_t = 512)]
    pub(crate) max_length: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Train {
    /// CSV, TSV or XLSX file of articles with labels.
    #[arg(required_unless_present = "resume")]
    pub(crate) table: Option<PathBuf>,
    /// Name of the model; the table's name and the time when absent.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Base model: a name that `base list` shows, or a folder.
    #[arg(long, default_value = "compact")]
    pub(crate) base: String,
    /// Goes on with a run that was stopped or interrupted, from its last checkpoint.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["table", "name", "base", "TableChoices", "CorrectionChoices", "SplitSettings", "RecipeSettings"])]
    pub(crate) resume: Option<String>,
    /// Replaces an unfinished run of the same name, and the model that it left, and begins anew.
    #[arg(long, conflicts_with = "resume", requires = "name")]
    pub(crate) restart: bool,
    /// Makes the first updates alone, keeps nothing, and says how long the whole would take and how much memory it needs.
    #[arg(long, conflicts_with_all = ["resume", "restart"])]
    pub(crate) dry_run: bool,
    /// Seconds between two checkpoints: what is lost at most when the power fails.
    #[arg(long, value_name = "SECONDS", default_value_t = CHECKPOINT_SECONDS)]
    pub(crate) checkpoint_seconds: f64,
    /// What computes: auto, cpu, or cuda: and the number of a card that `devices` lists. A run that is resumed goes on
    /// with what it began with when absent.
    #[arg(long)]
    pub(crate) device: Option<DeviceChoice>,
    /// Threads; one for each core when absent, less one where there are more than two. The result does not depend on it.
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    #[command(flatten)]
    pub(crate) choices: TableChoices,
    #[command(flatten)]
    pub(crate) corrections: CorrectionChoices,
    #[command(flatten)]
    pub(crate) split: SplitSettings,
    #[command(flatten)]
    pub(crate) recipe: RecipeSettings,
}

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// A model that `models list` shows, or a folder.
    pub(crate) model: String,
    /// A table with labels; without one, the evaluation that was stored with the model is shown.
    pub(crate) table: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) choices: TableChoices,
    /// What computes: auto, cpu, or cuda: and the number of a card that `devices` lists.
    #[arg(long)]
    pub(crate) device: Option<DeviceChoice>,
    /// Threads; one for each core when absent, less one where there are more than two.
    #[arg(long)]
    pub(crate) threads: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct Classify {
    /// A table (CSV, TSV, XLSX) or a text file; "-" or nothing for a text on standard input.
    pub(crate) file: Option<PathBuf>,
    /// A model that `models list` shows, or a folder.
    #[arg(long, short)]
    pub(crate) model: String,
    /// Title of one article.
    #[arg(long, conflicts_with = "file")]
    pub(crate) title: Option<String>,
    /// Abstract of one article.
    #[arg(long = "abstract", value_name = "ABSTRACT", conflicts_with = "file")]
    pub(crate) abstract_text: Option<String>,
    /// Where a classified table goes; beside the table, with "-classified" in its name, when absent.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) choices: TableChoices,
    /// What computes: auto, cpu, or cuda: and the number of a card that `devices` lists.
    #[arg(long)]
    pub(crate) device: Option<DeviceChoice>,
    /// Threads; one for each core when absent, less one where there are more than two.
    #[arg(long)]
    pub(crate) threads: Option<usize>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Models {
    /// Lists the models, and the runs that can be resumed.
    List,
    /// Shows what a model is and where it is.
    Show {
        /// The model.
        model: String,
    },
    /// Gives a model another name.
    Rename {
        /// The model.
        model: String,
        /// Its new name.
        name: String,
    },
    /// Notes something about a model.
    Notes {
        /// The model.
        model: String,
        /// The text.
        text: String,
    },
    /// Deletes a model, and says how much space became free.
    Delete {
        /// The model.
        model: String,
    },
    /// Copies a model to a folder that transformers opens, or to a zip file of one.
    Export {
        /// The model.
        model: String,
        /// The folder, which must not exist yet.
        #[arg(required_unless_present = "zip")]
        folder: Option<PathBuf>,
        /// Writes a zip file in place of a folder; it must not exist yet.
        #[arg(long, value_name = "FILE", conflicts_with = "folder")]
        zip: Option<PathBuf>,
    },
    /// Copies a classifier into the library: a folder, also one that `save_pretrained` wrote, a zip
    /// file of one, or weights that PyTorch saved (.pt, .pth).
    Import {
        /// The folder or file.
        path: PathBuf,
        /// Its name in the library; the folder's or file's name when absent.
        #[arg(long)]
        name: Option<String>,
        /// The base model that weights of PyTorch were made from.
        #[arg(long)]
        base: Option<String>,
        /// The labels of PyTorch's weights in the order of their outputs, separated by commas.
        #[arg(long, value_name = "LABELS", value_delimiter = ',')]
        labels: Option<Vec<String>>,
    },
    /// Discards a run that was not finished.
    Discard {
        /// The run.
        run: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Base {
    /// Lists the base models, and those that can be fetched.
    List,
    /// Adds a Hugging Face BERT from a folder on this machine.
    Add {
        /// The folder.
        folder: PathBuf,
        /// Its name in the library; the folder's name when absent.
        #[arg(long)]
        name: Option<String>,
    },
    /// Fetches a BERT by its Hub name, as in "bert-base-uncased". Uses the network.
    Get {
        /// Its Hub name.
        name: String,
    },
    /// Removes a base model.
    Remove {
        /// The base model.
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    /// A model that `models list` shows, or a folder.
    pub(crate) model: String,
    /// Folder of the report; the model's name with "-report" here when absent.
    #[arg(long, short, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
    /// Language of the report.
    #[arg(long, default_value = "en")]
    pub(crate) language: ReportLanguage,
    /// Colours of the charts.
    #[arg(long, default_value = "light")]
    pub(crate) theme: ReportTheme,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ReportLanguage {
    /// English.
    En,
    /// Spanish.
    Es,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ReportTheme {
    /// Dark on white, for paper.
    Light,
    /// Light on dark, for screens.
    Dark,
}
