//! Operands laid out as the microkernels read them: panels of one tile height or width, one group
//! of slices after the other. A word of a panel is one `f32`, or two neighbouring slices of one row
//! rounded to bfloat16, the earlier in the low half, as `vdpbf16ps` takes them.

use std::ops::Range;

use super::{Matrix, Precision};
#[cfg(target_arch = "x86_64")]
use crate::simd::InstructionSet;

/// Packs `rows` x `slices` of `matrix` into panels that follow each other, each `width` rows:
/// `panel[word * width + row] = matrix[first row + row][slices of the word]`, with zeros in the
/// places beyond the rows and, in a last word, beyond the slices.
pub(super) fn pack_panels(
    panels: &mut [u32],
    matrix: Matrix<'_>,
    rows: Range<usize>,
    slices: Range<usize>,
    width: usize,
    precision: Precision,
) {
    let length = precision.words(slices.len()) * width;
    if length == 0 {
        return;
    }
    debug_assert_eq!(panels.len(), rows.len().div_ceil(width) * length);
    #[cfg(target_arch = "x86_64")]
    if InstructionSet::detect() == InstructionSet::Avx512 {
        let by_columns = matrix.row_stride == 1;
        if by_columns || matrix.column_stride == 1 {
            // SAFETY: the processor has AVX-512, and bfloat16 where it is asked for.
            unsafe {
                match (precision, by_columns) {
                    (Precision::Single, true) => avx512::copy(panels, matrix, rows, slices, width),
                    (Precision::Single, false) => {
                        avx512::transpose(panels, matrix, rows, slices, width);
                    }
                    (Precision::BFloat16, true) => {
                        avx512::copy_pairs(panels, matrix, rows, slices, width);
                    }
                    (Precision::BFloat16, false) => {
                        avx512::transpose_pairs(panels, matrix, rows, slices, width);
                    }
                }
            }
            return;
        }
    }
    for (number, panel) in panels.chunks_exact_mut(length).enumerate() {
        let own = panel_rows(&rows, number, width);
        if own.len() < width {
            panel.fill(0);
        }
        if matrix.row_stride == 1 && precision == Precision::Single {
            pack_columns(panel, matrix, own, slices.clone(), width);
        } else {
            pack_elements(panel, matrix, own, slices.clone(), width, precision);
        }
    }
}

/// Rounds the rows of a matrix, whose slices lie side by side, to bfloat16: each becomes whole words
/// that follow those of the row before.
///
/// # Panics
/// Where the processor has no such numbers.
pub(super) fn round_rows(words: &mut [u32], matrix: Matrix<'_>) {
    assert!(Precision::BFloat16.is_available() && matrix.column_stride == 1);
    // SAFETY: the processor has the instructions, as was just seen.
    unsafe { avx512::round_rows(words, matrix) };
}

/// The rows of one of several panels.
fn panel_rows(rows: &Range<usize>, number: usize, width: usize) -> Range<usize> {
    let first = rows.start + number * width;
    first..(first + width).min(rows.end)
}

/// The rows of a slice lie side by side.
fn pack_columns(
    panel: &mut [u32],
    matrix: Matrix<'_>,
    rows: Range<usize>,
    slices: Range<usize>,
    width: usize,
) {
    for (slice, words) in slices.zip(panel.chunks_exact_mut(width)) {
        let start = slice * matrix.column_stride + rows.start;
        let column = &matrix.data[start..start + rows.len()];
        for (word, value) in words.iter_mut().zip(column) {
            *word = value.to_bits();
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
        __m512bh, __m512i, __mmask16, _MM_HINT_T0, _mm_prefetch, _mm512_cvtne2ps_pbh,
        _mm512_load_si512, _mm512_mask_storeu_epi32, _mm512_maskz_loadu_epi32,
        _mm512_maskz_loadu_ps, _mm512_permutexvar_epi16, _mm512_setzero_si512,
        _mm512_shuffle_i32x4, _mm512_storeu_epi32, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64,
        _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
    };
    use std::ops::Range;

    use super::super::Matrix;
    use super::panel_rows;

    /// How far ahead of its use a slice is asked for: slices lie in other pages than the ones
    /// before, and no hardware foresees them.
    const SLICES_AHEAD: usize = 16;
    /// Words of a register.
    const LANES: usize = 16;

    /// Defines the packing of one kind of word, of which each holds `$group` slices: `$transpose`
    /// for matrices whose slices lie side by side in a row, `$copy` for those whose rows lie side
    /// by side in a slice. Two of each and not one with a parameter, because the processor may
    /// lack the instructions of the other.
    macro_rules! packing {
        ($features:literal, $group:literal, $transpose:ident, $load_row:ident, $copy:ident, $load_slices:ident) => {
            /// # Safety
            /// The processor has these instructions.
            #[target_feature(enable = $features)]
            pub(super) unsafe fn $transpose(
                panels: &mut [u32],
                matrix: Matrix<'_>,
                rows: Range<usize>,
                slices: Range<usize>,
                width: usize,
            ) {
                let words = slices.len().div_ceil($group);
                check(panels, matrix, &rows, &slices, width, words);
                // What is stored too much at the end of one group of rows is written over by the next
                // word only where there is one group.
                assert!(width < LANES || width.is_multiple_of(LANES));
                for (number, panel) in panels.chunks_exact_mut(words * width).enumerate() {
                    let own = panel_rows(&rows, number, width);
                    for first in (0..width).step_by(LANES) {
                        let places = LANES.min(width - first);
                        let count = places.min(own.len().saturating_sub(first));
                        for word in (0..words).step_by(LANES) {
                            let slice = slices.start + word * $group;
                            let inside = ($group * LANES).min(slices.end - slice);
                            let mut block = [_mm512_setzero_si512(); LANES];
                            for (row, line) in block.iter_mut().enumerate().take(count) {
                                let start = (own.start + first + row) * matrix.row_stride + slice;
                                // SAFETY: `inside` values from there lie in the matrix, as was
                                // checked. The prefetch never faults.
                                unsafe {
                                    let from = matrix.data.as_ptr().add(start);
                                    // The rows of the next panel, which no hardware foresees.
                                    let next = from.wrapping_add(width * matrix.row_stride);
                                    _mm_prefetch::<_MM_HINT_T0>(next.cast());
                                    *line = $load_row(from, inside);
                                }
                            }
                            let columns = transposed(block);
                            for (column, words) in columns.iter().take(words - word).enumerate() {
                                let place = (word + column) * width + first;
                                // SAFETY: `places` words from there lie in the panel.
                                unsafe { store(panel, place, places, *words) };
                            }
                        }
                    }
                }
            }

            /// All panels at once, so that the rows of a slice are read through.
            ///
            /// # Safety
            /// The processor has these instructions.
            #[target_feature(enable = $features)]
            pub(super) unsafe fn $copy(
                panels: &mut [u32],
                matrix: Matrix<'_>,
                rows: Range<usize>,
                slices: Range<usize>,
                width: usize,
            ) {
                let words = slices.len().div_ceil($group);
                check(panels, matrix, &rows, &slices, width, words);
                for word in 0..words {
                    let slice = slices.start + word * $group;
                    let has_next = slice + 1 < slices.end;
                    for (number, panel) in panels.chunks_exact_mut(words * width).enumerate() {
                        let own = panel_rows(&rows, number, width);
                        for first in (0..width).step_by(LANES) {
                            let inside = mask(own.len().saturating_sub(first));
                            let start = slice * matrix.column_stride + own.start + first;
                            // SAFETY: what the mask lets through lies in the matrix, and the words
                            // in the panel, as was checked.
                            unsafe {
                                let from = matrix.data.as_ptr().wrapping_add(start);
                                let next = from.wrapping_add(matrix.column_stride);
                                for slice in 0..$group {
                                    let ahead = SLICES_AHEAD + slice;
                                    let later = from.wrapping_add(ahead * matrix.column_stride);
                                    _mm_prefetch::<_MM_HINT_T0>(later.cast());
                                }
                                let next_inside = if has_next { inside } else { 0 };
                                let packed = $load_slices(from, inside, next, next_inside);
                                store(panel, word * width + first, width - first, packed);
                            }
                        }
                    }
                }
            }
        };
    }

    packing!("avx512f,avx512bw", 1, transpose, load_row, copy, load_slice);
    packing!(
        "avx512f,avx512bw,avx512bf16",
        2,
        transpose_pairs,
        load_row_of_pairs,
        copy_pairs,
        load_slices
    );

    /// # Safety
    /// The processor has AVX-512F and AVX512-BF16.
    #[target_feature(enable = "avx512f,avx512bf16")]
    pub(super) unsafe fn round_rows(words: &mut [u32], matrix: Matrix<'_>) {
        let depth = matrix.columns.div_ceil(2);
        assert_eq!(words.len(), matrix.rows * depth, "whole words for each row");
        for (row, words) in words.chunks_exact_mut(depth.max(1)).enumerate() {
            let values = &matrix.data[row * matrix.row_stride..][..matrix.columns];
            for word in (0..depth).step_by(LANES) {
                let inside = (values.len() - 2 * word).min(2 * LANES);
                // SAFETY: so many values and words lie there.
                unsafe {
                    let pairs = load_row_of_pairs(values.as_ptr().add(2 * word), inside);
                    let to = words.as_mut_ptr().add(word).cast();
                    _mm512_mask_storeu_epi32(to, mask(depth - word), pairs);
                }
            }
        }
    }

    /// That everything which is touched lies in the panels and the matrix.
    fn check(
        panels: &[u32],
        matrix: Matrix<'_>,
        rows: &Range<usize>,
        slices: &Range<usize>,
        width: usize,
        words: usize,
    ) {
        assert!(panels.len() == rows.len().div_ceil(width) * words * width);
        let last = rows.end.saturating_sub(1) * matrix.row_stride
            + slices.end.saturating_sub(1) * matrix.column_stride;
        assert!(rows.is_empty() || slices.is_empty() || last < matrix.data.len());
    }

    /// The first `count` of 16 lanes.
    fn mask(count: usize) -> __mmask16 {
        if count >= LANES {
            u16::MAX
        } else {
            (1 << count) - 1
        }
    }

    /// Writes the first `count` of 16 words, and where there is room all of them, which is faster:
    /// what comes too much is written over by the words that follow.
    ///
    /// # Safety
    /// `count` words from `place` lie in the panel; the processor has AVX-512F.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn store(panel: &mut [u32], place: usize, count: usize, words: __m512i) {
        // SAFETY: promised by the caller, and looked at.
        unsafe {
            let to = panel.as_mut_ptr().add(place).cast();
            if place + LANES <= panel.len() {
                _mm512_storeu_epi32(to, words);
            } else {
                _mm512_mask_storeu_epi32(to.cast(), mask(count), words);
            }
        }
    }

    /// # Safety
    /// `from` points to `count` values; the processor has AVX-512F.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn load_row(from: *const f32, count: usize) -> __m512i {
        // SAFETY: promised by the caller.
        unsafe { _mm512_maskz_loadu_epi32(mask(count), from.cast()) }
    }

    /// Two neighbours in each word.
    ///
    /// # Safety
    /// As [`load_row`], and the processor has AVX512-BF16.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bf16")]
    unsafe fn load_row_of_pairs(from: *const f32, count: usize) -> __m512i {
        // SAFETY: promised by the caller; what the masks leave out is not touched. Both types are
        // 512 bits of plain values.
        unsafe {
            let low = _mm512_maskz_loadu_ps(mask(count), from);
            let high = mask(count.saturating_sub(LANES));
            let high = _mm512_maskz_loadu_ps(high, from.wrapping_add(LANES));
            std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low))
        }
    }

    /// # Safety
    /// `from` points to the values that the mask lets through; the processor has AVX-512F.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn load_slice(
        from: *const f32,
        inside: __mmask16,
        _next: *const f32,
        _next_inside: __mmask16,
    ) -> __m512i {
        // SAFETY: promised by the caller.
        unsafe { _mm512_maskz_loadu_epi32(inside, from.cast()) }
    }

    /// Where the halves of 16 words come from: the slice, then the next one.
    static INTERLEAVED: Interleaved = Interleaved({
        let mut order = [0; 2 * LANES];
        let mut place = 0;
        while place < order.len() {
            order[place] = (place / 2 + place % 2 * LANES) as u16;
            place += 1;
        }
        order
    });

    #[repr(align(64))]
    struct Interleaved([u16; 2 * LANES]);

    /// Words of a slice and the next one.
    ///
    /// # Safety
    /// As [`load_slice`], for both slices, and the processor has AVX-512BW and AVX512-BF16.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
    unsafe fn load_slices(
        from: *const f32,
        inside: __mmask16,
        next: *const f32,
        next_inside: __mmask16,
    ) -> __m512i {
        // SAFETY: promised by the caller. Both types are 512 bits of plain values.
        unsafe {
            let low = _mm512_maskz_loadu_ps(inside, from);
            let high = _mm512_maskz_loadu_ps(next_inside, next);
            let halves: __m512i = std::mem::transmute(_mm512_cvtne2ps_pbh(high, low));
            let order = _mm512_load_si512(INTERLEAVED.0.as_ptr().cast());
            _mm512_permutexvar_epi16(order, halves)
        }
    }

    /// The 16 columns of 16 rows: pairs, then fours, then whole rows are exchanged.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn transposed(rows: [__m512i; LANES]) -> [__m512i; LANES] {
        let mut fours = [_mm512_setzero_si512(); LANES];
        for quarter in (0..LANES).step_by(4) {
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
        let mut columns = [_mm512_setzero_si512(); LANES];
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
