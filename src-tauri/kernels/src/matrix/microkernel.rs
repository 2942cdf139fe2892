//! The innermost product: a tile of the destination held in registers while packed panels of both
//! operands stream past. One for each instruction set that has fused multiply-add, and one for
//! bfloat16.

use std::arch::x86_64::{
    __m256, __m512, __m512bh, _MM_HINT_T0, _mm_prefetch, _mm256_add_ps, _mm256_broadcast_ss,
    _mm256_cmpgt_epi32, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_maskload_ps, _mm256_maskstore_ps,
    _mm256_set1_epi32, _mm256_setr_epi32, _mm256_setzero_ps, _mm512_add_ps, _mm512_dpbf16_ps,
    _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_loadu_si512, _mm512_mask_storeu_ps,
    _mm512_maskz_loadu_ps, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps,
};

/// A part of the destination: `rows` x `columns` values in rows `stride` apart.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    pub(super) at: *mut f32,
    pub(super) stride: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) start: TileStart,
}

/// What the product of a tile is added to.
#[derive(Clone, Copy)]
pub(super) enum TileStart {
    Zero,
    /// What is in the tile.
    Present,
    /// The same values in each row of the tile.
    Row(*const f32),
}

/// Rows and columns of a register tile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct TileShape {
    pub(super) rows: usize,
    pub(super) columns: usize,
}

/// 12 x 2 registers of 16 values: 24 accumulators, 2 for the right panel, 1 for a broadcast.
pub(super) const AVX512: TileShape = TileShape {
    rows: 12,
    columns: 32,
};
/// 6 x 2 registers of 8 values.
pub(super) const AVX2: TileShape = TileShape {
    rows: 6,
    columns: 16,
};

/// Writes the sums of a tile: a macro, because sums stay in registers only where each is named by
/// a constant in the function that computed it.
macro_rules! finish_avx512 {
    ($sums:ident, $tile:ident, $($row:literal)*) => {
        let low_mask = column_mask($tile.columns, 0);
        let high_mask = column_mask($tile.columns, 16);
        // The same row for all is one that lies zero values apart.
        let (start, step) = match $tile.start {
            TileStart::Zero => (None, 0),
            TileStart::Present => (Some($tile.at.cast_const()), $tile.stride),
            TileStart::Row(values) => (Some(values), 0),
        };
        if let Some(start) = start {
            $(if $row < $tile.rows {
                let from = start.add($row * step);
                let low = _mm512_maskz_loadu_ps(low_mask, from);
                let high = _mm512_maskz_loadu_ps(high_mask, from.wrapping_add(16));
                let [sum, next] = $sums[$row];
                $sums[$row] = [_mm512_add_ps(sum, low), _mm512_add_ps(next, high)];
            })*
        }
        $(if $row < $tile.rows {
            let at = $tile.at.add($row * $tile.stride);
            _mm512_mask_storeu_ps(at, low_mask, $sums[$row][0]);
            _mm512_mask_storeu_ps(at.wrapping_add(16), high_mask, $sums[$row][1]);
        })*
    };
}

/// Defines the microkernels of one kind of word for AVX-512: `tile (+)= left * right`, with
/// `right` a packed panel of 32 columns, and of `left` 12 rows, either side by side in each slice
/// (`$by_slices`) or each with its slices side by side (`$by_rows`).
macro_rules! microkernels_avx512 {
    ($features:literal, $by_slices:ident, $by_rows:ident, $right:ident, $left:ident, $add:ident) => {
        /// `left` holds the 12 rows of a slice every `step` words.
        ///
        /// # Safety
        /// The processor has these instructions; `words` slices of both operands can be read; the
        /// tile can be written and has at most 12 rows and 32 columns.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $by_slices(
            words: usize,
            left: *const u32,
            step: usize,
            right: *const u32,
            tile: Tile,
        ) {
            let mut sums: [[__m512; 2]; 12] = [[_mm512_setzero_ps(); 2]; 12];
            let (mut left, mut right) = (left, right);
            prefetch(tile);
            // SAFETY: promised by the caller.
            unsafe {
                for _ in 0..words {
                    let (low, high) = ($right(right), $right(right.add(16)));
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let value = $left(left.add(row));
                        *sums = [$add(sums[0], value, low), $add(sums[1], value, high)];
                    }
                    left = left.wrapping_add(step);
                    right = right.add(32);
                }
                finish_avx512!(sums, tile, 0 1 2 3 4 5 6 7 8 9 10 11);
            }
        }

        /// `left` holds 12 rows of `words` words, `step` words apart.
        ///
        /// # Safety
        /// As its twin.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $by_rows(
            words: usize,
            left: *const u32,
            step: usize,
            right: *const u32,
            tile: Tile,
        ) {
            let mut sums: [[__m512; 2]; 12] = [[_mm512_setzero_ps(); 2]; 12];
            // Few addresses, for want of registers.
            let mut fours = [0, 4, 8].map(|row| left.wrapping_add(row * step));
            let mut right = right;
            prefetch(tile);
            // SAFETY: promised by the caller.
            unsafe {
                for _ in 0..words {
                    let (low, high) = ($right(right), $right(right.add(16)));
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let value = $left(fours[row / 4].add(row % 4 * step));
                        *sums = [$add(sums[0], value, low), $add(sums[1], value, high)];
                    }
                    for four in &mut fours {
                        *four = four.add(1);
                    }
                    right = right.add(32);
                }
                finish_avx512!(sums, tile, 0 1 2 3 4 5 6 7 8 9 10 11);
            }
        }
    };
}

microkernels_avx512!(
    "avx512f,avx512vl,fma",
    multiply_avx512,
    multiply_rows_avx512,
    load_values,
    spread_value,
    add_product
);
microkernels_avx512!(
    "avx512f,avx512vl,avx512bf16,fma",
    multiply_bfloat16,
    multiply_rows_bfloat16,
    load_pairs,
    spread_pair,
    add_pair_products
);

/// # Safety
/// 16 words can be read there.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn load_values(at: *const u32) -> __m512 {
    // SAFETY: promised by the caller; the words are `f32`.
    unsafe { _mm512_loadu_ps(at.cast()) }
}

/// # Safety
/// A word can be read there.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn spread_value(at: *const u32) -> __m512 {
    // SAFETY: promised by the caller; the word is an `f32`.
    unsafe { _mm512_set1_ps(*at.cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn add_product(sum: __m512, left: __m512, right: __m512) -> __m512 {
    _mm512_fmadd_ps(left, right, sum)
}

/// # Safety
/// 16 words can be read there.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn load_pairs(at: *const u32) -> __m512bh {
    // SAFETY: promised by the caller; both types are 512 bits of plain values.
    unsafe { std::mem::transmute(_mm512_loadu_si512(at.cast())) }
}

/// # Safety
/// A word can be read there.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn spread_pair(at: *const u32) -> __m512bh {
    // SAFETY: promised by the caller; both types are 512 bits of plain values.
    unsafe { std::mem::transmute(_mm512_set1_epi32((*at).cast_signed())) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn add_pair_products(sum: __m512, left: __m512bh, right: __m512bh) -> __m512 {
    _mm512_dpbf16_ps(sum, left, right)
}

/// Asks for the rows of a tile before its sums are ready.
#[inline]
fn prefetch(tile: Tile) {
    for row in 0..tile.rows {
        let at: *const i8 = tile.at.wrapping_add(row * tile.stride).cast();
        // SAFETY: every x86-64 has the instruction, which never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at) };
    }
}

/// One bit for each of 16 columns from `first` that lies below `columns`.
fn column_mask(columns: usize, first: usize) -> u16 {
    let inside = columns.saturating_sub(first).min(16);
    if inside == 16 {
        u16::MAX
    } else {
        (1u16 << inside) - 1
    }
}

/// As [`multiply_avx512`], with panels of 6 and 16 values, the left one packed.
///
/// # Safety
/// The processor has AVX2 and FMA; the rest as [`multiply_avx512`], with 6 rows and 16 columns.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn multiply_avx2(depth: usize, left: *const u32, right: *const u32, tile: Tile) {
    let mut sums: [[__m256; 2]; 6] = [[_mm256_setzero_ps(); 2]; 6];
    // Words of single precision are values.
    let (mut left, mut right) = (left.cast::<f32>(), right.cast::<f32>());
    // SAFETY: `depth` slices of each panel, by the caller's promise.
    unsafe {
        for _ in 0..depth {
            let low = _mm256_loadu_ps(right);
            let high = _mm256_loadu_ps(right.add(8));
            for (row, sums) in sums.iter_mut().enumerate() {
                let value = _mm256_broadcast_ss(&*left.add(row));
                sums[0] = _mm256_fmadd_ps(value, low, sums[0]);
                sums[1] = _mm256_fmadd_ps(value, high, sums[1]);
            }
            left = left.add(6);
            right = right.add(16);
        }
    }
    let lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    let inside = |first: i32| {
        let limit = _mm256_set1_epi32(tile.columns as i32 - first);
        _mm256_cmpgt_epi32(limit, lanes)
    };
    let (low_mask, high_mask) = (inside(0), inside(8));
    for (row, sums) in sums.iter().enumerate().take(tile.rows) {
        // SAFETY: only columns inside the tile are touched, by the masks.
        unsafe {
            let at = tile.at.add(row * tile.stride);
            let next = at.wrapping_add(8);
            let (mut low, mut high) = (sums[0], sums[1]);
            let start = match tile.start {
                TileStart::Zero => None,
                TileStart::Present => Some(at.cast_const()),
                TileStart::Row(values) => Some(values),
            };
            if let Some(start) = start {
                low = _mm256_add_ps(low, _mm256_maskload_ps(start, low_mask));
                let start = start.wrapping_add(8);
                high = _mm256_add_ps(high, _mm256_maskload_ps(start, high_mask));
            }
            _mm256_maskstore_ps(at, low_mask, low);
            _mm256_maskstore_ps(next, high_mask, high);
        }
    }
}
