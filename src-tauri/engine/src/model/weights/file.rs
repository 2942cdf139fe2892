//! A safetensors file read piece by piece, so that memory holds a tensor's values once.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use super::WeightsError;

/// The safetensors format allows no longer header.
const LONGEST_HEADER: u64 = 100_000_000;
const LENGTH_BYTES: u64 = 8;
/// How much is read at a time.
const PIECE_BYTES: usize = 1 << 18;
/// What git leaves in place of a file that it keeps elsewhere.
const GIT_LFS_POINTER: &[u8] = b"version ";

/// An open file whose header is sound.
pub(super) struct TensorFile {
    path: PathBuf,
    file: File,
    header: Metadata,
    data_start: u64,
}

impl TensorFile {
    pub(super) fn open(path: &Path) -> Result<Self, WeightsError> {
        let unreadable = |source| WeightsError::Unreadable {
            path: path.into(),
            source,
        };
        let broken = |message: String| WeightsError::NotSafetensors {
            path: path.into(),
            message,
        };
        let mut file = File::open(path).map_err(unreadable)?;
        let found = file.metadata().map_err(unreadable)?.len();
        let mut first = [0; LENGTH_BYTES as usize];
        if found < LENGTH_BYTES {
            return Err(broken(format!("it has only {found} bytes")));
        }
        file.read_exact(&mut first).map_err(unreadable)?;
        if first == GIT_LFS_POINTER {
            return Err(broken("git left a pointer in its place".into()));
        }
        let header_length = u64::from_le_bytes(first);
        if header_length > LONGEST_HEADER {
            return Err(broken("it does not begin with a header".into()));
        }
        let data_start = LENGTH_BYTES + header_length;
        let mut bytes = Vec::new();
        let mut header = (&mut file).take(header_length);
        header.read_to_end(&mut bytes).map_err(unreadable)?;
        if !bytes.starts_with(b"{") {
            return Err(broken("it does not begin with a header".into()));
        }
        let truncated = |expected| WeightsError::Truncated {
            path: path.into(),
            expected,
            found,
        };
        if (bytes.len() as u64) < header_length {
            return Err(truncated(data_start));
        }
        let header: Metadata =
            serde_json::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
        let expected = data_start + header.data_len() as u64;
        if found < expected {
            return Err(truncated(expected));
        }
        if found > expected {
            let more = found - expected;
            return Err(broken(format!("{more} bytes follow after its end")));
        }
        Ok(Self {
            path: path.into(),
            file,
            header,
            data_start,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the tensors, sorted.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = self.header.offset_keys();
        names.sort();
        names
    }

    pub(super) fn info(&self, name: &str) -> Option<&TensorInfo> {
        self.header.info(name)
    }

    /// Reads the values of a tensor, widened to f32, into `values`, which has their number.
    pub(super) fn read(&mut self, name: &str, values: &mut [f32]) -> Result<(), WeightsError> {
        let Some(info) = self.header.info(name) else {
            return Err(WeightsError::MissingTensor {
                path: self.path.clone(),
                name: name.into(),
                others: 0,
            });
        };
        let (kind, start) = (info.dtype, self.data_start + info.data_offsets.0 as u64);
        let Some((width, widen)) = widening(kind) else {
            return Err(WeightsError::WrongType {
                path: self.path.clone(),
                name: name.into(),
                found: kind.to_string(),
            });
        };
        let path = &self.path;
        let unreadable = |source| WeightsError::Unreadable {
            path: path.clone(),
            source,
        };
        self.file.seek(SeekFrom::Start(start)).map_err(unreadable)?;
        let mut bytes = vec![0; PIECE_BYTES.min(values.len() * width)];
        for values in values.chunks_mut(PIECE_BYTES / width) {
            let bytes = &mut bytes[..values.len() * width];
            self.file.read_exact(bytes).map_err(unreadable)?;
            widen(bytes, values);
            if !values.iter().all(|value| value.is_finite()) {
                return Err(WeightsError::NotFinite {
                    path: self.path.clone(),
                    name: name.into(),
                });
            }
        }
        Ok(())
    }
}

type Widen = fn(&[u8], &mut [f32]);

/// Bytes of a stored value, and how values become f32.
pub(super) fn widening(kind: Dtype) -> Option<(usize, Widen)> {
    match kind {
        Dtype::F32 => Some((4, |bytes, values| {
            for (value, &four) in values.iter_mut().zip(bytes.as_chunks().0) {
                *value = f32::from_le_bytes(four);
            }
        })),
        Dtype::F16 => Some((2, |bytes, values| {
            for (value, &two) in values.iter_mut().zip(bytes.as_chunks().0) {
                *value = widen_half(u16::from_le_bytes(two));
            }
        })),
        Dtype::BF16 => Some((2, |bytes, values| {
            for (value, &two) in values.iter_mut().zip(bytes.as_chunks().0) {
                *value = f32::from_bits(u32::from(u16::from_le_bytes(two)) << 16);
            }
        })),
        _ => None,
    }
}

/// IEEE 754 binary16 to binary32, which holds each of its values.
fn widen_half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let fraction = f32::from(bits & 0x3ff);
    match (bits >> 10) & 0x1f {
        // Subnormal: the fraction counts units of 2^-24.
        0 => sign * fraction * 2.0_f32.powi(-24),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        exponent => sign * (1024.0 + fraction) * 2.0_f32.powi(i32::from(exponent) - 25),
    }
}
