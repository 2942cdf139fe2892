// Scaled dot-product attention (Vaswani et al. 2017) over packed sequences on the tensor cores, with softmax and
// dropout fused, and its gradient. Scores never leave the registers (Dao et al. 2022): the forward pass walks
// through the keys with a running maximum and sum, and the backward pass computes the scores again from the
// log-sum-exp of each row. Gradients of keys and values, and of queries, come from two kernels of which each walks
// through the other side in order: nothing is added by several blocks at once, so the bits are always the same.
//
// A block takes 64 queries (or keys) of one head of one sequence, each of its four warps 16 of them.
#include "values.cuh"

namespace {

constexpr int ATTENTION_THREADS = 128;
// Queries or keys of a block.
constexpr int SIDE = 64;
constexpr int SIDE_OF_WARP = 16;

// 64 rows of one head in shared memory, in chunks.
template <int HEAD> struct HeadTile {
    static constexpr int PARTS = HEAD / CHUNK;
    uint4 chunks[SIDE * PARTS];

    // Begins to load rows that are `stride` values apart; those from `count` on become zero.
    __device__ void begin(const bfloat16 *rows, int stride, int count) {
        // Rows between two chunks of a thread, which are permuted alike.
        constexpr int ROWS = ATTENTION_THREADS / PARTS;
        const int row = static_cast<int>(threadIdx.x) / PARTS, part = static_cast<int>(threadIdx.x) % PARTS;
        const bfloat16 *from = rows + static_cast<u64>(row) * stride + part * CHUNK;
#pragma unroll
        for (int rows_on = 0; rows_on < SIDE; rows_on += ROWS) {
            begin_copy(chunks + place_of_chunk<PARTS>(row, part) + rows_on * PARTS, from, row + rows_on < count);
            from += static_cast<u64>(ROWS) * stride;
        }
    }

    // 16 rows and 16 columns as a left operand.
    __device__ void left(u32 (&fragment)[4], int row, int column) const {
        const int lane = static_cast<int>(threadIdx.x) % WARP, matrix = lane / 8;
        load_matrices(fragment,
                      chunks + place_of_chunk<PARTS>(row + matrix % 2 * 8 + lane % 8, column / CHUNK + matrix / 2));
    }

    // 16 rows as the columns of a right operand, 16 columns as its slices: low and high of the first eight, then
    // of the second.
    __device__ void right_by_rows(u32 (&fragment)[4], int row, int column) const {
        const int lane = static_cast<int>(threadIdx.x) % WARP, matrix = lane / 8;
        load_matrices(fragment,
                      chunks + place_of_chunk<PARTS>(row + matrix / 2 * 8 + lane % 8, column / CHUNK + matrix % 2));
    }

    // 16 rows as the slices of a right operand, 16 columns as its columns.
    __device__ void right_by_columns(u32 (&fragment)[4], int row, int column) const {
        const int lane = static_cast<int>(threadIdx.x) % WARP, matrix = lane / 8;
        load_matrices_transposed(
            fragment, chunks + place_of_chunk<PARTS>(row + matrix % 2 * 8 + lane % 8, column / CHUNK + matrix / 2));
    }
};

// 16 rows of a warp by 64 columns, or by the width of a head.
template <int COLUMNS> struct Sums {
    float of[COLUMNS / 8][4] = {};

    // += left (16, 16 * STEPS) * right, given as fragments.
    __device__ void add(const u32 (&left)[4], const u32 (&right)[4], int sixteen) {
        multiply_fragments(of[2 * sixteen], left, right[0], right[1]);
        multiply_fragments(of[2 * sixteen + 1], left, right[2], right[3]);
    }

    // 16 of the columns as a left operand of the next product.
    __device__ void as_left(u32 (&fragment)[4], int sixteen) const {
        const float(&first)[4] = of[2 * sixteen], (&second)[4] = of[2 * sixteen + 1];
        fragment[0] = to_bfloat16_pair(first[0], first[1]);
        fragment[1] = to_bfloat16_pair(first[2], first[3]);
        fragment[2] = to_bfloat16_pair(second[0], second[1]);
        fragment[3] = to_bfloat16_pair(second[2], second[3]);
    }
};

// The row (0 to 15) and the column of a value among the sums of a lane.
__device__ inline int row_of(int value) {
    return static_cast<int>(threadIdx.x) % WARP / 4 + value / 2 * 8;
}

__device__ inline int column_of(int eight, int value) {
    return 8 * eight + static_cast<int>(threadIdx.x) % 4 * 2 + value % 2;
}

// The four lanes that share a row.
__device__ inline float row_sum(float value) {
    value += __shfl_xor_sync(0xffffffffu, value, 1);
    return value + __shfl_xor_sync(0xffffffffu, value, 2);
}

__device__ inline float row_highest(float value) {
    value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, 1));
    return fmaxf(value, __shfl_xor_sync(0xffffffffu, value, 2));
}

// Calls `work` with the number of each eight columns of a lane's sums and of the value among them.
template <int COLUMNS, typename Work> __device__ inline void for_each_sum(Work work) {
#pragma unroll
    for (int eight = 0; eight < COLUMNS / 8; ++eight) {
#pragma unroll
        for (int value = 0; value < 4; ++value) {
            work(eight, value);
        }
    }
}

// Of the scores of a tile of which only the first `count` columns are there: the others count for nothing.
__device__ inline void leave_out_columns(Sums<SIDE> &scores, int count) {
    if (count < SIDE) {
        for_each_sum<SIDE>([&](int eight, int value) {
            if (column_of(eight, value) >= count) {
                scores.of[eight][value] = -infinity();
            }
        });
    }
}

// What raw scores are multiplied with, so that powers of two take the place of those of e.
template <int HEAD> __device__ inline float score_factor() { return LOG2_E * rsqrtf(static_cast<float>(HEAD)); }

__device__ inline int warp_row() { return static_cast<int>(threadIdx.x) / WARP * SIDE_OF_WARP; }

} // namespace

// What a block is for.
struct AttentionBlock {
    // First token of its sequence in the packed matrix, and tokens of the sequence.
    int start, length;
    // First of its 64 queries or keys within the sequence.
    int first;
    // Dropout index of query 0 and key 0 of head 0; heads follow each other at length squared.
    u32 first_index;
};

struct Attention {
    // (tokens, hidden)
    bfloat16 *context;
    // Log-sum-exp of each row of scaled scores, (heads, tokens)
    float *log_sums;
    // (tokens, 3 * hidden)
    const bfloat16 *query_key_value;
    // One for each 64 queries of each sequence
    const AttentionBlock *blocks;
    Dropout dropout;
    int tokens, heads;
};

namespace {

template <int HEAD> __device__ inline void attention(const Attention &all) {
    __shared__ HeadTile<HEAD> queries, keys, values;
    const AttentionBlock block = all.blocks[blockIdx.x];
    const int head = static_cast<int>(blockIdx.y), hidden = all.heads * HEAD, stride = 3 * hidden;
    const bfloat16 *of_sequence = all.query_key_value + static_cast<u64>(block.start) * stride + head * HEAD;
    const u32 first_index = block.first_index + static_cast<u32>(head) * block.length * block.length;
    const float factor = score_factor<HEAD>();
    // Begins to load the keys from `first` on, or the values, where there are such.
    auto begin_keys = [&](int first) {
        if (first < block.length) {
            keys.begin(of_sequence + static_cast<u64>(first) * stride + hidden, stride, block.length - first);
        }
        end_copy_group();
    };
    auto begin_values = [&](int first) {
        values.begin(of_sequence + static_cast<u64>(first) * stride + 2 * hidden, stride, block.length - first);
        end_copy_group();
    };
    queries.begin(of_sequence + static_cast<u64>(block.first) * stride, stride, block.length - block.first);
    begin_keys(0);
    u32 query[HEAD / 16][4];
    Sums<HEAD> context;
    float highest[2] = {-infinity(), -infinity()}, sum[2] = {0, 0};
    for (int first_key = 0; first_key < block.length; first_key += SIDE) {
        wait_for_copies<0>();
        // The keys are there for all, and all are done with the values before. These come while scores are computed.
        __syncthreads();
        begin_values(first_key);
        if (first_key == 0) {
#pragma unroll
            for (int slice = 0; slice < HEAD / 16; ++slice) {
                queries.left(query[slice], warp_row(), 16 * slice);
            }
        }
        Sums<SIDE> scores;
#pragma unroll
        for (int slice = 0; slice < HEAD / 16; ++slice) {
#pragma unroll
            for (int sixteen = 0; sixteen < SIDE / 16; ++sixteen) {
                u32 right[4];
                keys.right_by_rows(right, 16 * sixteen, 16 * slice);
                scores.add(query[slice], right, sixteen);
            }
        }
        leave_out_columns(scores, block.length - first_key);
        float now[2] = {highest[0], highest[1]};
        for_each_sum<SIDE>(
            [&](int eight, int value) { now[value / 2] = fmaxf(now[value / 2], scores.of[eight][value]); });
        float correction[2], start[2];
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            now[half] = row_highest(now[half]);
            start[half] = now[half] * factor;
            correction[half] = power_of_two(highest[half] * factor - start[half]);
            highest[half] = now[half];
            sum[half] *= correction[half];
        }
        for_each_sum<SIDE>([&](int eight, int value) {
            float &score = scores.of[eight][value];
            score = power_of_two(score * factor - start[value / 2]);
            sum[value / 2] += score;
        });
        wait_for_copies<0>();
        // The values are there for all, and all are done with the keys. The next ones come while values are added.
        __syncthreads();
        begin_keys(first_key + SIDE);
        if (all.dropout.threshold != 0) {
            for_each_sum<SIDE>([&](int eight, int value) {
                const u32 query_number = block.first + warp_row() + row_of(value);
                const u32 key = first_key + column_of(eight, value);
                scores.of[eight][value] *=
                    dropout_factor(all.dropout, first_index + query_number * block.length + key);
            });
        }
        for_each_sum<HEAD>([&](int eight, int value) { context.of[eight][value] *= correction[value / 2]; });
#pragma unroll
        for (int slice = 0; slice < SIDE / 16; ++slice) {
            u32 left[4];
            scores.as_left(left, slice);
#pragma unroll
            for (int sixteen = 0; sixteen < HEAD / 16; ++sixteen) {
                u32 right[4];
                values.right_by_columns(right, 16 * slice, 16 * sixteen);
                context.add(left, right, sixteen);
            }
        }
    }
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        const float total = row_sum(sum[half]), inverse = 1.0f / total;
        const int row = block.first + warp_row() + row_of(2 * half);
        if (row >= block.length) {
            continue;
        }
        const u64 token = static_cast<u64>(block.start) + row;
        if (threadIdx.x % 4 == 0) {
            all.log_sums[static_cast<u64>(head) * all.tokens + token] =
                highest[half] * rsqrtf(static_cast<float>(HEAD)) + logf(total);
        }
#pragma unroll
        for (int eight = 0; eight < HEAD / 8; ++eight) {
            const float(&four)[4] = context.of[eight];
            bfloat16 *to = all.context + token * hidden + head * HEAD + column_of(eight, 0);
            *reinterpret_cast<u32 *>(to) = to_bfloat16_pair(four[2 * half] * inverse, four[2 * half + 1] * inverse);
        }
    }
}

} // namespace

// A grid of (blocks, heads) of 128 threads. The second bound is of blocks that a multiprocessor holds at a time: one
// computes while another waits for its keys.
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS, 3) attention_32(Attention all) { attention<32>(all); }
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS, 3) attention_64(Attention all) { attention<64>(all); }

struct AttentionGradient {
    // Of query, key and value, (tokens, 3 * hidden)
    bfloat16 *gradient;
    // (tokens, hidden)
    const bfloat16 *context_gradient;
    const float *log_sums;
    // Of each row of the context and its gradient the inner product, (heads, tokens)
    const float *projections;
    const bfloat16 *query_key_value;
    const AttentionBlock *blocks;
    Dropout dropout;
    int tokens, heads;
};

namespace {

// The probability of a pair after dropout, and the gradient of its scaled score.
struct Pair {
    float dropped;
    float slope;
};

// From the pair's raw score and that of its row's log-sum-exp, in powers of two; `slope` is that of the dropped
// probability.
__device__ inline Pair pair_of(float score, float slope, float factor, float log_sum, float projection, float kept) {
    const float probability = power_of_two(score * factor - log_sum);
    return Pair{probability * kept, probability * (slope * kept - projection)};
}

// Writes 16 rows of a warp, as wide as a head and multiplied with `scale`, into rows that are `stride` apart.
template <int HEAD>
__device__ inline void write_rows(const Sums<HEAD> &sums, float scale, bfloat16 *rows, int stride, int count) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        const int row = warp_row() + row_of(2 * half);
        if (row >= count) {
            continue;
        }
#pragma unroll
        for (int eight = 0; eight < HEAD / 8; ++eight) {
            const float(&four)[4] = sums.of[eight];
            bfloat16 *to = rows + static_cast<u64>(row) * stride + column_of(eight, 0);
            *reinterpret_cast<u32 *>(to) = to_bfloat16_pair(scale * four[2 * half], scale * four[2 * half + 1]);
        }
    }
}

// The gradient of the queries.
template <int HEAD> __device__ inline void query_gradient(const AttentionGradient &all) {
    // Keys and values, and the next ones; before them queries and the context's gradient in the second place.
    __shared__ HeadTile<HEAD> tiles[2][2];
    const AttentionBlock block = all.blocks[blockIdx.x];
    const int head = static_cast<int>(blockIdx.y), hidden = all.heads * HEAD, stride = 3 * hidden;
    const bfloat16 *of_sequence = all.query_key_value + static_cast<u64>(block.start) * stride + head * HEAD;
    const bfloat16 *slopes = all.context_gradient + static_cast<u64>(block.start) * hidden + head * HEAD;
    const u32 first_index = block.first_index + static_cast<u32>(head) * block.length * block.length;
    const float factor = score_factor<HEAD>();
    const int count = block.length - block.first;
    // Begins to load the keys and values from `first` on, where there are such.
    auto begin = [&](int first, HeadTile<HEAD>(&to)[2]) {
        if (first < block.length) {
            const bfloat16 *rows = of_sequence + static_cast<u64>(first) * stride + hidden;
            to[0].begin(rows, stride, block.length - first);
            to[1].begin(rows + hidden, stride, block.length - first);
        }
        end_copy_group();
    };
    tiles[1][0].begin(of_sequence + static_cast<u64>(block.first) * stride, stride, count);
    tiles[1][1].begin(slopes + static_cast<u64>(block.first) * hidden, hidden, count);
    end_copy_group();
    begin(0, tiles[0]);
    wait_for_copies<1>();
    __syncthreads();
    u32 query[HEAD / 16][4], context_slope[HEAD / 16][4];
#pragma unroll
    for (int slice = 0; slice < HEAD / 16; ++slice) {
        tiles[1][0].left(query[slice], warp_row(), 16 * slice);
        tiles[1][1].left(context_slope[slice], warp_row(), 16 * slice);
    }
    float log_sums[2], projections[2];
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        const int row = block.first + warp_row() + row_of(2 * half);
        const u64 at = static_cast<u64>(head) * all.tokens + block.start + (row < block.length ? row : 0);
        log_sums[half] = LOG2_E * all.log_sums[at];
        projections[half] = all.projections[at];
    }
    Sums<HEAD> gradient;
    int turn = 0;
    for (int first_key = 0; first_key < block.length; first_key += SIDE, turn ^= 1) {
        wait_for_copies<0>();
        // Keys and values are there for all, and all are done with those before, whose place the next ones take.
        __syncthreads();
        begin(first_key + SIDE, tiles[turn ^ 1]);
        const HeadTile<HEAD> &keys = tiles[turn][0], &values = tiles[turn][1];
        Sums<SIDE> scores, score_slopes;
#pragma unroll
        for (int slice = 0; slice < HEAD / 16; ++slice) {
#pragma unroll
            for (int sixteen = 0; sixteen < SIDE / 16; ++sixteen) {
                u32 right[4];
                keys.right_by_rows(right, 16 * sixteen, 16 * slice);
                scores.add(query[slice], right, sixteen);
                values.right_by_rows(right, 16 * sixteen, 16 * slice);
                score_slopes.add(context_slope[slice], right, sixteen);
            }
        }
        leave_out_columns(scores, block.length - first_key);
        for_each_sum<SIDE>([&](int eight, int value) {
            const u32 row = block.first + warp_row() + row_of(value), key = first_key + column_of(eight, value);
            const float kept = dropout_factor(all.dropout, first_index + row * block.length + key);
            scores.of[eight][value] = pair_of(scores.of[eight][value], score_slopes.of[eight][value], factor,
                                              log_sums[value / 2], projections[value / 2], kept)
                                          .slope;
        });
#pragma unroll
        for (int slice = 0; slice < SIDE / 16; ++slice) {
            u32 left[4];
            scores.as_left(left, slice);
#pragma unroll
            for (int sixteen = 0; sixteen < HEAD / 16; ++sixteen) {
                u32 right[4];
                keys.right_by_columns(right, 16 * slice, 16 * sixteen);
                gradient.add(left, right, sixteen);
            }
        }
    }
    bfloat16 *to = all.gradient + (static_cast<u64>(block.start) + block.first) * stride + head * HEAD;
    write_rows<HEAD>(gradient, rsqrtf(static_cast<float>(HEAD)), to, stride, count);
}

// The gradients of keys and values: everything is the other way round, with keys as rows.
template <int HEAD> __device__ inline void key_value_gradient(const AttentionGradient &all) {
    // Queries and the context's gradient, and the next ones; before them keys and values in the second place.
    __shared__ HeadTile<HEAD> tiles[2][2];
    // Of those queries.
    __shared__ float log_sums[2][SIDE], projections[2][SIDE];
    const AttentionBlock block = all.blocks[blockIdx.x];
    const int head = static_cast<int>(blockIdx.y), hidden = all.heads * HEAD, stride = 3 * hidden;
    const bfloat16 *of_sequence = all.query_key_value + static_cast<u64>(block.start) * stride + head * HEAD;
    const bfloat16 *slopes = all.context_gradient + static_cast<u64>(block.start) * hidden + head * HEAD;
    const u32 first_index = block.first_index + static_cast<u32>(head) * block.length * block.length;
    const float factor = score_factor<HEAD>();
    const int count = block.length - block.first;
    const bfloat16 *own = of_sequence + static_cast<u64>(block.first) * stride + hidden;
    // Begins to load the queries from `first` on and all that belongs to them, where there are such.
    auto begin = [&](int first, int turn) {
        const int queries = block.length - first;
        if (queries > 0) {
            tiles[turn][0].begin(of_sequence + static_cast<u64>(first) * stride, stride, queries);
            tiles[turn][1].begin(slopes + static_cast<u64>(first) * hidden, hidden, queries);
            const int query = static_cast<int>(threadIdx.x) % SIDE;
            const u64 at = static_cast<u64>(head) * all.tokens + block.start + first + query;
            if (threadIdx.x < SIDE) {
                begin_copy_of_one(&log_sums[turn][query], all.log_sums + at, query < queries);
            } else {
                begin_copy_of_one(&projections[turn][query], all.projections + at, query < queries);
            }
        }
        end_copy_group();
    };
    static_assert(2 * SIDE == ATTENTION_THREADS, "one half of the threads loads log-sum-exps, the other projections");
    tiles[1][0].begin(own, stride, count);
    tiles[1][1].begin(own + hidden, stride, count);
    end_copy_group();
    begin(0, 0);
    wait_for_copies<1>();
    __syncthreads();
    u32 key[HEAD / 16][4], value_rows[HEAD / 16][4];
#pragma unroll
    for (int slice = 0; slice < HEAD / 16; ++slice) {
        tiles[1][0].left(key[slice], warp_row(), 16 * slice);
        tiles[1][1].left(value_rows[slice], warp_row(), 16 * slice);
    }
    Sums<HEAD> of_keys, of_values;
    int turn = 0;
    for (int first_query = 0; first_query < block.length; first_query += SIDE, turn ^= 1) {
        wait_for_copies<0>();
        // The queries are there for all, and all are done with those before, whose place the next ones take.
        __syncthreads();
        begin(first_query + SIDE, turn ^ 1);
        const HeadTile<HEAD> &queries = tiles[turn][0], &context_slopes = tiles[turn][1];
        Sums<SIDE> scores, score_slopes;
#pragma unroll
        for (int slice = 0; slice < HEAD / 16; ++slice) {
#pragma unroll
            for (int sixteen = 0; sixteen < SIDE / 16; ++sixteen) {
                u32 right[4];
                queries.right_by_rows(right, 16 * sixteen, 16 * slice);
                scores.add(key[slice], right, sixteen);
                context_slopes.right_by_rows(right, 16 * sixteen, 16 * slice);
                score_slopes.add(value_rows[slice], right, sixteen);
            }
        }
        leave_out_columns(scores, block.length - first_query);
        for_each_sum<SIDE>([&](int eight, int value) {
            const int column = column_of(eight, value);
            const u32 row = first_query + column, key_number = block.first + warp_row() + row_of(value);
            const float kept = dropout_factor(all.dropout, first_index + row * block.length + key_number);
            const Pair pair = pair_of(scores.of[eight][value], score_slopes.of[eight][value], factor,
                                      LOG2_E * log_sums[turn][column], projections[turn][column], kept);
            scores.of[eight][value] = pair.dropped;
            score_slopes.of[eight][value] = pair.slope;
        });
#pragma unroll
        for (int slice = 0; slice < SIDE / 16; ++slice) {
            u32 probabilities[4], of_scores[4];
            scores.as_left(probabilities, slice);
            score_slopes.as_left(of_scores, slice);
#pragma unroll
            for (int sixteen = 0; sixteen < HEAD / 16; ++sixteen) {
                u32 right[4];
                context_slopes.right_by_columns(right, 16 * slice, 16 * sixteen);
                of_values.add(probabilities, right, sixteen);
                queries.right_by_columns(right, 16 * slice, 16 * sixteen);
                of_keys.add(of_scores, right, sixteen);
            }
        }
    }
    bfloat16 *to = all.gradient + (static_cast<u64>(block.start) + block.first) * stride + head * HEAD;
    write_rows<HEAD>(of_keys, rsqrtf(static_cast<float>(HEAD)), to + hidden, stride, count);
    write_rows<HEAD>(of_values, 1.0f, to + 2 * hidden, stride, count);
}

} // namespace

// Grids of (blocks, heads) of 128 threads.
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS, 3) query_gradient_32(AttentionGradient all) {
    query_gradient<32>(all);
}
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS, 2) query_gradient_64(AttentionGradient all) {
    query_gradient<64>(all);
}
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) key_value_gradient_32(AttentionGradient all) {
    key_value_gradient<32>(all);
}
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS, 2) key_value_gradient_64(AttentionGradient all) {
    key_value_gradient<64>(all);
}

struct Projections {
    // (heads, tokens)
    float *projections;
    // (tokens, hidden) each
    const bfloat16 *context;
    const bfloat16 *context_gradient;
    int tokens, heads, head_size;
};

// The inner product of each row of the context with its gradient: one thread a head of a token. A grid of
// (tokens / 128 rounded up, heads) of 128 threads.
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) attention_projections(Projections all) {
    const int token = static_cast<int>(blockIdx.x) * ATTENTION_THREADS + static_cast<int>(threadIdx.x);
    if (token >= all.tokens) {
        return;
    }
    const int head = static_cast<int>(blockIdx.y);
    const u64 at = (static_cast<u64>(token) * all.heads + head) * all.head_size;
    float sum = 0;
    for (int column = 0; column < all.head_size; column += FOUR) {
        sum += sum_of_four(times(load_four(all.context + at + column), load_four(all.context_gradient + at + column)));
    }
    all.projections[static_cast<u64>(head) * all.tokens + token] = sum;
}
