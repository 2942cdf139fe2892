// The nonlinearities of the feed-forward block, and their gradients.
#include "block_sums.cuh"

namespace {

constexpr int VALUE_THREADS = 256;
// How often a thread takes four values: all of them are on their way before the first ones are computed with, because
// memory is what these kernels wait for.
constexpr int TURNS = 2;

// As `kernels::activation::Nonlinearity`.
enum Nonlinearities { GELU, GELU_TANH, RELU };

struct Activated {
    float value;
    float slope;
};

// f(x) and f'(x) of each.
struct Gelu {
    __device__ static Activated of(float x) {
        // exp(-x^2 / 2): the normal distribution's density is made of it, and so is its tail beyond |x|, which with
        // y = |x| / sqrt(2) and t = 1 / (1 + p y) is half a polynomial of t times exp(-y^2), to 1e-7 (Abramowitz & Stegun
        // 1964, 7.1.26).
        const float bell = power_of_two(-0.5f * LOG2_E * x * x);
        const float t = reciprocal(1.0f + 0.3275911f * 0.70710678f * fabsf(x));
        const float polynomial =
            t * (0.25482959f + t * (-0.28449674f + t * (1.4214137f + t * (-1.4531520f + t * 1.0614054f))));
        const float tail = 0.5f * bell * polynomial;
        const float cumulative = x < 0 ? tail : 1.0f - tail;
        return Activated{x * cumulative, cumulative + x * 0.39894228f * bell};
    }
};

// Hendrycks & Gimpel 2016, with sqrt(2 / pi) and the cubic coefficient.
struct GeluTanh {
    __device__ static Activated of(float x) {
        // (1 + tanh(u)) / 2 is the logistic function of 2 u.
        const float twice = 2.0f * 0.7978846f * (x + 0.044715f * x * x * x);
        const float twice_slope = 2.0f * 0.7978846f * (1.0f + 3.0f * 0.044715f * x * x);
        const float cumulative = reciprocal(1.0f + power_of_two(-LOG2_E * twice));
        return Activated{x * cumulative, cumulative + x * cumulative * (1.0f - cumulative) * twice_slope};
    }
};

struct Relu {
    __device__ static Activated of(float x) { return Activated{fmaxf(x, 0.0f), x > 0 ? 1.0f : 0.0f}; }
};

} // namespace

template <typename Value> struct Activation {
    // (count) each
    Value *activated;
    const Value *values;
    u64 count;
    int nonlinearity;
};

template <typename Nonlinearity, typename Value>
__device__ inline void activation_with(const Activation<Value> &all) {
    const u64 first = (static_cast<u64>(blockIdx.x) * TURNS * VALUE_THREADS + threadIdx.x) * FOUR;
    float4 values[TURNS];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
        const u64 at = first + turn * VALUE_THREADS * FOUR;
        values[turn] = at < all.count ? load_four(all.values + at) : float4{};
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
        const u64 at = first + turn * VALUE_THREADS * FOUR;
        if (at < all.count) {
            store_four(all.activated + at, map_four(values[turn], [](float x) { return Nonlinearity::of(x).value; }));
        }
    }
}

template <typename Value> __device__ inline void activation(const Activation<Value> &all) {
    switch (all.nonlinearity) {
    case GELU: return activation_with<Gelu>(all);
    case GELU_TANH: return activation_with<GeluTanh>(all);
    default: return activation_with<Relu>(all);
    }
}

// A grid of count / 2,048, rounded up, of 256 threads. The count is a multiple of four.
extern "C" __global__ void __launch_bounds__(VALUE_THREADS) activation_f32(Activation<float> all) {
    activation(all);
}
extern "C" __global__ void __launch_bounds__(VALUE_THREADS) activation_bf16(Activation<bfloat16> all) {
    activation(all);
}

template <typename Value> struct ActivationGradient {
    // (rows, width)
    Value *activated;
    // On entry of what was activated, on return of the values, (rows, width)
    Value *gradient;
    // What the sums over the rows of `gradient` are added up from, (rows / 64 rounded up, width)
    float *partial;
    // (rows, width)
    const Value *values;
    int rows, width;
    int nonlinearity;
};

// The sums over this thread's rows.
template <typename Nonlinearity, typename Value>
__device__ inline float4 gradient_with(const ActivationGradient<Value> &all) {
    const int column = column_of_lane(), first_row = first_row_of_warp();
    float4 sum{};
#pragma unroll 1
    for (int first = first_row; first < first_row + ROWS_A_BLOCK; first += TURNS * SUM_WARPS) {
        float4 values[TURNS], gradient[TURNS];
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
            const int row = first + turn * SUM_WARPS;
            const u64 at = static_cast<u64>(row) * all.width + column;
            const bool is_there = row < all.rows && column < all.width;
            values[turn] = is_there ? load_four(all.values + at) : float4{};
            gradient[turn] = is_there ? load_four(all.gradient + at) : float4{};
        }
#pragma unroll
        for (int turn = 0; turn < TURNS; ++turn) {
            const int row = first + turn * SUM_WARPS;
            const u64 at = static_cast<u64>(row) * all.width + column;
            if (row < all.rows && column < all.width) {
                const float4 slopes = map_four(values[turn], [](float x) { return Nonlinearity::of(x).slope; });
                const float4 product = times(gradient[turn], slopes);
                store_four(all.activated + at,
                           map_four(values[turn], [](float x) { return Nonlinearity::of(x).value; }));
                store_four(all.gradient + at, product);
                sum = plus(sum, product);
            }
        }
    }
    return sum;
}

template <typename Value> __device__ inline void activation_gradient(const ActivationGradient<Value> &all) {
    float4 sum;
    switch (all.nonlinearity) {
    case GELU: sum = gradient_with<Gelu>(all); break;
    case GELU_TANH: sum = gradient_with<GeluTanh>(all); break;
    default: sum = gradient_with<Relu>(all);
    }
    write_block_sums(all.partial, sum, all.width);
}

// A grid of (width / 128, rows / 64), rounded up, of 256 threads.
extern "C" __global__ void __launch_bounds__(SUM_THREADS) activation_gradient_f32(ActivationGradient<float> all) {
    activation_gradient(all);
}
extern "C" __global__ void __launch_bounds__(SUM_THREADS) activation_gradient_bf16(ActivationGradient<bfloat16> all) {
    activation_gradient(all);
}
