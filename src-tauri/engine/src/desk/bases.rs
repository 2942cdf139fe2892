//! Base models: from a folder, from the Hub, and away.

use std::path::Path;

use super::{Desk, DeskContext, DeskError};
use crate::library::base::hub::{DownloadEvent, DownloadObserver, HubError, HubRequest};
use crate::library::base::{BaseLibraryError, folder_name};
use crate::protocol::{Progress, ProgressUnit};
use crate::training::stop::Stop;

/// Seconds between two things that are told of a download.
const BETWEEN_NEWS: f64 = 0.2;

impl Desk {
    pub(super) fn add_base(&self, path: &Path, name: Option<&str>) -> Result<String, DeskError> {
        let name = name.map_or_else(|| folder_name(path), str::to_owned);
        let added = self.home.base_models().add(path, &name)?;
        Ok(added.record.name)
    }

    pub(super) fn get_base(
        &self,
        name: &str,
        context: &mut DeskContext<'_>,
    ) -> Result<Option<String>, DeskError> {
        let request = HubRequest::from_hub(name, &self.hub);
        let stop = context.stop;
        let mut download = Download {
            began: context.clock.seconds(),
            there_before: None,
            last_news: None,
            context,
        };
        let library = self.home.base_models();
        match library.get(&request, &mut download, stop) {
            Ok(added) => Ok(Some(added.record.name)),
            Err(BaseLibraryError::Hub(HubError::Stopped)) => {
                if stop.asked() == Some(Stop::Discard) {
                    match library.remove(name) {
                        // It was stopped before anything came.
                        Err(BaseLibraryError::Unknown { .. }) => {}
                        other => {
                            other?;
                        }
                    }
                }
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn delete_base(&self, name: &str) -> Result<u64, DeskError> {
        Ok(self.home.base_models().remove(name)?)
    }
}

/// Tells how far a download is.
struct Download<'a, 'b> {
    context: &'a mut DeskContext<'b>,
    began: f64,
    /// Bytes that an earlier download left.
    there_before: Option<u64>,
    last_news: Option<f64>,
}

impl DownloadObserver for Download<'_, '_> {
    fn on(&mut self, event: DownloadEvent) {
        match event {
            DownloadEvent::Resumed { from_byte, .. } if self.last_news.is_none() => {
                *self.there_before.get_or_insert(0) += from_byte;
            }
            DownloadEvent::Advanced {
                bytes, total_bytes, ..
            } => self.advanced(bytes, total_bytes),
            _ => {}
        }
    }
}

impl Download<'_, '_> {
    fn advanced(&mut self, bytes: u64, total: u64) {
        let now = self.context.clock.seconds();
        let is_soon = self.last_news.is_some_and(|last| now - last < BETWEEN_NEWS);
        if is_soon && bytes < total {
            return;
        }
        self.last_news = Some(now);
        let before = self.there_before.unwrap_or(0);
        let seconds = now - self.began;
        let progress = Progress::measured(bytes, total, ProgressUnit::Bytes, before, seconds);
        self.context.progressed(progress);
    }
}
