//! Importing a base model from a folder on the disk.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::model::{CONFIG_FILE, TOKENIZER_FILES, WEIGHTS_FILE};
use super::{BaseLibrary, BaseLibraryError, BaseModel, BaseModelError, BaseRecord, SelfTest};
use crate::files::{write_atomically, write_folder_atomically};

/// Files that go along when they are there, without deciding over results.
pub(super) const COMPANIONS: [&str; 5] = [
    "special_tokens_map.json",
    "LICENSE",
    "LICENSE.txt",
    "LICENSE.md",
    "README.md",
];

/// A base model that is new in the library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Added {
    /// Where it is from, and its name.
    pub record: BaseRecord,
    /// Bytes of its files.
    pub bytes: u64,
    /// Values in the encoder and its pooler.
    pub parameters: usize,
    /// Parameters that its file lacks and that fine-tuning starts anew: those of the pooler, or
    /// none.
    pub initialised: Vec<String>,
    /// Tensors of its file that fine-tuning has no use for.
    pub unused: Vec<String>,
    /// The comparison with candle-transformers, which it passed.
    pub self_test: SelfTest,
    /// The files whose SHA-256 the Hub states and that have it.
    pub verified: Vec<String>,
}

impl Added {
    pub(super) fn new(model: &BaseModel, record: BaseRecord, self_test: SelfTest) -> Self {
        Self {
            record,
            bytes: model.total_bytes(),
            parameters: model.parameters(),
            initialised: model.initialised(),
            unused: model.unused().to_vec(),
            self_test,
            verified: Vec::new(),
        }
    }
}

/// The name that a model in `folder` gets where none is said: the folder's.
pub fn folder_name(folder: &Path) -> String {
    let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.into());
    let name = whole.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

impl BaseLibrary {
    /// Copies the BERT in `folder` into the library under `name`, after it passed its self-test.
    /// Either all of it is there afterwards, or nothing.
    ///
    /// # Errors
    /// When the name is taken, the folder is not a usable BERT, its self-test fails, or it cannot
    /// be copied.
    pub fn add(&self, folder: &Path, name: &str) -> Result<Added, BaseLibraryError> {
        let target = self.free_folder(name)?;
        // Before hundreds of megabytes are copied.
        let model = BaseModel::open(folder)?;
        let self_test = SelfTest::run(&model)?;
        let record = BaseRecord {
            name: name.trim().into(),
            ..BaseRecord::default()
        };
        write_folder_atomically(&target, |new| {
            copy_model(folder, new)?;
            record.write(new)?;
            BaseModel::open(new)?;
            Ok::<(), BaseLibraryError>(())
        })?;
        Ok(Added::new(&model, record, self_test))
    }
}

fn copy_model(from: &Path, to: &Path) -> Result<(), BaseLibraryError> {
    let names = [CONFIG_FILE, WEIGHTS_FILE].into_iter();
    for name in names.chain(TOKENIZER_FILES).chain(COMPANIONS) {
        let source = from.join(name);
        if source.is_file() {
            copy_file(&source, &to.join(name))?;
        }
    }
    Ok(())
}

/// Copies the content and not the permissions: a model from a read-only medium can be removed.
fn copy_file(from: &Path, to: &Path) -> Result<(), BaseLibraryError> {
    let unreadable = |source| {
        let path = from.into();
        BaseLibraryError::Model(BaseModelError::Unreadable { path, source })
    };
    let mut source = File::open(from).map_err(unreadable)?;
    let mut failed_read = None;
    let written = write_atomically(to, |target| {
        let mut piece = vec![0; 1 << 20];
        loop {
            match source.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(read) => target.write_all(&piece[..read])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    failed_read = Some(error);
                    return Err(io::ErrorKind::Other.into());
                }
            }
        }
    });
    match failed_read {
        Some(error) => Err(unreadable(error)),
        None => Ok(written?),
    }
}
