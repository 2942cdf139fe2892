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
                $sums[$row] = [_mm512_add_ps($sums[$row][0], low), _mm512_add_ps($sums[$row][1], high)];
            })*
        }
        $(if $row < $tile.rows {
            let at = $tile.at.add($row * $tile.stride);
            _mm512_mask_storeu_ps(at, low_mask, $sums[$row][0]);
            _mm512_mask_storeu_ps(at.wrapping_add(16), high_mask, $sums[$row][1]);
        })*
    };
}

/// `tile (+)= left * right` over packed panels: `left` holds `depth` columns of 12 values,
/// `right` `depth` rows of 32.
///
/// # Safety
/// The processor has AVX-512F; the panels hold `depth` slices; the tile can be written and has at
/// most 12 rows and 32 columns.
#[target_feature(enable = "avx512f,avx512vl,fma")]
pub(super) unsafe fn multiply_avx512(
    depth: usize,
    left: *const f32,
    right: *const f32,
    tile: Tile,
) {
    let mut sums: [[__m512; 2]; 12] = [[_mm512_setzero_ps(); 2]; 12];
    let (mut left, mut right) = (left, right);
    // SAFETY: `depth` slices of each panel, by the caller's promise; prefetches never fault.
    unsafe {
        for row in 0..tile.rows.min(12) {
            _mm_prefetch::<_MM_HINT_T0>(tile.at.wrapping_add(row * tile.stride).cast());
        }
        for _ in 0..depth {
            let low = _mm512_loadu_ps(right);
            let high = _mm512_loadu_ps(right.add(16));
            for (row, sums) in sums.iter_mut().enumerate() {
                let value = _mm512_set1_ps(*left.add(row));
                sums[0] = _mm512_fmadd_ps(value, low, sums[0]);
                sums[1] = _mm512_fmadd_ps(value, high, sums[1]);
            }
            left = left.add(12);
            right = right.add(32);
        }
        finish_avx512!(sums, tile, 0 1 2 3 4 5 6 7 8 9 10 11);
    }
}

/// As [`multiply_avx512`], over panels of words that hold two slices each as bfloat16.
///
/// # Safety
/// As [`multiply_avx512`], and the processor has AVX512-BF16.
#[target_feature(enable = "avx512f,avx512vl,avx512bf16,fma")]
pub(super) unsafe fn multiply_bfloat16(
    words: usize,
    left: *const u32,
    right: *const u32,
    tile: Tile,
) {
    let mut sums: [[__m512; 2]; 12] = [[_mm512_setzero_ps(); 2]; 12];
    let (mut left, mut right) = (left, right);
    // SAFETY: as in `multiply_avx512`; the types that are exchanged are 512 bits of plain values.
    unsafe {
        for row in 0..tile.rows.min(12) {
            _mm_prefetch::<_MM_HINT_T0>(tile.at.wrapping_add(row * tile.stride).cast());
        }
        for _ in 0..words {
            let low: __m512bh = std::mem::transmute(_mm512_loadu_si512(right.cast()));
            let high: __m512bh = std::mem::transmute(_mm512_loadu_si512(right.add(16).cast()));
            for (row, sums) in sums.iter_mut().enumerate() {
                let pair = _mm512_set1_epi32((*left.add(row)).cast_signed());
                let pair: __m512bh = std::mem::transmute(pair);
                sums[0] = _mm512_dpbf16_ps(sums[0], pair, low);
                sums[1] = _mm512_dpbf16_ps(sums[1], pair, high);
            }
            left = left.add(12);
            right = right.add(32);
        }
        finish_avx512!(sums, tile, 0 1 2 3 4 5 6 7 8 9 10 11);
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

/// As [`multiply_avx512`], with panels of 6 and 16 values.
///
/// # Safety
/// The processor has AVX2 and FMA; the rest as [`multiply_avx512`], with 6 rows and 16 columns.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn multiply_avx2(depth: usize, left: *const f32, right: *const f32, tile: Tile) {
    let mut sums: [[__m256; 2]; 6] = [[_mm256_setzero_ps(); 2]; 6];
    let (mut left, mut right) = (left, right);
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
