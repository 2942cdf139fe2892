//! Why a chart cannot be drawn.

use crate::failure_details;
use serde::Serialize;
use std::error::Error;
use ts_rs::TS;

/// Why a chart cannot be drawn. Each error names the chart by its file name stem.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ChartError {
    /// Stored numbers that belong together have different lengths.
    #[error(
        "cannot draw {chart}: there are {expected} labels, but {found} {what}. The stored numbers are damaged: compute them again"
    )]
    #[serde(rename = "inconsistentChart")]
    Inconsistent {
        /// The chart.
        chart: &'static str,
        /// What is there in the wrong number.
        what: &'static str,
        /// How many labels there are.
        expected: usize,
        /// How many of the others.
        found: usize,
    },
    /// A scale that no picture is drawn at.
    #[error("cannot draw {chart} at scale {scale}. Choose a scale from 1 to {most}")]
    #[serde(rename = "impossibleChartScale")]
    Scale {
        /// The chart.
        chart: &'static str,
        /// What was asked for.
        scale: u32,
        /// The largest that is drawn.
        most: u32,
    },
    /// More pixels than a picture may have.
    #[error(
        "cannot draw {chart} as PNG: it would have {width} × {height} pixels. Choose a smaller scale, or SVG"
    )]
    #[serde(rename = "chartTooLarge")]
    TooLarge {
        /// The chart.
        chart: &'static str,
        /// Pixels from left to right.
        width: u64,
        /// Pixels from top to bottom.
        height: u64,
    },
    /// The font that comes with the program is not one.
    #[error("cannot draw charts: the program's own font cannot be read. Install the program again")]
    #[serde(rename = "chartFontUnreadable")]
    Font,
    /// The drawing library gave up.
    #[error("cannot draw {chart}: {source}")]
    #[serde(rename = "chartNotDrawn")]
    Drawing {
        /// The chart.
        chart: &'static str,
        /// What it said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The pixels could not be written as PNG.
    #[error("cannot write {chart} as PNG: {source}")]
    #[serde(rename = "chartNotEncoded")]
    Encoding {
        /// The chart.
        chart: &'static str,
        /// What the encoder said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        source: png::EncodingError,
    },
}
