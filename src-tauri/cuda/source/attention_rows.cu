// Attention in any precision and for heads of any size up to 128, row by row: everything where single precision is
// asked for, heads that the tensor cores' kernels do not know, and the last layer, in which only `[CLS]` asks.
//
// A warp takes a query (or, for the gradients of keys and values, a key) of one head and walks through the other
// side, 32 rows at a time: a lane computes the score of one of them, and then all lanes add up columns. The order is
// always the same, and so are the bits.
#include "values.cuh"

namespace {

constexpr int ROW_WARPS = 4;
constexpr int ROW_OF_WARP_THREADS = ROW_WARPS * WARP;
constexpr int MOST_COLUMNS_A_LANE = 4;

} // namespace

// A row of the queries, or of the keys.
struct AttentionRow {
    // The sequence's first key and its number of keys, in rows of the keys
    int start, length;
    // Place of this row in the sequence
    int position;
    // The sequence's first query and its number of queries, in rows of the queries
    int first_query, queries;
    // Dropout index of query 0 and key 0 of head 0; heads follow each other at length squared
    u32 first_index;
};

template <typename Value> struct AttentionRows {
    // (queries, hidden)
    Value *context;
    // Log-sum-exp of each row of scaled scores, (heads, queries)
    float *log_sums;
    // Rows of queries, and of keys and values; each begins with head 0
    const Value *queries;
    const Value *keys;
    const Value *values;
    // One a query
    const AttentionRow *rows;
    Dropout dropout;
    int query_stride, key_stride;
    int query_count, heads, head_size;
};

template <typename Value> __device__ inline float dot(const Value *left, const Value *right, int count) {
    float sum = 0;
    if (count % FOUR != 0) {
        // Heads do not begin where four values can be loaded.
        for (int at = 0; at < count; ++at) {
            sum += load_one(left + at) * load_one(right + at);
        }
        return sum;
    }
    for (int at = 0; at < count; at += FOUR) {
        const float4 products = times(load_four(left + at), load_four(right + at));
        sum += sum_of_four(products);
    }
    return sum;
}

// Columns of a head that are spread over the lanes of a warp.
struct Columns {
    float of[MOST_COLUMNS_A_LANE] = {};

    // += factor * row
    template <typename Value> __device__ void add(float factor, const Value *row, int count) {
#pragma unroll
        for (int number = 0; number < MOST_COLUMNS_A_LANE; ++number) {
            const int column = number * WARP + static_cast<int>(threadIdx.x) % WARP;
            if (column < count) {
                of[number] += factor * load_one(row + column);
            }
        }
    }

    template <typename Value> __device__ void write(Value *row, int count) const {
#pragma unroll
        for (int number = 0; number < MOST_COLUMNS_A_LANE; ++number) {
            const int column = number * WARP + static_cast<int>(threadIdx.x) % WARP;
            if (column < count) {
                store_one(row + column, of[number]);
            }
        }
    }
};

// The number of this warp's row.
__device__ inline int attention_row() {
    return static_cast<int>(blockIdx.x) * ROW_WARPS + static_cast<int>(threadIdx.x) / WARP;
}

__device__ inline u32 index_of_pair(const AttentionRow &row, int head, int query, int key) {
    return row.first_index + (static_cast<u32>(head) * row.length + query) * row.length + key;
}

template <typename Value> __device__ inline void attention_rows(const AttentionRows<Value> &all) {
    const int number = attention_row(), head = static_cast<int>(blockIdx.y);
    if (number >= all.query_count) {
        return;
    }
    const int lane = static_cast<int>(threadIdx.x) % WARP, size = all.head_size;
    const AttentionRow row = all.rows[number];
    const Value *query = all.queries + static_cast<u64>(number) * all.query_stride + head * size;
    const Value *keys = all.keys + static_cast<u64>(row.start) * all.key_stride + head * size;
    const Value *values = all.values + static_cast<u64>(row.start) * all.key_stride + head * size;
    const float scale = 1.0f / sqrtf(static_cast<float>(size));
    // A running maximum and sum of each lane's keys, and then of all.
    float highest = -infinity(), sum = 0;
    for (int key = lane; key < row.length; key += WARP) {
        const float score = scale * dot(query, keys + static_cast<u64>(key) * all.key_stride, size);
        const float now = fmaxf(highest, score);
        sum = sum * expf(highest - now) + expf(score - now);
        highest = now;
    }
    const float top = warp_highest(highest);
    const float total = warp_sum(sum > 0 ? sum * expf(highest - top) : 0.0f);
    const float log_sum = top + logf(total);
    Columns context;
    for (int first = 0; first < row.length; first += WARP) {
        const int key = first + lane;
        float probability = 0;
        if (key < row.length) {
            const float score = scale * dot(query, keys + static_cast<u64>(key) * all.key_stride, size);
            const u32 index = index_of_pair(row, head, row.position, key);
            probability = expf(score - log_sum) * dropout_factor(all.dropout, index);
        }
        const int count = row.length - first < WARP ? row.length - first : WARP;
        for (int other = 0; other < count; ++other) {
            const float factor = __shfl_sync(0xffffffffu, probability, other);
            context.add(factor, values + static_cast<u64>(first + other) * all.key_stride, size);
        }
    }
    context.write(all.context + (static_cast<u64>(number) * all.heads + head) * size, size);
    if (lane == 0) {
        all.log_sums[static_cast<u64>(head) * all.query_count + number] = log_sum;
    }
}

// A grid of (queries / 4 rounded up, heads) of 128 threads.
extern "C" __global__ void __launch_bounds__(ROW_OF_WARP_THREADS) attention_rows_f32(AttentionRows<float> all) {
    attention_rows(all);
}
extern "C" __global__ void __launch_bounds__(ROW_OF_WARP_THREADS) attention_rows_bf16(AttentionRows<bfloat16> all) {
    attention_rows(all);
}

template <typename Value> struct AttentionRowsGradient {
    // Where the gradients go, beginning with head 0, in rows as far apart as queries and keys
    Value *query_gradient;
    Value *key_gradient;
    Value *value_gradient;
    // (queries, hidden) each
    const Value *context;
    const Value *context_gradient;
    // (heads, queries)
    const float *log_sums;
    const Value *queries;
    const Value *keys;
    const Value *values;
    // One a query for their gradient, one a key for those of keys and values
    const AttentionRow *rows;
    Dropout dropout;
    int query_stride, key_stride;
    int query_count, row_count, heads, head_size;
};

// A probability after dropout, and the gradient of its raw score.
struct RowPair {
    float dropped = 0;
    float slope = 0;
};

// Of a query and a key, given by their rows and their places in the sequence.
template <typename Value>
__device__ inline RowPair row_pair(const AttentionRowsGradient<Value> &all, const AttentionRow &row, int head,
                                   int query, int query_position, int key) {
    const int size = all.head_size;
    const u64 of_query = (static_cast<u64>(query) * all.heads + head) * size;
    const u64 of_key = static_cast<u64>(row.start + key) * all.key_stride + head * size;
    const float scale = 1.0f / sqrtf(static_cast<float>(size));
    const float score =
        scale * dot(all.queries + static_cast<u64>(query) * all.query_stride + head * size, all.keys + of_key, size);
    const float probability = expf(score - all.log_sums[static_cast<u64>(head) * all.query_count + query]);
    const float kept = dropout_factor(all.dropout, index_of_pair(row, head, query_position, key));
    const float slope = dot(all.context_gradient + of_query, all.values + of_key, size);
    const float projection = dot(all.context_gradient + of_query, all.context + of_query, size);
    RowPair pair;
    pair.dropped = probability * kept;
    pair.slope = probability * (slope * kept - projection) * scale;
    return pair;
}

template <typename Value> __device__ inline void query_gradient_rows(const AttentionRowsGradient<Value> &all) {
    const int number = attention_row(), head = static_cast<int>(blockIdx.y);
    if (number >= all.row_count) {
        return;
    }
    const int lane = static_cast<int>(threadIdx.x) % WARP, size = all.head_size;
    const AttentionRow row = all.rows[number];
    Columns gradient;
    for (int first = 0; first < row.length; first += WARP) {
        const int key = first + lane;
        RowPair pair;
        if (key < row.length) {
            pair = row_pair(all, row, head, number, row.position, key);
        }
        const int count = row.length - first < WARP ? row.length - first : WARP;
        for (int other = 0; other < count; ++other) {
            const u64 at = static_cast<u64>(row.start + first + other) * all.key_stride + head * size;
            gradient.add(__shfl_sync(0xffffffffu, pair.slope, other), all.keys + at, size);
        }
    }
    gradient.write(all.query_gradient + static_cast<u64>(number) * all.query_stride + head * size, size);
}

template <typename Value> __device__ inline void key_value_gradient_rows(const AttentionRowsGradient<Value> &all) {
    const int number = attention_row(), head = static_cast<int>(blockIdx.y);
    if (number >= all.row_count) {
        return;
    }
    const int lane = static_cast<int>(threadIdx.x) % WARP, size = all.head_size;
    const AttentionRow row = all.rows[number];
    Columns of_key, of_value;
    for (int first = 0; first < row.queries; first += WARP) {
        RowPair pair;
        if (first + lane < row.queries) {
            pair = row_pair(all, row, head, row.first_query + first + lane, first + lane, row.position);
        }
        const int count = row.queries - first < WARP ? row.queries - first : WARP;
        for (int other = 0; other < count; ++other) {
            const u64 query = row.first_query + first + other;
            const float slope = __shfl_sync(0xffffffffu, pair.slope, other);
            const float dropped = __shfl_sync(0xffffffffu, pair.dropped, other);
            of_key.add(slope, all.queries + query * all.query_stride + head * size, size);
            of_value.add(dropped, all.context_gradient + (query * all.heads + head) * size, size);
        }
    }
    const u64 at = static_cast<u64>(number) * all.key_stride + head * size;
    of_key.write(all.key_gradient + at, size);
    of_value.write(all.value_gradient + at, size);
}

// Grids of (rows / 4 rounded up, heads) of 128 threads.
extern "C" __global__ void __launch_bounds__(ROW_OF_WARP_THREADS)
    query_gradient_rows_f32(AttentionRowsGradient<float> all) {
    query_gradient_rows(all);
}
extern "C" __global__ void __launch_bounds__(ROW_OF_WARP_THREADS)
    query_gradient_rows_bf16(AttentionRowsGradient<bfloat16> all) {
    query_gradient_rows(all);
}
extern "C" __global__ void __launch_bounds__(ROW_OF_WARP_THREADS)
    key_value_gradient_rows_f32(AttentionRowsGradient<float> all) {
    key_value_gradient_rows(all);
}
extern "C" __global__ void __launch_bounds__(ROW_OF_WARP_THREADS)
    key_value_gradient_rows_bf16(AttentionRowsGradient<bfloat16> all) {
    key_value_gradient_rows(all);
}
