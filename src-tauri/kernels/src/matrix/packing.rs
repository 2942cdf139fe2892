//! Operands laid out as the microkernels read them: panels of one tile height or width, one group
//! of slices after the other. A word of a panel is one `f32`, or two neighbouring slices of one row
//! rounded to bfloat16, the earlier in the low half, as `vdpbf16ps` takes them.

use std::ops::Range;

use super::{Matrix, Precision};
use crate::simd::{InstructionSet, simd};

/// Packs `rows` x `slices` of `matrix` into one panel:
/// `panel[word * width + row] = matrix[rows.start + row][slices of the word]`, with zeros in the
/// places beyond the rows and, in a last word, beyond the slices.
pub(super) fn pack_panel(
    panel: &mut [u32],
    matrix: Matrix<'_>,
    rows: Range<usize>,
    slices: Range<usize>,
    width: usize,
    precision: Precision,
) {
    debug_assert_eq!(panel.len(), precision.words(slices.len()) * width);
    if rows.len() < width {
        panel.fill(0);
    }
    if matrix.row_stride == 1 {
        return pack_columns(panel, matrix, rows, slices, width, precision);
    }
    #[cfg(target_arch = "x86_64")]
    if matrix.column_stride == 1 && InstructionSet::detect() == InstructionSet::Avx512 {
        for first in (0..rows.len()).step_by(avx512::ROWS) {
            let own = rows.start + first..(rows.start + first + avx512::ROWS).min(rows.end);
            // SAFETY: the processor has AVX-512, and bfloat16 where it is asked for.
            unsafe {
                match precision {
                    Precision::Single => {
                        avx512::transpose(panel, matrix, own, slices.clone(), width, first);
                    }
                    Precision::BFloat16 => {
                        avx512::transpose_pairs(panel, matrix, own, slices.clone(), width, first);
                    }
                }
            }
        }
        return;
    }
    pack_elements(panel, matrix, rows, slices, width, precision);
}

/// The rows of a slice lie side by side.
fn pack_columns(
    panel: &mut [u32],
    matrix: Matrix<'_>,
    rows: Range<usize>,
    slices: Range<usize>,
    width: usize,
    precision: Precision,
) {
    let column = |slice: usize| {
        let start = slice * matrix.column_stride + rows.start;
        &matrix.data[start..start + rows.len()]
    };
    match precision {
        Precision::Single => {
            for (slice, words) in slices.zip(panel.chunks_exact_mut(width)) {
                for (word, value) in words.iter_mut().zip(column(slice)) {
                    *word = value.to_bits();
                }
            }
        }
        Precision::BFloat16 => {
            let pairs = slices.clone().step_by(2);
            for (slice, words) in pairs.zip(panel.chunks_exact_mut(width)) {
                if slice + 1 < slices.end {
                    round_pairs(words, column(slice), column(slice + 1));
                } else {
                    round_low(words, column(slice));
                }
            }
        }
    }
}

/// Any strides, one element after the other.
fn pack_elements(
    panel: &mut [u32],
    matrix: Matrix<'_>,
    rows: Range<usize>,
    slices: Range<usize>,
    width: usize,
    precision: Precision,
) {
    let at = |row: usize, slice: usize| {
        matrix.data[(rows.start + row) * matrix.row_stride + slice * matrix.column_stride]
    };
    // Eight slices at a time, so that each cache line read is used up at once.
    const RUN: usize = 8;
    let group = precision.slices_a_word();
    for run in slices.clone().step_by(RUN) {
        let run = run..(run + RUN).min(slices.end);
        for row in 0..rows.len() {
            for slice in run.clone().step_by(group) {
                let word = (slice - slices.start) / group * width + row;
                panel[word] = match precision {
                    Precision::Single => at(row, slice).to_bits(),
                    Precision::BFloat16 => {
                        let next = if slice + 1 < slices.end {
                            at(row, slice + 1)
                        } else {
                            0.0
                        };
                        pair(at(row, slice), next)
                    }
                };
            }
        }
    }
}

simd! {
    fn round_pairs(words: &mut [u32], low: &[f32], high: &[f32]) {
        for ((word, low), high) in words.iter_mut().zip(low).zip(high) {
            *word = pair(*low, *high);
        }
    }

    fn round_low(words: &mut [u32], low: &[f32]) {
        for (word, low) in words.iter_mut().zip(low) {
            *word = rounded(*low);
        }
    }
}

/// Two values as bfloat16 in one word.
#[inline(always)]
fn pair(low: f32, high: f32) -> u32 {
    rounded(low) | (rounded(high) << 16)
}

/// The nearest bfloat16, ties to even, in the low half; not-a-number stays one.
#[inline(always)]
pub(super) fn rounded(value: f32) -> u32 {
    let bits = value.to_bits();
    let nearest = (bits.wrapping_add(0x7fff + ((bits >> 16) & 1))) >> 16;
    if value.is_nan() {
        (bits >> 16) | 0x40
    } else {
        nearest
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        __m512bh, __m512i, __mmask16, _mm512_cvtne2ps_pbh, _mm512_mask_storeu_epi32,
        _mm512_maskz_loadu_epi32, _mm512_maskz_loadu_ps, _mm512_setzero_si512,
        _mm512_shuffle_i32x4, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32,
        _mm512_unpacklo_epi64,
    };
    use std::ops::Range;

    use super::super::Matrix;

    /// Rows and words that are transposed at once.
    pub(super) const ROWS: usize = 16;

    /// Packs at most 16 rows from place `first` of each word on, of a matrix whose slices lie side
    /// by side.
    ///
    /// # Safety
    /// The processor has AVX-512F; the panel holds whole words for all slices, `width` wide.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn transpose(
        panel: &mut [u32],
        matrix: Matrix<'_>,
        rows: Range<usize>,
        slices: Range<usize>,
        width: usize,
        first: usize,
    ) {
        check(panel, matrix, &rows, &slices, width, first, 1);
        for run in (0..slices.len()).step_by(ROWS) {
            let count = ROWS.min(slices.len() - run);
            let mut block = [_mm512_setzero_si512(); ROWS];
            for (line, row) in block.iter_mut().zip(rows.clone()) {
                let start = row * matrix.row_stride + slices.start + run;
                // SAFETY: `count` values from there lie in the matrix, as was checked.
                *line = unsafe {
                    let from = matrix.data.as_ptr().add(start);
                    _mm512_maskz_loadu_epi32(mask(count), from.cast())
                };
            }
            // SAFETY: `count` words from there on lie in the panel, as was checked.
            unsafe {
                let to = panel.as_mut_ptr().add(run * width + first);
                store_transposed(to, block, count, rows.len(), width);
            }
        }
    }

    /// As [`transpose`], with two slices rounded into each word.
    ///
    /// # Safety
    /// As [`transpose`], and the processor has AVX512-BF16.
    #[target_feature(enable = "avx512f,avx512bf16")]
    pub(super) unsafe fn transpose_pairs(
        panel: &mut [u32],
        matrix: Matrix<'_>,
        rows: Range<usize>,
        slices: Range<usize>,
        width: usize,
        first: usize,
    ) {
        check(panel, matrix, &rows, &slices, width, first, 2);
        for run in (0..slices.len()).step_by(2 * ROWS) {
            let count = (2 * ROWS).min(slices.len() - run);
            let (low, high) = (mask(count.min(ROWS)), mask(count.saturating_sub(ROWS)));
            let mut block = [_mm512_setzero_si512(); ROWS];
            for (line, row) in block.iter_mut().zip(rows.clone()) {
                let start = row * matrix.row_stride + slices.start + run;
                // SAFETY: `count` values from there lie in the matrix, as was checked; what the
                // masks leave out is not touched. Both types are 512 bits of plain values.
                *line = unsafe {
                    let from = matrix.data.as_ptr().add(start);
                    let low = _mm512_maskz_loadu_ps(low, from);
                    let high = _mm512_maskz_loadu_ps(high, from.wrapping_add(ROWS));
                    std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low))
                };
            }
            // SAFETY: as above.
            unsafe {
                let to = panel.as_mut_ptr().add(run / 2 * width + first);
                store_transposed(to, block, count.div_ceil(2), rows.len(), width);
            }
        }
    }

    fn check(
        panel: &[u32],
        matrix: Matrix<'_>,
        rows: &Range<usize>,
        slices: &Range<usize>,
        width: usize,
        first: usize,
        group: usize,
    ) {
        assert!(rows.len() <= ROWS && first + rows.len() <= width);
        assert!(panel.len() >= slices.len().div_ceil(group) * width);
        let last = rows.end.saturating_sub(1) * matrix.row_stride + slices.end;
        assert!(rows.is_empty() || last <= matrix.data.len());
    }

    fn mask(count: usize) -> __mmask16 {
        if count >= ROWS {
            u16::MAX
        } else {
            (1 << count) - 1
        }
    }

    /// Writes `words` columns of the block, `rows` values each, `width` words apart.
    ///
    /// # Safety
    /// `to` points to room for them; the processor has AVX-512F.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn store_transposed(
        to: *mut u32,
        block: [__m512i; ROWS],
        words: usize,
        rows: usize,
        width: usize,
    ) {
        let columns = transposed(block);
        let inside = mask(rows);
        for (word, column) in columns.iter().enumerate().take(words) {
            // SAFETY: promised by the caller.
            unsafe { _mm512_mask_storeu_epi32(to.add(word * width).cast(), inside, *column) };
        }
    }

    /// The 16 columns of 16 rows: pairs, then fours, then whole rows are exchanged.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn transposed(rows: [__m512i; ROWS]) -> [__m512i; ROWS] {
        let mut fours = [_mm512_setzero_si512(); ROWS];
        for quarter in (0..ROWS).step_by(4) {
            // No closures: they would not be inlined with these instructions.
            let low = _mm512_unpacklo_epi32(rows[quarter], rows[quarter + 1]);
            let high = _mm512_unpackhi_epi32(rows[quarter], rows[quarter + 1]);
            let low_next = _mm512_unpacklo_epi32(rows[quarter + 2], rows[quarter + 3]);
            let high_next = _mm512_unpackhi_epi32(rows[quarter + 2], rows[quarter + 3]);
            fours[quarter] = _mm512_unpacklo_epi64(low, low_next);
            fours[quarter + 1] = _mm512_unpackhi_epi64(low, low_next);
            fours[quarter + 2] = _mm512_unpacklo_epi64(high, high_next);
            fours[quarter + 3] = _mm512_unpackhi_epi64(high, high_next);
        }
        let mut columns = [_mm512_setzero_si512(); ROWS];
        for column in 0..4 {
            let (first, second) = (fours[column], fours[column + 4]);
            let (third, fourth) = (fours[column + 8], fours[column + 12]);
            let even = _mm512_shuffle_i32x4::<0x88>(first, second);
            let even_next = _mm512_shuffle_i32x4::<0x88>(third, fourth);
            let odd = _mm512_shuffle_i32x4::<0xdd>(first, second);
            let odd_next = _mm512_shuffle_i32x4::<0xdd>(third, fourth);
            columns[column] = _mm512_shuffle_i32x4::<0x88>(even, even_next);
            columns[column + 4] = _mm512_shuffle_i32x4::<0x88>(odd, odd_next);
            columns[column + 8] = _mm512_shuffle_i32x4::<0xdd>(even, even_next);
            columns[column + 12] = _mm512_shuffle_i32x4::<0xdd>(odd, odd_next);
        }
        columns
    }
}
