// Sums over the rows of a matrix, such as gradients of biases. A block adds up 64 rows of some columns, and a
// second kernel adds up the blocks in their order: the same bits always.
#include "values.cuh"

namespace {

constexpr int SUM_THREADS = 256;
constexpr int SUM_WARPS = SUM_THREADS / WARP;
constexpr int ROWS_A_BLOCK = 64;
constexpr int COLUMNS_A_BLOCK = WARP * FOUR;

} // namespace

template <typename Value> struct ColumnSums {
    // (rows / 64 rounded up, width)
    float *partial;
    const Value *values;
    // What each value is multiplied with, (rows, width), or a null pointer.
    const Value *factors;
    int rows, width;
};

template <typename Value> __device__ inline void column_sums(const ColumnSums<Value> &sums) {
    __shared__ float4 of_warps[SUM_WARPS][WARP];
    const int warp = static_cast<int>(threadIdx.x) / WARP, lane = static_cast<int>(threadIdx.x) % WARP;
    const int column = static_cast<int>(blockIdx.x) * COLUMNS_A_BLOCK + lane * FOUR;
    const int first = static_cast<int>(blockIdx.y) * ROWS_A_BLOCK;
    float4 sum{0, 0, 0, 0};
    for (int row = first + warp; row < first + ROWS_A_BLOCK; row += SUM_WARPS) {
        if (row < sums.rows && column < sums.width) {
            const u64 at = static_cast<u64>(row) * sums.width + column;
            float4 values = load_four(sums.values + at);
            if (sums.factors != nullptr) {
                values = times(values, load_four(sums.factors + at));
            }
            sum = plus(sum, values);
        }
    }
    of_warps[warp][lane] = sum;
    __syncthreads();
    if (warp == 0 && column < sums.width) {
        for (int other = 1; other < SUM_WARPS; ++other) {
            sum = plus(sum, of_warps[other][lane]);
        }
        store_four(sums.partial + static_cast<u64>(blockIdx.y) * sums.width + column, sum);
    }
}

// A grid of (width / 128, rows / 64), rounded up, of 256 threads.
extern "C" __global__ void __launch_bounds__(SUM_THREADS) column_sums_f32(ColumnSums<float> sums) {
    column_sums(sums);
}
extern "C" __global__ void __launch_bounds__(SUM_THREADS) column_sums_bf16(ColumnSums<bfloat16> sums) {
    column_sums(sums);
}

struct BlockSums {
    // (width)
    float *sums;
    // (blocks, width)
    const float *partial;
    int blocks, width;
    // Whether they are added to what is there.
    int accumulate;
};

// A block takes 32 columns: each warp every eighth block, in their order, and then the warps are added up in theirs. A
// grid of width / 32, rounded up, of 256 threads.
extern "C" __global__ void __launch_bounds__(SUM_THREADS) add_block_sums(BlockSums sums) {
    __shared__ float of_warps[SUM_WARPS][WARP];
    const int warp = static_cast<int>(threadIdx.x) / WARP, lane = static_cast<int>(threadIdx.x) % WARP;
    const int column = static_cast<int>(blockIdx.x) * WARP + lane;
    float sum = 0;
    if (column < sums.width) {
        for (int block = warp; block < sums.blocks; block += SUM_WARPS) {
            sum += sums.partial[static_cast<u64>(block) * sums.width + column];
        }
    }
    of_warps[warp][lane] = sum;
    __syncthreads();
    if (warp == 0 && column < sums.width) {
        for (int other = 1; other < SUM_WARPS; ++other) {
            sum += of_warps[other][lane];
        }
        sums.sums[column] = sums.accumulate ? sums.sums[column] + sum : sum;
    }
}
