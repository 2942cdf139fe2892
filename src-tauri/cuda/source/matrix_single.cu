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
// A row of shared memory: some more than values, so that of what is written across two values at most lie in one bank.
constexpr int SINGLE_LINE = SINGLE_SIDE + 4;

// Element (line, slice) is `values[line * line_stride + slice * slice_stride]`; a line is a row of the left operand
// or a column of the right one.
struct Strided {
    const float *values;
    int line_stride, slice_stride;
    int lines;
};

// Loads the tiles of an operand one after the other, each thread the same places of each: first into registers, while
// the tile before is multiplied, then into shared memory. Neighbouring threads read what lies side by side.
struct SlicesLoader {
    static constexpr int EACH = SINGLE_SIDE * SINGLE_DEPTH / SINGLE_THREADS;

    const float *next;
    // From one value of this thread to the next in memory, in lines, in slices and in shared memory; and from a tile to
    // the next.
    long long jump, tile_jump;
    int line_step, slice_step, place_step;
    // Where the first value goes, and the lines and slices that are still there from it on.
    int place, lines, slices;
    float values[EACH];

    __device__ SlicesLoader(const Strided &operand, int depth, int first) {
        const int thread = static_cast<int>(threadIdx.x);
        const bool along = operand.slice_stride == 1;
        const int line = along ? thread / SINGLE_DEPTH : thread % SINGLE_SIDE;
        const int slice = along ? thread % SINGLE_DEPTH : thread / SINGLE_SIDE;
        line_step = along ? SINGLE_THREADS / SINGLE_DEPTH : 0;
        slice_step = along ? 0 : SINGLE_THREADS / SINGLE_SIDE;
        place_step = slice_step * SINGLE_LINE + line_step;
        place = slice * SINGLE_LINE + line;
        const long long line_stride = operand.line_stride, slice_stride = operand.slice_stride;
        jump = line_step * line_stride + slice_step * slice_stride;
        tile_jump = SINGLE_DEPTH * slice_stride;
        next = operand.values + (first + line) * line_stride + slice * slice_stride;
        lines = operand.lines - first - line;
        slices = depth - slice;
    }

    // Begins to load the next tile.
    __device__ void begin() {
        const float *from = next;
#pragma unroll
        for (int number = 0; number < EACH; ++number) {
            const bool is_there = number * line_step < lines && number * slice_step < slices;
            values[number] = is_there ? *from : 0.0f;
            from += jump;
        }
        next += tile_jump;
        slices -= SINGLE_DEPTH;
    }

    __device__ void end(float *tile) const {
#pragma unroll
        for (int number = 0; number < EACH; ++number) {
            tile[place + number * place_step] = values[number];
        }
    }
};

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
    SlicesLoader lefts_to_come(left, product.depth, first_row), rights_to_come(right, product.depth, first_column);
    lefts_to_come.begin();
    rights_to_come.begin();
#pragma unroll 1
    for (int slice = 0; slice < product.depth; slice += SINGLE_DEPTH) {
        // All are done with the tiles before.
        __syncthreads();
        lefts_to_come.end(left_tile);
        rights_to_come.end(right_tile);
        __syncthreads();
        // Beyond the last tile nothing is there, and nothing is read.
        lefts_to_come.begin();
        rights_to_come.begin();
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
