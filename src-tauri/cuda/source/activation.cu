// The nonlinearities of the feed-forward block, and their gradients.
#include "values.cuh"

namespace {

constexpr int VALUE_THREADS = 256;
// How often a thread takes four values: all of them are on their way before the first ones are computed with, because
// memory is what these kernels wait for.
constexpr int TURNS = 2;

// As `kernels::activation::Nonlinearity`.
enum Nonlinearity { GELU, GELU_TANH, RELU };

struct Activated {
    float value;
    float slope;
};

// f(x) and f'(x).
__device__ inline Activated activate(int nonlinearity, float x) {
    if (nonlinearity == RELU) {
        return Activated{fmaxf(x, 0.0f), x > 0 ? 1.0f : 0.0f};
    }
    if (nonlinearity == GELU) {
        const float cumulative = 0.5f + 0.5f * erff(x * 0.70710678f);
        const float density = 0.39894228f * expf(-0.5f * x * x);
        return Activated{x * cumulative, cumulative + x * density};
    }
    // Hendrycks & Gimpel 2016: sqrt(2 / pi), and the cubic coefficient.
    const float t = tanhf(0.7978846f * (x + 0.044715f * x * x * x));
    const float inner_slope = 0.7978846f * (1.0f + 3.0f * 0.044715f * x * x);
    return Activated{0.5f * x * (1.0f + t), 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * inner_slope};
}

} // namespace

template <typename Value> struct Activation {
    Value *activated;
    // On entry of what was activated, on return of the values; or a null pointer in the forward pass.
    Value *gradient;
    const Value *values;
    u64 count;
    int nonlinearity;
};

template <typename Value> __device__ inline void activation(const Activation<Value> &values) {
    const u64 first = (static_cast<u64>(blockIdx.x) * TURNS * VALUE_THREADS + threadIdx.x) * FOUR;
    const int nonlinearity = values.nonlinearity;
    const bool is_backward = values.gradient != nullptr;
    float4 before[TURNS], gradient[TURNS];
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
        const u64 at = first + turn * VALUE_THREADS * FOUR;
        const bool is_there = at < values.count;
        before[turn] = is_there ? load_four(values.values + at) : float4{};
        gradient[turn] = is_there && is_backward ? load_four(values.gradient + at) : float4{};
    }
#pragma unroll
    for (int turn = 0; turn < TURNS; ++turn) {
        const u64 at = first + turn * VALUE_THREADS * FOUR;
        if (at >= values.count) {
            return;
        }
        store_four(values.activated + at,
                   map_four(before[turn], [=](float x) { return activate(nonlinearity, x).value; }));
        if (is_backward) {
            const float4 slopes = map_four(before[turn], [=](float x) { return activate(nonlinearity, x).slope; });
            store_four(values.gradient + at, times(gradient[turn], slopes));
        }
    }
}

// A grid of count / 2,048, rounded up, of 256 threads.
extern "C" __global__ void __launch_bounds__(VALUE_THREADS) activation_f32(Activation<float> values) {
    activation(values);
}
extern "C" __global__ void __launch_bounds__(VALUE_THREADS) activation_bf16(Activation<bfloat16> values) {
    activation(values);
}
