//! A download from the listing of its files to a model in the library.

use std::path::Path;

use super::listing::{self, Listing, RemoteFile};
use super::partial::PartialFolder;
use super::session::{Failure, Session};
use super::transfer::{News, Transfer};
use super::{DownloadEvent, DownloadObserver, HubError, HubRequest, explain};
use crate::checksum;
use crate::files::WriteError;
use crate::library::base::model::CONFIG_FILE;
use crate::library::base::{
    Added, BaseLibraryError, BaseModel, BaseModelError, BaseRecord, SelfTest,
};
use crate::model::config::{BertConfig, ConfigError};
use crate::training::stop::StopFlag;

/// An observer hears of this many bytes together.
const REPORT_BYTES: u64 = 1 << 16;

/// Asks the Hub what it has of a model.
pub(super) fn ask(
    session: &Session,
    request: &HubRequest,
    hub_name: &str,
    stop: &StopFlag,
) -> Result<Listing, HubError> {
    let (client, name) = (session.client(), hub_name.to_owned());
    let info = session.run(
        // The sender has to live as long as the work does.
        move |news: std::sync::mpsc::Sender<()>| async move {
            let info = listing::ask(client, name).await;
            drop(news);
            info
        },
        &mut |()| {},
        stop,
    );
    Listing::new(info.map_err(|failure| explain::about_model(failure, request, hub_name))?)
}

/// A download that holds its folder.
pub(super) struct Download<'a> {
    session: Session,
    request: &'a HubRequest,
    listing: Listing,
    folder: PartialFolder,
    name: &'a str,
    stop: &'a StopFlag,
}

impl<'a> Download<'a> {
    /// Takes the folder of the download; `place` is the folder of the library, what the download
    /// is called in it, and the name of the model to be.
    pub(super) fn begin(
        session: Session,
        request: &'a HubRequest,
        listing: Listing,
        place: (&Path, &str, &'a str),
        stop: &'a StopFlag,
    ) -> Result<Self, HubError> {
        let (library, folder_name, name) = place;
        let folder = PartialFolder::take(library, folder_name, &listing.hub_name)?;
        folder.begin(name, &listing)?;
        Ok(Self {
            session,
            request,
            listing,
            folder,
            name,
            stop,
        })
    }

    /// Gets all files, tests the model, and makes it the folder `target` of the library.
    pub(super) fn complete(
        self,
        target: &Path,
        observer: &mut dyn DownloadObserver,
    ) -> Result<Added, BaseLibraryError> {
        match self.fill(observer) {
            Ok(added) => {
                self.folder.finish(target)?;
                Ok(added)
            }
            Err(error) => {
                if is_final(&error) {
                    // What is wrong with the model is more important than what is left of it.
                    let _ = self.folder.discard();
                }
                Err(error)
            }
        }
    }

    fn fill(&self, observer: &mut dyn DownloadObserver) -> Result<Added, BaseLibraryError> {
        let Listing {
            hub_name,
            commit,
            licence,
            files,
        } = &self.listing;
        observer.on(DownloadEvent::Found {
            hub_name: hub_name.clone(),
            commit: commit.clone(),
            licence: licence.clone(),
            files: files.len(),
            total_bytes: self.listing.total_bytes(),
        });
        let mut before = 0;
        for file in files {
            before += self.fetch(file, before, observer)?;
            observer.on(DownloadEvent::Checked {
                file: file.name.clone(),
                checksum: file.sha256.is_some(),
            });
            if file.name == CONFIG_FILE {
                self.check_kind()?;
            }
        }
        let record = BaseRecord {
            name: self.name.into(),
            hub_name: Some(hub_name.clone()),
            commit: Some(commit.clone()),
            licence: licence.clone(),
        };
        let model = BaseModel::open(self.folder.path())?;
        if self.stop.is_raised() {
            return Err(HubError::Stopped.into());
        }
        let self_test = SelfTest::run(&model)?;
        record.write(self.folder.path())?;
        observer.on(DownloadEvent::Tested);
        let verified = files.iter().filter(|file| file.sha256.is_some());
        Ok(Added {
            verified: verified.map(|file| file.name.clone()).collect(),
            ..Added::new(&model, record, self_test)
        })
    }

    /// Tells another architecture before its weights are downloaded.
    fn check_kind(&self) -> Result<(), BaseLibraryError> {
        match BertConfig::read(&self.folder.file(CONFIG_FILE)) {
            Ok(_) => Ok(()),
            Err(ConfigError::NotBert { found, .. }) => Err(HubError::NotBert {
                hub_name: self.listing.hub_name.clone(),
                found,
            }
            .into()),
            Err(error) => Err(BaseModelError::from(error).into()),
        }
    }

    /// Gets one file, unless it is there, and returns its bytes.
    fn fetch(
        &self,
        file: &RemoteFile,
        before: u64,
        observer: &mut dyn DownloadObserver,
    ) -> Result<u64, HubError> {
        let (whole, part) = (self.folder.file(&file.name), self.folder.part(&file.name));
        if file.size.is_some() && length(&whole) == file.size {
            return Ok(file.size.unwrap_or(0));
        }
        loop {
            let resumes = length(&part).is_some_and(|bytes| bytes > 0);
            let checked = self
                .transfer(file, before, observer)
                .and_then(|()| self.check(file));
            match checked {
                Ok(bytes) => {
                    let renamed = std::fs::rename(&part, &whole);
                    renamed.map_err(|source| WriteError::new(&whole, source))?;
                    return Ok(bytes);
                }
                Err(error) if is_damage(&error) => {
                    let removed = std::fs::remove_file(&part);
                    removed.map_err(|source| WriteError::new(&part, source))?;
                    if !resumes {
                        return Err(error);
                    }
                    // The fault may be in the part that was there before.
                    observer.on(DownloadEvent::Restarted {
                        file: file.name.clone(),
                    });
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn transfer(
        &self,
        file: &RemoteFile,
        before: u64,
        observer: &mut dyn DownloadObserver,
    ) -> Result<(), HubError> {
        let path = self.folder.part(&file.name);
        let transfer = Transfer {
            repository: self.session.repository(&self.listing.hub_name),
            commit: self.listing.commit.clone(),
            file: file.name.clone(),
            size: file.size,
            path: path.clone(),
        };
        let total_bytes = self.listing.total_bytes();
        let (mut reported, mut highest) = (0, 0);
        let mut hear = |news| {
            let at = match news {
                News::Begun(0) if highest > 0 => {
                    (reported, highest) = (0, 0);
                    observer.on(DownloadEvent::Restarted {
                        file: file.name.clone(),
                    });
                    return;
                }
                News::Begun(0) => return,
                News::Begun(from_byte) => {
                    highest = from_byte;
                    observer.on(DownloadEvent::Resumed {
                        file: file.name.clone(),
                        from_byte,
                    });
                    from_byte
                }
                News::At(at) => at,
            };
            highest = at;
            if at >= reported + REPORT_BYTES || Some(at) == file.size {
                reported = at;
                observer.on(DownloadEvent::Advanced {
                    file: file.name.clone(),
                    file_bytes: at,
                    file_total_bytes: file.size.unwrap_or(0),
                    bytes: before + at,
                    total_bytes,
                });
            }
        };
        let done = self
            .session
            .run(|news| transfer.run(news), &mut hear, self.stop);
        done.map_err(|failure: Failure| {
            let there = (length(&path).unwrap_or(0), file.size);
            let hub_name = &self.listing.hub_name;
            explain::about_file(failure, self.request, hub_name, &file.name, there)
        })
    }

    /// Compares what came with what the Hub states, and returns its bytes.
    fn check(&self, file: &RemoteFile) -> Result<u64, HubError> {
        let path = self.folder.part(&file.name);
        if let Some(expected) = &file.sha256 {
            let found = match checksum::of_file(&path) {
                Ok(found) => found,
                Err(source) => return Err(HubError::Unreadable { path, source }),
            };
            if !found.eq_ignore_ascii_case(expected) {
                return Err(HubError::ChecksumMismatch {
                    hub_name: self.listing.hub_name.clone(),
                    file: file.name.clone(),
                    expected: expected.clone(),
                    found,
                });
            }
        }
        Ok(length(&path).unwrap_or(0))
    }
}

fn length(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().map(|data| data.len())
}

/// Whether a file that came is of no use.
fn is_damage(error: &HubError) -> bool {
    matches!(
        error,
        HubError::ChecksumMismatch { .. } | HubError::WrongLength { .. }
    )
}

/// Whether getting the same model again cannot help.
fn is_final(error: &BaseLibraryError) -> bool {
    match error {
        BaseLibraryError::Model(error) => !matches!(error, BaseModelError::Unreadable { .. }),
        BaseLibraryError::Hub(error) => matches!(
            error,
            HubError::NotBert { .. } | HubError::MissingFile { .. } | HubError::NotPermitted { .. }
        ),
        _ => false,
    }
}
