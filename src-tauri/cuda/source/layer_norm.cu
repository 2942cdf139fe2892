// Layer normalisation (Ba, Kiros & Hinton 2016), fused with the bias, dropout and residual sum before it, and
// its gradient. A warp takes a row and keeps it in registers; mean and variance are taken in two passes.
#include "values.cuh"

namespace {

// Fours of a row that a lane keeps: rows of at most 1,024 values.
constexpr int FOURS_A_LANE = 8;
constexpr int ROW_THREADS = 128;

// The row of this warp, or beyond the last one.
__device__ inline int row_of_warp() {
    return static_cast<int>(blockIdx.x) * (ROW_THREADS / WARP) + static_cast<int>(threadIdx.x) / WARP;
}

// Calls `work` with the number of each four of this lane and where it begins in the row.
template <typename Work> __device__ inline void for_each_four(int width, Work work) {
    const int lane = static_cast<int>(threadIdx.x) % WARP;
#pragma unroll
    for (int number = 0; number < FOURS_A_LANE; ++number) {
        const int at = (number * WARP + lane) * FOUR;
        if (at < width) {
            work(number, at);
        }
    }
}

} // namespace

template <typename Value> struct ResidualNorm {
    // (rows, width) each
    Value *output;
    Value *normalized;
    // 1 / standard deviation, (rows)
    float *inverse_deviation;
    const Value *input;
    // Or a null pointer: then the input alone is normalised.
    const Value *residual;
    // (width) each
    const float *bias;
    const float *scale;
    const float *shift;
    Dropout dropout;
    float epsilon;
    int rows, width;
};

template <typename Value> __device__ inline void residual_norm(const ResidualNorm<Value> &norm) {
    const int row = row_of_warp(), width = norm.width;
    if (row >= norm.rows) {
        return;
    }
    const u64 first = static_cast<u64>(row) * width;
    float4 values[FOURS_A_LANE];
    float sum = 0;
    for_each_four(width, [&](int number, int at) {
        values[number] = load_four(norm.input + first + at);
        if (norm.residual != nullptr) {
            const float4 dense = plus(values[number], load_four(norm.bias + at));
            const float4 kept = dropout_factors(norm.dropout, static_cast<u32>(first) + at);
            values[number] = plus(times(dense, kept), load_four(norm.residual + first + at));
        }
        sum += sum_of_four(values[number]);
    });
    const float mean = warp_sum(sum) / static_cast<float>(width);
    float squares = 0;
    for_each_four(width, [&](int number, int) {
        values[number] = map_four(values[number], [mean](float x) { return x - mean; });
        squares += sum_of_four(times(values[number], values[number]));
    });
    const float inverse = 1.0f / sqrtf(warp_sum(squares) / static_cast<float>(width) + norm.epsilon);
    for_each_four(width, [&](int number, int at) {
        const float4 normalized = map_four(values[number], [inverse](float x) { return x * inverse; });
        store_four(norm.normalized + first + at, normalized);
        store_four(norm.output + first + at,
                   plus(times(normalized, load_four(norm.scale + at)), load_four(norm.shift + at)));
    });
    if (threadIdx.x % WARP == 0) {
        norm.inverse_deviation[row] = inverse;
    }
}

// output = LayerNorm(residual + dropout(input + bias)), or LayerNorm(input). A block of 128 threads takes four rows.
extern "C" __global__ void __launch_bounds__(ROW_THREADS) residual_norm_f32(ResidualNorm<float> norm) {
    residual_norm(norm);
}
extern "C" __global__ void __launch_bounds__(ROW_THREADS) residual_norm_bf16(ResidualNorm<bfloat16> norm) {
    residual_norm(norm);
}

template <typename Value> struct ResidualNormGradient {
    // On entry of the output, on return of the residual, (rows, width)
    Value *gradient;
    // Takes that of the dense layer before the bias, (rows, width), or a null pointer
    Value *input_gradient;
    const Value *normalized;
    const float *inverse_deviation;
    // (width)
    const float *scale;
    Dropout dropout;
    int rows, width;
};

// dx = (g - mean(g) - x̂ * mean(g * x̂)) / deviation, with g = gradient * scale.
template <typename Value> __device__ inline void residual_norm_gradient(const ResidualNormGradient<Value> &norm) {
    const int row = row_of_warp(), width = norm.width;
    if (row >= norm.rows) {
        return;
    }
    const u64 first = static_cast<u64>(row) * width;
    float4 slopes[FOURS_A_LANE], normalized[FOURS_A_LANE];
    float plain = 0, weighted = 0;
    for_each_four(width, [&](int number, int at) {
        slopes[number] = times(load_four(norm.gradient + first + at), load_four(norm.scale + at));
        normalized[number] = load_four(norm.normalized + first + at);
        plain += sum_of_four(slopes[number]);
        weighted += sum_of_four(times(slopes[number], normalized[number]));
    });
    const float mean = warp_sum(plain) / static_cast<float>(width);
    const float projection = warp_sum(weighted) / static_cast<float>(width);
    const float inverse = norm.inverse_deviation[row];
    for_each_four(width, [&](int number, int at) {
        const float4 slope = map_four(slopes[number], normalized[number], [=](float g, float x) {
            return (g - mean - x * projection) * inverse;
        });
        store_four(norm.gradient + first + at, slope);
        if (norm.input_gradient != nullptr) {
            const float4 kept = dropout_factors(norm.dropout, static_cast<u32>(first) + at);
            store_four(norm.input_gradient + first + at, times(slope, kept));
        }
    });
}

// The gradient of `residual_norm`. Those of scale, shift and bias are sums over columns: `column_sums`.
extern "C" __global__ void __launch_bounds__(ROW_THREADS)
    residual_norm_gradient_f32(ResidualNormGradient<float> norm) {
    residual_norm_gradient(norm);
}
extern "C" __global__ void __launch_bounds__(ROW_THREADS)
    residual_norm_gradient_bf16(ResidualNormGradient<bfloat16> norm) {
    residual_norm_gradient(norm);
}
