// Sums over the rows of a matrix, such as gradients of biases, are taken in blocks of rows, on the way of whatever works
// on these rows; `column_sums.cu` adds up the blocks. All in a fixed order, so the bits are always the same.
#pragma once

#include "values.cuh"

// Each lane has sums of four columns, a warp's width apart where there are several. Those of all warps of the block,
// added up in their order, become `count` values at `to`.
template <int WARPS, int FOURS> __device__ inline void add_warps(const float4 (&sums)[FOURS], float *to, int count) {
    __shared__ float4 of_warps[WARPS][FOURS * WARP];
    const int thread = static_cast<int>(threadIdx.x);
    // All are done with what another call left here.
    __syncthreads();
#pragma unroll
    for (int number = 0; number < FOURS; ++number) {
        of_warps[thread / WARP][number * WARP + thread % WARP] = sums[number];
    }
    __syncthreads();
    for (int four = thread; four < FOURS * WARP && four * FOUR < count; four += WARPS * WARP) {
        float4 sum = of_warps[0][four];
        for (int other = 1; other < WARPS; ++other) {
            sum = plus(sum, of_warps[other][four]);
        }
        store_four(to + four * FOUR, sum);
    }
}

// Sums over the rows of a matrix that is walked through by blocks of 256 threads, each of which takes 64 rows of 128
// columns: a lane four columns, a warp every eighth row.
constexpr int SUM_THREADS = 256;
constexpr int SUM_WARPS = SUM_THREADS / WARP;
constexpr int ROWS_A_BLOCK = 64;
constexpr int COLUMNS_A_BLOCK = WARP * FOUR;

__device__ inline int first_column_of_block() { return static_cast<int>(blockIdx.x) * COLUMNS_A_BLOCK; }

__device__ inline int column_of_lane() {
    return first_column_of_block() + static_cast<int>(threadIdx.x) % WARP * FOUR;
}

__device__ inline int first_row_of_warp() {
    return static_cast<int>(blockIdx.y) * ROWS_A_BLOCK + static_cast<int>(threadIdx.x) / WARP;
}

// `partial` (blocks, width) takes the block's sums.
__device__ inline void write_block_sums(float *partial, const float4 &sum, int width) {
    const float4 sums[1] = {sum};
    const int first = first_column_of_block();
    add_warps<SUM_WARPS, 1>(sums, partial + static_cast<u64>(blockIdx.y) * width + first, width - first);
}
