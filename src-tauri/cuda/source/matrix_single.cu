// Matrix products in f32 throughout, for operands that lie in any way: the head in every precision, and everything
// where single precision is asked for.
//
// A block computes a tile of 64 x 64, a thread 4 x 4 of it, from slices in shared memory. The inner dimension is
// walked in order: the same bits always.
#include "values.cuh"

namespace {

constexpr int SINGLE_THREADS = 256;
constexpr int SINGLE_SIDE = 64;
constexpr int SINGLE_DEPTH = 16;
// A row of shared memory: some more than values, so that what is written across lies in different banks.
constexpr int SINGLE_LINE = SINGLE_SIDE + 4;

// Element (line, slice) is `values[line * line_stride + slice * slice_stride]`; a line is a row of the left operand
// or a column of the right one.
struct Strided {
    const float *values;
    int line_stride, slice_stride;
    int lines;
};

// Slices from `slice` on of the 64 lines from `first` on. Neighbouring threads read what lies side by side.
__device__ inline void load_slices(float *tile, const Strided &operand, int depth, int first, int slice) {
    for (int index = static_cast<int>(threadIdx.x); index < SINGLE_SIDE * SINGLE_DEPTH; index += SINGLE_THREADS) {
        const bool along = operand.slice_stride == 1;
        const int line = along ? index / SINGLE_DEPTH : index % SINGLE_SIDE;
        const int number = along ? index % SINGLE_DEPTH : index / SINGLE_SIDE;
        const bool is_there = first + line < operand.lines && slice + number < depth;
        const u64 at = static_cast<u64>(first + line) * operand.line_stride +
                       static_cast<u64>(slice + number) * operand.slice_stride;
        tile[number * SINGLE_LINE + line] = is_there ? operand.values[at] : 0.0f;
    }
}

} // namespace

struct ProductSingle {
    const float *left;
    const float *right;
    float *sums;
    // Added to each row (columns), or a null pointer.
    const float *bias;
    int rows, columns, depth;
    int left_row, left_slice, right_column, right_slice, stride;
    int accumulate;
};

// (rows, columns) = left (rows, depth) * right (depth, columns). A grid of (columns / 64, rows / 64), rounded up, of
// 256 threads.
extern "C" __global__ void __launch_bounds__(SINGLE_THREADS) multiply_single(ProductSingle product) {
    alignas(16) __shared__ float left_tile[SINGLE_DEPTH * SINGLE_LINE];
    alignas(16) __shared__ float right_tile[SINGLE_DEPTH * SINGLE_LINE];
    const int first_row = static_cast<int>(blockIdx.y) * SINGLE_SIDE;
    const int first_column = static_cast<int>(blockIdx.x) * SINGLE_SIDE;
    const Strided left{product.left, product.left_row, product.left_slice, product.rows};
    const Strided right{product.right, product.right_column, product.right_slice, product.columns};
    const int row = static_cast<int>(threadIdx.x) / 16 * FOUR, column = static_cast<int>(threadIdx.x) % 16 * FOUR;
    float sums[FOUR][FOUR] = {};
    for (int slice = 0; slice < product.depth; slice += SINGLE_DEPTH) {
        __syncthreads();
        load_slices(left_tile, left, product.depth, first_row, slice);
        load_slices(right_tile, right, product.depth, first_column, slice);
        __syncthreads();
#pragma unroll
        for (int number = 0; number < SINGLE_DEPTH; ++number) {
            const float4 lefts = load_four(left_tile + number * SINGLE_LINE + row);
            const float4 rights = load_four(right_tile + number * SINGLE_LINE + column);
            const float of_rows[FOUR] = {lefts.x, lefts.y, lefts.z, lefts.w};
            const float of_columns[FOUR] = {rights.x, rights.y, rights.z, rights.w};
#pragma unroll
            for (int i = 0; i < FOUR; ++i) {
#pragma unroll
                for (int j = 0; j < FOUR; ++j) {
                    sums[i][j] += of_rows[i] * of_columns[j];
                }
            }
        }
    }
#pragma unroll
    for (int i = 0; i < FOUR; ++i) {
#pragma unroll
        for (int j = 0; j < FOUR; ++j) {
            const int below = first_row + row + i, beside = first_column + column + j;
            if (below >= product.rows || beside >= product.columns) {
                continue;
            }
            float *sum = product.sums + static_cast<u64>(below) * product.stride + beside;
            const float start = (product.bias != nullptr ? product.bias[beside] : 0.0f) +
                                (product.accumulate ? *sum : 0.0f);
            *sum = start + sums[i][j];
        }
    }
}
