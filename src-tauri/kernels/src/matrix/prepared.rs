//! A right operand that many products share, such as the weights of a model that classifies.

#[cfg(target_arch = "x86_64")]
use super::blocked::{Microkernel, Panels};
use super::{Matrix, Precision};

/// A matrix laid out once for all products with it in one precision.
#[derive(Debug)]
pub struct Prepared {
    layout: Layout,
    rows: usize,
    columns: usize,
    precision: Precision,
}

#[derive(Debug)]
enum Layout {
    #[cfg(target_arch = "x86_64")]
    Panels(Vec<u32>),
    /// Row by row, where there is no microkernel.
    Plain(Vec<f32>),
}

impl Prepared {
    /// Lays a matrix out, with all threads of the current pool.
    pub fn new(matrix: Matrix<'_>, precision: Precision) -> Self {
        Self {
            layout: Layout::new(matrix, precision),
            rows: matrix.rows,
            columns: matrix.columns,
            precision,
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        match &self.layout {
            #[cfg(target_arch = "x86_64")]
            Layout::Panels(words) => size_of_val(words.as_slice()),
            Layout::Plain(values) => size_of_val(values.as_slice()),
        }
    }

    pub(super) fn precision(&self) -> Precision {
        self.precision
    }

    pub(crate) fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// The matrix as its microkernel reads it.
    ///
    /// # Panics
    /// When it was laid out for another precision.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn panels(&self, precision: Precision) -> Panels<'_> {
        assert_eq!(precision, self.precision, "prepared for another precision");
        let words = match &self.layout {
            Layout::Panels(words) => words.as_slice(),
            Layout::Plain(_) => &[],
        };
        Panels {
            words,
            depth: self.rows,
            columns: self.columns,
        }
    }

    /// The matrix where there is no microkernel.
    pub(super) fn matrix(&self) -> Matrix<'_> {
        let values = match &self.layout {
            #[cfg(target_arch = "x86_64")]
            Layout::Panels(_) => &[],
            Layout::Plain(values) => values.as_slice(),
        };
        Matrix::new(values, self.rows, self.columns)
    }
}

impl Layout {
    fn new(matrix: Matrix<'_>, precision: Precision) -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(microkernel) = Microkernel::of(precision) {
            let mut words = Vec::new();
            microkernel.pack(matrix, &mut words);
            return Self::Panels(words);
        }
        let at = |row: usize, column: usize| {
            matrix.data[row * matrix.row_stride + column * matrix.column_stride]
        };
        let rows = 0..matrix.rows;
        Self::Plain(
            rows.flat_map(|row| (0..matrix.columns).map(move |column| at(row, column)))
                .collect(),
        )
    }
}
