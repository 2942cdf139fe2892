// Sums over the rows of a matrix. A block adds up 64 rows of some columns, and a second kernel adds up the blocks.
#include "block_sums.cuh"

template <typename Value> struct ColumnSums {
    // (rows / 64 rounded up, width)
    float *partial;
    // (rows, width)
    const Value *values;
    int rows, width;
};

template <typename Value> __device__ inline void column_sums(const ColumnSums<Value> &sums) {
    const int column = column_of_lane(), first = first_row_of_warp();
    float4 sum{};
#pragma unroll
    for (int row = first; row < first + ROWS_A_BLOCK; row += SUM_WARPS) {
        if (row < sums.rows && column < sums.width) {
            sum = plus(sum, load_four(sums.values + static_cast<u64>(row) * sums.width + column));
        }
    }
    write_block_sums(sums.partial, sum, sums.width);
}

// A grid of (width / 128, rows / 64), rounded up, of 256 threads.
extern "C" __global__ void __launch_bounds__(SUM_THREADS) column_sums_f32(ColumnSums<float> sums) {
    column_sums(sums);
}
extern "C" __global__ void __launch_bounds__(SUM_THREADS) column_sums_bf16(ColumnSums<bfloat16> sums) {
    column_sums(sums);
}

namespace {

// So many that a thread adds up only a few blocks, one after the other.
constexpr int TOTAL_WARPS = 32;

} // namespace

struct BlockSums {
    // (width) each
    float *sums[3];
    // (blocks, kinds, width), a kind for each of the sums that there are
    const float *partial;
    int blocks, width;
    // Whether they are added to what is there.
    int accumulate;
};

// A block takes 32 columns of one kind: each warp every 32nd block, in their order, and then the warps are added up in
// theirs. A grid of (width / 32, rounded up, kinds) of 1,024 threads.
extern "C" __global__ void __launch_bounds__(TOTAL_WARPS *WARP) add_block_sums(BlockSums all) {
    __shared__ float of_warps[TOTAL_WARPS][WARP];
    const int warp = static_cast<int>(threadIdx.x) / WARP, lane = static_cast<int>(threadIdx.x) % WARP;
    const int column = static_cast<int>(blockIdx.x) * WARP + lane;
    const u64 jump = static_cast<u64>(gridDim.y) * all.width;
    float sum = 0;
    if (column < all.width) {
        const float *from = all.partial + static_cast<u64>(blockIdx.y) * all.width + column;
#pragma unroll 4
        for (int block = warp; block < all.blocks; block += TOTAL_WARPS) {
            sum += from[block * jump];
        }
    }
    of_warps[warp][lane] = sum;
    __syncthreads();
    if (warp == 0 && column < all.width) {
        for (int other = 1; other < TOTAL_WARPS; ++other) {
            sum += of_warps[other][lane];
        }
        float *to = all.sums[blockIdx.y] + column;
        *to = all.accumulate ? *to + sum : sum;
    }
}
