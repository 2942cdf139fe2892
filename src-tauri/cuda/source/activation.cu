// The nonlinearities of the feed-forward block, and their gradients. A thread takes four values.
#include "values.cuh"

namespace {

constexpr int VALUE_THREADS = 256;

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
    const u64 at = (static_cast<u64>(blockIdx.x) * VALUE_THREADS + threadIdx.x) * FOUR;
    if (at >= values.count) {
        return;
    }
    const int nonlinearity = values.nonlinearity;
    const float4 before = load_four(values.values + at);
    store_four(values.activated + at,
               map_four(before, [=](float x) { return activate(nonlinearity, x).value; }));
    if (values.gradient != nullptr) {
        const float4 slopes = map_four(before, [=](float x) { return activate(nonlinearity, x).slope; });
        store_four(values.gradient + at, times(load_four(values.gradient + at), slopes));
    }
}

// A grid of count / 1024, rounded up, of 256 threads.
extern "C" __global__ void __launch_bounds__(VALUE_THREADS) activation_f32(Activation<float> values) {
    activation(values);
}
extern "C" __global__ void __launch_bounds__(VALUE_THREADS) activation_bf16(Activation<bfloat16> values) {
    activation(values);
}
