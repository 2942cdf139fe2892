// What the kernels want of the device, under names of their own, so that the same sources are built
// for the card (by NVRTC) and, for tests without one, for the host (by `host/emulation.h`).
#pragma once

#ifdef ETIQUETA_HOST
#include "host/emulation.h"
#endif

typedef unsigned int u32;
typedef unsigned long long u64;

// A bfloat16 as it lies in memory: the upper half of an f32.
struct bfloat16 {
    unsigned short bits;
};

constexpr int WARP = 32;
constexpr float LOG2_E = 1.44269504f;

__device__ inline float infinity() { return __uint_as_float(0x7f800000u); }

// To the nearest, ties to even; NaN stays one. Of the pair, which lie side by side in memory, the first is in the lower
// half.
#ifdef ETIQUETA_HOST

inline bfloat16 to_bfloat16(float value) {
    u32 bits = __float_as_uint(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        return bfloat16{0x7fff};
    }
    bits += 0x7fffu + ((bits >> 16) & 1u);
    return bfloat16{static_cast<unsigned short>(bits >> 16)};
}

inline u32 to_bfloat16_pair(float first, float second) {
    return static_cast<u32>(to_bfloat16(first).bits) | static_cast<u32>(to_bfloat16(second).bits) << 16;
}

inline float power_of_two(float exponent) { return exp2f(exponent); }

inline float reciprocal(float value) { return 1.0f / value; }

#else

__device__ inline bfloat16 to_bfloat16(float value) {
    bfloat16 rounded;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(rounded.bits) : "f"(value));
    return rounded;
}

__device__ inline u32 to_bfloat16_pair(float first, float second) {
    u32 pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
    return pair;
}

// 2 to the power of `exponent`, to two units in the last place; what would be subnormal is zero (PTX ISA, "ex2").
__device__ inline float power_of_two(float exponent) {
    float power;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(exponent));
    return power;
}

// To a unit in the last place (PTX ISA, "rcp").
__device__ inline float reciprocal(float value) {
    float result;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(value));
    return result;
}

#endif

#ifndef ETIQUETA_HOST

__device__ inline u32 shared_address(const void *pointer) {
    return static_cast<u32>(__cvta_generic_to_shared(pointer));
}

// Four 8x8 matrices of 16-bit values: lane 8 * i + r gives the address of row r of matrix i, and takes
// from each matrix the two values at row lane / 4, columns 2 * (lane % 4) and the next.
__device__ inline void load_matrices(u32 (&fragment)[4], const void *row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(fragment[0]), "=r"(fragment[1]), "=r"(fragment[2]), "=r"(fragment[3])
                 : "r"(shared_address(row))
                 : "memory");
}

// The same with each matrix transposed.
__device__ inline void load_matrices_transposed(u32 (&fragment)[4], const void *row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(fragment[0]), "=r"(fragment[1]), "=r"(fragment[2]), "=r"(fragment[3])
                 : "r"(shared_address(row))
                 : "memory");
}

// sums (16, 8) += left (16, 16) * right (16, 8) on the tensor cores, as fragments of a warp (PTX ISA,
// "Matrix fragments for mma.m16n8k16").
__device__ inline void multiply_fragments(float (&sums)[4], const u32 (&left)[4], u32 right_low, u32 right_high) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
                 "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
                 : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "r"(right_low), "r"(right_high));
}

// Begins to copy 16 bytes from global to shared memory; where they are not there nothing is read, and they become zero.
__device__ inline void begin_copy(void *to, const void *from, bool is_there) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from),
                 "r"(is_there ? 16 : 0)
                 : "memory");
}

// The same with one value of 4 bytes.
__device__ inline void begin_copy_of_one(float *to, const float *from, bool is_there) {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(shared_address(to)), "l"(from),
                 "r"(is_there ? 4 : 0)
                 : "memory");
}

// Ends a group of copies that were begun.
__device__ inline void end_copy_group() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Waits until at most `GROUPS` groups of this thread are still under way.
template <int GROUPS> __device__ inline void wait_for_copies() {
    asm volatile("cp.async.wait_group %0;" ::"n"(GROUPS) : "memory");
}

#endif

// The sum over a warp, the same in all lanes and in the same order always.
__device__ inline float warp_sum(float value) {
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        value += __shfl_xor_sync(0xffffffffu, value, distance);
    }
    return value;
}

__device__ inline float warp_highest(float value) {
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, distance));
    }
    return value;
}

// Values in a chunk of 16 bytes, the unit in which tiles of bfloat16 come into shared memory.
constexpr int CHUNK = 8;

// Where a chunk of a tile lies in shared memory, whose lines have `PARTS` chunks each: permuted within its line so that
// the eight lines of a matrix lie in different banks. Where a line has four chunks, two lines fill all banks once. Lines
// that are a multiple of eight apart are permuted alike.
template <int PARTS> __device__ inline int place_of_chunk(int line, int part) {
    return line * PARTS + (part ^ (PARTS == 4 ? (line >> 1) & 3 : line & 7));
}
