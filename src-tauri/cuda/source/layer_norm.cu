// Layer normalisation (Ba, Kiros & Hinton 2016), fused with the bias, dropout and residual sum before it, and
// its gradient. A warp takes a row and keeps it in registers; mean and variance are taken in two passes.
#include "block_sums.cuh"

namespace {

constexpr int NORM_THREADS = 128;
constexpr int NORM_WARPS = NORM_THREADS / WARP;
// Fours of a row that a lane keeps in the forward pass: rows of at most 1,024 values.
constexpr int MOST_FOURS = 8;

// Calls `work` with the number of each four of this lane and where it begins in the row.
template <int FOURS, typename Work> __device__ inline void for_each_four(int width, Work work) {
    const int lane = static_cast<int>(threadIdx.x) % WARP;
#pragma unroll
    for (int number = 0; number < FOURS; ++number) {
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
    const int row = static_cast<int>(blockIdx.x) * NORM_WARPS + static_cast<int>(threadIdx.x) / WARP;
    const int width = norm.width;
    if (row >= norm.rows) {
        return;
    }
    const u64 first = static_cast<u64>(row) * width;
    float4 values[MOST_FOURS], residuals[MOST_FOURS];
    const bool has_residual = norm.residual != nullptr;
    // The whole row is on its way before anything is computed.
    for_each_four<MOST_FOURS>(width,
                              [&](int number, int at) { values[number] = load_four(norm.input + first + at); });
    if (has_residual) {
        for_each_four<MOST_FOURS>(
            width, [&](int number, int at) { residuals[number] = load_four(norm.residual + first + at); });
    }
    float sum = 0;
    for_each_four<MOST_FOURS>(width, [&](int number, int at) {
        if (has_residual) {
            const float4 dense = plus(values[number], load_four(norm.bias + at));
            const float4 kept = dropout_factors(norm.dropout, static_cast<u32>(first) + at);
            values[number] = plus(times(dense, kept), residuals[number]);
        }
        sum += sum_of_four(values[number]);
    });
    const float mean = warp_sum(sum) / static_cast<float>(width);
    float squares = 0;
    for_each_four<MOST_FOURS>(width, [&](int number, int) {
        values[number] = map_four(values[number], [mean](float x) { return x - mean; });
        squares += sum_of_four(times(values[number], values[number]));
    });
    const float inverse = 1.0f / sqrtf(warp_sum(squares) / static_cast<float>(width) + norm.epsilon);
    for_each_four<MOST_FOURS>(width, [&](int number, int at) {
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
extern "C" __global__ void __launch_bounds__(NORM_THREADS) residual_norm_f32(ResidualNorm<float> norm) {
    residual_norm(norm);
}
extern "C" __global__ void __launch_bounds__(NORM_THREADS) residual_norm_bf16(ResidualNorm<bfloat16> norm) {
    residual_norm(norm);
}

template <typename Value> struct ResidualNormGradient {
    // On entry of the output, on return of the residual, (rows, width)
    Value *gradient;
    // Takes that of the dense layer before the bias, (rows, width), or a null pointer
    Value *input_gradient;
    // What the gradients of scale, shift and, where there is an `input_gradient`, bias are added up from, (blocks, 2 or 3,
    // width)
    float *partial;
    // (rows, width)
    const Value *normalized;
    // (rows)
    const float *inverse_deviation;
    // (width)
    const float *scale;
    Dropout dropout;
    int rows, width;
    // Rows that a block takes.
    int rows_a_block;
};

// dx = (g - mean(g) - x̂ * mean(g * x̂)) / deviation, with g = gradient * scale. Rows are of at most 128 * FOURS values.
template <int FOURS, typename Value>
__device__ inline void residual_norm_gradient(const ResidualNormGradient<Value> &norm) {
    const int width = norm.width, first_row = static_cast<int>(blockIdx.x) * norm.rows_a_block;
    const int left = norm.rows - first_row, end = first_row + (left < norm.rows_a_block ? left : norm.rows_a_block);
    float4 of_scale[FOURS] = {}, of_shift[FOURS] = {}, of_bias[FOURS] = {};
#pragma unroll 1
    for (int row = first_row + static_cast<int>(threadIdx.x) / WARP; row < end; row += NORM_WARPS) {
        const u64 first = static_cast<u64>(row) * width;
        float4 slopes[FOURS], normalized[FOURS];
        float plain = 0, weighted = 0;
        for_each_four<FOURS>(width, [&](int number, int at) {
            slopes[number] = load_four(norm.gradient + first + at);
            normalized[number] = load_four(norm.normalized + first + at);
        });
        for_each_four<FOURS>(width, [&](int number, int at) {
            of_shift[number] = plus(of_shift[number], slopes[number]);
            of_scale[number] = plus(of_scale[number], times(slopes[number], normalized[number]));
            slopes[number] = times(slopes[number], load_four(norm.scale + at));
            plain += sum_of_four(slopes[number]);
            weighted += sum_of_four(times(slopes[number], normalized[number]));
        });
        const float mean = warp_sum(plain) / static_cast<float>(width);
        const float projection = warp_sum(weighted) / static_cast<float>(width);
        const float inverse = norm.inverse_deviation[row];
        for_each_four<FOURS>(width, [&](int number, int at) {
            const float4 slope = map_four(slopes[number], normalized[number], [=](float g, float x) {
                return (g - mean - x * projection) * inverse;
            });
            store_four(norm.gradient + first + at, slope);
            if (norm.input_gradient != nullptr) {
                const float4 dropped =
                    times(slope, dropout_factors(norm.dropout, static_cast<u32>(first) + at));
                store_four(norm.input_gradient + first + at, dropped);
                of_bias[number] = plus(of_bias[number], dropped);
            }
        });
    }
    const int kinds = norm.input_gradient != nullptr ? 3 : 2;
    float *to = norm.partial + static_cast<u64>(blockIdx.x) * kinds * width;
    add_warps<NORM_WARPS>(of_scale, to, width);
    add_warps<NORM_WARPS>(of_shift, to + width, width);
    if (norm.input_gradient != nullptr) {
        add_warps<NORM_WARPS>(of_bias, to + 2 * width, width);
    }
}

// The gradient of `residual_norm`, for rows of at most 512, 768 and 1,024 values: the fewer, the more of them are under
// way. A grid of rows / `rows_a_block`, rounded up, of 128 threads.
extern "C" __global__ void __launch_bounds__(NORM_THREADS)
    residual_norm_gradient_512_f32(ResidualNormGradient<float> norm) {
    residual_norm_gradient<4>(norm);
}
extern "C" __global__ void __launch_bounds__(NORM_THREADS)
    residual_norm_gradient_512_bf16(ResidualNormGradient<bfloat16> norm) {
    residual_norm_gradient<4>(norm);
}
extern "C" __global__ void __launch_bounds__(NORM_THREADS)
    residual_norm_gradient_768_f32(ResidualNormGradient<float> norm) {
    residual_norm_gradient<6>(norm);
}
extern "C" __global__ void __launch_bounds__(NORM_THREADS)
    residual_norm_gradient_768_bf16(ResidualNormGradient<bfloat16> norm) {
    residual_norm_gradient<6>(norm);
}
extern "C" __global__ void __launch_bounds__(NORM_THREADS)
    residual_norm_gradient_1024_f32(ResidualNormGradient<float> norm) {
    residual_norm_gradient<8>(norm);
}
extern "C" __global__ void __launch_bounds__(NORM_THREADS)
    residual_norm_gradient_1024_bf16(ResidualNormGradient<bfloat16> norm) {
    residual_norm_gradient<8>(norm);
}
