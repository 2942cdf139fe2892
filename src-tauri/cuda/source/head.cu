// Small steps around the layers: dropout, rows picked by their numbers, the pooler's tanh, and the change between what
// activations are kept as and f32.
#include "values.cuh"

namespace {

constexpr int STEP_THREADS = 256;

// The number of this thread's value.
__device__ inline u64 value_of_thread() { return static_cast<u64>(blockIdx.x) * STEP_THREADS + threadIdx.x; }

} // namespace

template <typename Value> struct DropoutStep {
    Value *values;
    Dropout dropout;
    u64 count;
};

template <typename Value> __device__ inline void apply_dropout(const DropoutStep<Value> &step) {
    const u64 at = value_of_thread();
    if (at < step.count) {
        store_one(step.values + at, load_one(step.values + at) * dropout_factor(step.dropout, static_cast<u32>(at)));
    }
}

// All grids here are of count / 256, rounded up, of 256 threads: one a value.
extern "C" __global__ void __launch_bounds__(STEP_THREADS) dropout_f32(DropoutStep<float> step) {
    apply_dropout(step);
}
extern "C" __global__ void __launch_bounds__(STEP_THREADS) dropout_bf16(DropoutStep<bfloat16> step) {
    apply_dropout(step);
}

template <typename Value> struct PickedRows {
    // (rows, width) where they are gathered, (_, width) where they are added to
    Value *to;
    const Value *from;
    // (rows)
    const u32 *rows;
    u64 count;
    int width;
};

template <typename Value> __device__ inline void gather_rows(const PickedRows<Value> &picked) {
    const u64 at = value_of_thread();
    if (at < picked.count) {
        const u64 row = picked.rows[at / picked.width];
        picked.to[at] = picked.from[row * picked.width + at % picked.width];
    }
}

// Rows picked by their numbers.
extern "C" __global__ void __launch_bounds__(STEP_THREADS) gather_rows_f32(PickedRows<float> picked) {
    gather_rows(picked);
}
extern "C" __global__ void __launch_bounds__(STEP_THREADS) gather_rows_bf16(PickedRows<bfloat16> picked) {
    gather_rows(picked);
}

template <typename Value> __device__ inline void add_to_rows(const PickedRows<Value> &picked) {
    const u64 at = value_of_thread();
    if (at < picked.count) {
        const u64 row = picked.rows[at / picked.width];
        Value *to = picked.to + row * picked.width + at % picked.width;
        store_one(to, load_one(to) + load_one(picked.from + at));
    }
}

// Rows added to those of their numbers, which are distinct.
extern "C" __global__ void __launch_bounds__(STEP_THREADS) add_to_rows_f32(PickedRows<float> picked) {
    add_to_rows(picked);
}
extern "C" __global__ void __launch_bounds__(STEP_THREADS) add_to_rows_bf16(PickedRows<bfloat16> picked) {
    add_to_rows(picked);
}

struct Conversion {
    float *single;
    bfloat16 *rounded;
    u64 count;
};

extern "C" __global__ void __launch_bounds__(STEP_THREADS) round_values(Conversion conversion) {
    const u64 at = value_of_thread();
    if (at < conversion.count) {
        conversion.rounded[at] = to_bfloat16(conversion.single[at]);
    }
}

extern "C" __global__ void __launch_bounds__(STEP_THREADS) widen_values(Conversion conversion) {
    const u64 at = value_of_thread();
    if (at < conversion.count) {
        conversion.single[at] = load_one(conversion.rounded + at);
    }
}

struct Pool {
    // (sequences, width) each
    float *pooled;
    float *dropped;
    // (width)
    const float *bias;
    Dropout dropout;
    u64 count;
    int width;
};

// pooled = tanh(pooled + bias), and what dropout leaves of it.
extern "C" __global__ void __launch_bounds__(STEP_THREADS) pool(Pool pool) {
    const u64 at = value_of_thread();
    if (at < pool.count) {
        const float value = tanhf(pool.pooled[at] + pool.bias[at % pool.width]);
        pool.pooled[at] = value;
        pool.dropped[at] = value * dropout_factor(pool.dropout, static_cast<u32>(at));
    }
}

struct PoolGradient {
    // On entry of what was dropped, on return of what tanh was taken of
    float *gradient;
    const float *pooled;
    Dropout dropout;
    u64 count;
};

extern "C" __global__ void __launch_bounds__(STEP_THREADS) pool_gradient(PoolGradient pool) {
    const u64 at = value_of_thread();
    if (at < pool.count) {
        const float value = pool.pooled[at];
        pool.gradient[at] *= dropout_factor(pool.dropout, static_cast<u32>(at)) * (1.0f - value * value);
    }
}
