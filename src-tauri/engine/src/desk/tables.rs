//! The open table.

use std::path::Path;

use super::{Desk, DeskError};
use crate::dataset::{DatasetProfile, ReadingChoices, RoleChoices};
use crate::protocol::{ArticleFilter, ArticlePage, SplitOverview, TableOverview, TableProfile};
use crate::split::SplitChoice;

/// A table that was opened.
pub(super) struct OpenTable {
    /// Its counts with the word pieces of the base model that was asked for last.
    pub(super) profile: Option<DatasetProfile>,
}

impl Desk {
    pub(super) fn open_table(
        &mut self,
        _path: &Path,
        _reading: &ReadingChoices,
        _roles: &RoleChoices,
    ) -> Result<TableOverview, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn list_articles(
        &self,
        _filter: &ArticleFilter,
        _offset: usize,
        _limit: usize,
    ) -> Result<ArticlePage, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn profile_table(
        &mut self,
        _base: &str,
        _max_length: usize,
    ) -> Result<TableProfile, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn preview_split(
        &self,
        _split: &SplitChoice,
        _test_table: Option<&Path>,
    ) -> Result<SplitOverview, DeskError> {
        Err(DeskError::NotBuilt)
    }
}
