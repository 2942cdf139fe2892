// Activations are kept in f32 or in bfloat16: what kernels read and write them with. All arithmetic is in f32.
#pragma once

#include "device.cuh"

// The values that a thread takes at a time. Widths are multiples of it.
constexpr int FOUR = 4;

__device__ inline float4 load_four(const float *from) { return *reinterpret_cast<const float4 *>(from); }

__device__ inline float4 load_four(const bfloat16 *from) {
    const uint2 pairs = *reinterpret_cast<const uint2 *>(from);
    return float4{__uint_as_float(pairs.x << 16), __uint_as_float(pairs.x & 0xffff0000u),
                  __uint_as_float(pairs.y << 16), __uint_as_float(pairs.y & 0xffff0000u)};
}

__device__ inline void store_four(float *to, const float4 &values) { *reinterpret_cast<float4 *>(to) = values; }

__device__ inline void store_four(bfloat16 *to, const float4 &values) {
    *reinterpret_cast<uint2 *>(to) =
        uint2{to_bfloat16_pair(values.x, values.y), to_bfloat16_pair(values.z, values.w)};
}

// One value, where neighbours do not lie together.
__device__ inline float load_one(const float *from) { return *from; }
__device__ inline float load_one(const bfloat16 *from) { return __uint_as_float(static_cast<u32>(from->bits) << 16); }
__device__ inline void store_one(float *to, float value) { *to = value; }
__device__ inline void store_one(bfloat16 *to, float value) { *to = to_bfloat16(value); }

// Element-wise with one or two operands.
template <typename Map> __device__ inline float4 map_four(const float4 &a, Map map) {
    return float4{map(a.x), map(a.y), map(a.z), map(a.w)};
}

template <typename Map> __device__ inline float4 map_four(const float4 &a, const float4 &b, Map map) {
    return float4{map(a.x, b.x), map(a.y, b.y), map(a.z, b.z), map(a.w, b.w)};
}

__device__ inline float4 plus(const float4 &a, const float4 &b) {
    return map_four(a, b, [](float x, float y) { return x + y; });
}

__device__ inline float4 times(const float4 &a, const float4 &b) {
    return map_four(a, b, [](float x, float y) { return x * y; });
}

__device__ inline float sum_of_four(const float4 &a) { return (a.x + a.y) + (a.z + a.w); }

// Whether elements are dropped, from a counter: the same numbers as `kernels::dropout` on the processor.
struct Dropout {
    u32 first_key;
    u32 second_key;
    u32 threshold;
    float scale;
};

__device__ inline float dropout_factor(const Dropout &dropout, u32 index) {
    u32 x = index ^ dropout.first_key;
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15) ^ dropout.second_key) * 0x846ca68bu;
    x ^= x >> 16;
    return x >= dropout.threshold ? dropout.scale : 0.0f;
}

__device__ inline float4 dropout_factors(const Dropout &dropout, u32 first) {
    return float4{dropout_factor(dropout, first), dropout_factor(dropout, first + 1),
                  dropout_factor(dropout, first + 2), dropout_factor(dropout, first + 3)};
}
