// Looking up embeddings, and the gradient of their tables.
#include "values.cuh"

namespace {

constexpr int LOOK_UP_THREADS = 128;
constexpr u32 TOKENS_A_TURN = 8;

} // namespace

template <typename Value> struct LookUp {
    // (tokens, width)
    Value *output;
    // By word piece, by position, and for the only segment, (entries, width)
    const float *word;
    const float *position;
    const float *token_type;
    // (tokens)
    const u32 *ids;
    const u32 *positions;
    int tokens, width;
};

// A warp takes a token.
template <typename Value> __device__ inline void look_up(const LookUp<Value> &all) {
    const int token = static_cast<int>(blockIdx.x) * (LOOK_UP_THREADS / WARP) + static_cast<int>(threadIdx.x) / WARP;
    if (token >= all.tokens) {
        return;
    }
    const float *word = all.word + static_cast<u64>(all.ids[token]) * all.width;
    const float *position = all.position + static_cast<u64>(all.positions[token]) * all.width;
    for (int at = static_cast<int>(threadIdx.x) % WARP * FOUR; at < all.width; at += WARP * FOUR) {
        // In the order of the processor's kernel.
        const float4 sum = plus(plus(load_four(word + at), load_four(all.token_type + at)), load_four(position + at));
        store_four(all.output + static_cast<u64>(token) * all.width + at, sum);
    }
}

// Word + position + segment. A grid of tokens / 4, rounded up, of 128 threads.
extern "C" __global__ void __launch_bounds__(LOOK_UP_THREADS) look_up_f32(LookUp<float> all) { look_up(all); }
extern "C" __global__ void __launch_bounds__(LOOK_UP_THREADS) look_up_bf16(LookUp<bfloat16> all) { look_up(all); }

template <typename Value> struct ScatterAdd {
    // (entries, width)
    float *table;
    // (tokens, width)
    const Value *gradient;
    // The entry of each run of tokens, (runs)
    const u32 *entries;
    // Where each run begins in `order`, and the number of tokens last, (runs + 1)
    const u32 *run_starts;
    // Tokens run by run, (tokens)
    const u32 *order;
    int runs, width;
    // Whether the sums are added to what is there.
    int accumulate;
};

// A block takes 128 columns of a run, which is all tokens that read the same entry: each warp every fourth of them, in
// their order, and then the warps are added up in theirs.
template <typename Value> __device__ inline void scatter_add(const ScatterAdd<Value> &all) {
    constexpr int WARPS = LOOK_UP_THREADS / WARP;
    __shared__ float4 of_warps[WARPS][WARP];
    const int run = static_cast<int>(blockIdx.x), warp = static_cast<int>(threadIdx.x) / WARP;
    const int lane = static_cast<int>(threadIdx.x) % WARP;
    const int at = (static_cast<int>(blockIdx.y) * WARP + lane) * FOUR;
    const bool is_there = at < all.width;
    const u32 end = all.run_starts[run + 1];
    float4 sum{};
    for (u32 first = all.run_starts[run] + warp; first < end; first += TOKENS_A_TURN * WARPS) {
        // A frequent word has thousands of tokens: some of them are on their way together.
        float4 values[TOKENS_A_TURN];
#pragma unroll
        for (u32 turn = 0; turn < TOKENS_A_TURN; ++turn) {
            const u32 number = first + turn * WARPS;
            values[turn] = is_there && number < end
                               ? load_four(all.gradient + static_cast<u64>(all.order[number]) * all.width + at)
                               : float4{};
        }
#pragma unroll
        for (u32 turn = 0; turn < TOKENS_A_TURN; ++turn) {
            sum = plus(sum, values[turn]);
        }
    }
    of_warps[warp][lane] = sum;
    __syncthreads();
    if (warp == 0 && is_there) {
        for (int other = 1; other < WARPS; ++other) {
            sum = plus(sum, of_warps[other][lane]);
        }
        float *entry = all.table + static_cast<u64>(all.entries[run]) * all.width + at;
        store_four(entry, all.accumulate ? plus(load_four(entry), sum) : sum);
    }
}

// The gradient of a table; entries that no token read are left as they are. A grid of (runs, width / 128), rounded up,
// of 128 threads.
extern "C" __global__ void __launch_bounds__(LOOK_UP_THREADS) scatter_add_f32(ScatterAdd<float> all) {
    scatter_add(all);
}
extern "C" __global__ void __launch_bounds__(LOOK_UP_THREADS) scatter_add_bf16(ScatterAdd<bfloat16> all) {
    scatter_add(all);
}
