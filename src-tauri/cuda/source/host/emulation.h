// CUDA's model of a block on one thread of the host, for tests of the kernels' arithmetic where there is no
// card. Every thread of a block is a fiber; a barrier or an exchange within a warp hands over to the next one.
// Each warp runs as far ahead of the others as barriers let it. Blocks run one after the other, and take turns in what a
// card leaves open: threads run from the first to the last or the other way round, and asynchronous copies arrive as
// early or as late as they may. So it shows wrong indices, fragments, edges and barriers, and most of what is read too
// early or written over too early; it shows nothing of speed or of PTX.
#pragma once

#include <math.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#define __device__
#define __global__
#define __forceinline__ inline
#define __restrict__
#define __launch_bounds__(...)
// All fibers of a block see one copy, as on the card; it keeps what the block before left, as on the card.
#define __shared__ static

struct dim3 {
    unsigned x = 1, y = 1, z = 1;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
struct alignas(8) uint2 {
    unsigned x, y;
};
struct alignas(8) float2 {
    float x, y;
};
struct alignas(16) float4 {
    float x, y, z, w;
};

inline dim3 threadIdx, blockIdx, blockDim, gridDim;

// Goes on where `to` was left, and leaves here so that `*from` can be gone on with. Only the registers that a function
// has to keep are kept, and no system call is made (System V ABI, x86-64).
extern "C" void switch_fiber(void **from, void *to);
asm(R"(
    .text
    .type switch_fiber, @function
switch_fiber:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size switch_fiber, . - switch_fiber
)");

namespace emulation {

constexpr unsigned WARP_SIZE = 32;

struct Barrier {
    unsigned arrived = 0;
    unsigned generation = 0;
};

// An asynchronous copy.
struct Copy {
    void *to;
    const void *from;
    size_t bytes;
    bool is_there;

    void arrive() const {
        if (is_there) {
            std::memcpy(to, from, bytes);
        } else {
            std::memset(to, 0, bytes);
        }
    }
};

struct Fiber {
    static constexpr size_t STACK = 128 << 10;
    std::unique_ptr<char[]> stack{new char[STACK]};
    // Where it was left.
    void *place = nullptr;
    bool ended = false;
    // Whether it waits for all threads of its block.
    bool waits_for_all = false;
    // Copies that have not arrived, in groups of which the last is still open.
    std::deque<std::vector<Copy>> copies;

    // It is to begin with this function, which never returns.
    void begin(void (*function)()) {
        constexpr int REGISTERS = 6;
        const auto top = reinterpret_cast<uintptr_t>(stack.get() + STACK) / 16 * 16;
        // A function finds the stack 8 bytes off a multiple of 16, as after a call.
        auto *words = reinterpret_cast<uintptr_t *>(top) - 2;
        *words = reinterpret_cast<uintptr_t>(function);
        for (int kept = 1; kept <= REGISTERS; ++kept) words[-kept] = 0;
        place = words - REGISTERS;
        ended = waits_for_all = false;
        copies.assign(1, {});
    }
};

struct Block {
    std::vector<Fiber> &fibers;
    std::vector<Barrier> warps;
    std::vector<std::vector<uint64_t>> exchanged;
    Barrier all;
    void *scheduler = nullptr;
    unsigned current = 0;
    bool copies_are_late = false;
    std::function<void()> kernel;
};

inline Block *block = nullptr;

inline void hand_over() { switch_fiber(&block->fibers[block->current].place, block->scheduler); }

inline void wait(Barrier &barrier, unsigned count) {
    const unsigned generation = barrier.generation;
    if (++barrier.arrived == count) {
        barrier.arrived = 0;
        ++barrier.generation;
        return;
    }
    while (barrier.generation == generation) {
        hand_over();
    }
}

inline unsigned warp_of(unsigned thread) { return thread / WARP_SIZE; }

inline unsigned warp_width(unsigned warp) {
    const unsigned left = blockDim.x - warp * WARP_SIZE;
    return left < WARP_SIZE ? left : WARP_SIZE;
}

inline void wait_for_warp() {
    const unsigned warp = warp_of(block->current);
    wait(block->warps[warp], warp_width(warp));
}

// Every lane shows a word and sees those of all.
template <typename See> auto exchange(uint64_t word, See see) {
    const unsigned warp = warp_of(block->current);
    block->exchanged[warp][block->current % WARP_SIZE] = word;
    wait_for_warp();
    auto seen = see(block->exchanged[warp]);
    wait_for_warp();
    return seen;
}

inline void run_fiber() {
    block->kernel();
    block->fibers[block->current].ended = true;
    hand_over();
}

// Runs a warp until its threads have ended or wait for those of others. False when they had all ended before.
inline bool run_warp(unsigned warp, bool is_backward) {
    const unsigned width = warp_width(warp);
    bool has_run = false;
    for (bool goes_on = true; goes_on;) {
        goes_on = false;
        for (unsigned lane = 0; lane < width; ++lane) {
            const unsigned thread = warp * WARP_SIZE + (is_backward ? width - 1 - lane : lane);
            Fiber &fiber = block->fibers[thread];
            if (fiber.ended) continue;
            has_run = true;
            block->current = thread;
            threadIdx = dim3{thread, 0, 0};
            switch_fiber(&block->scheduler, fiber.place);
            goes_on |= !fiber.ended && !fiber.waits_for_all;
        }
    }
    return has_run;
}

// Runs a kernel over a grid of blocks with `threads` threads each.
inline void launch(dim3 grid, unsigned threads, std::function<void()> kernel) {
    // Kept from launch to launch.
    static std::vector<Fiber> fibers;
    static unsigned launches = 0;
    ++launches;
    if (fibers.size() < threads) fibers.resize(threads);
    gridDim = grid;
    blockDim = dim3{threads, 1, 1};
    Block own{fibers};
    block = &own;
    own.kernel = kernel;
    for (unsigned z = 0; z < grid.z; ++z)
        for (unsigned y = 0; y < grid.y; ++y)
            for (unsigned x = 0; x < grid.x; ++x) {
                blockIdx = dim3{x, y, z};
                const unsigned turn = launches + x + y + z;
                const bool is_backward = turn / 2 % 2 == 1;
                own.copies_are_late = turn % 2 == 1;
                own.all = Barrier{};
                own.warps.assign((threads + WARP_SIZE - 1) / WARP_SIZE, Barrier{});
                own.exchanged.assign(own.warps.size(), std::vector<uint64_t>(WARP_SIZE, 0));
                for (unsigned thread = 0; thread < threads; ++thread) own.fibers[thread].begin(run_fiber);
                for (bool running = true; running;) {
                    running = false;
                    for (unsigned number = 0; number < own.warps.size(); ++number) {
                        const unsigned count = static_cast<unsigned>(own.warps.size());
                        running |= run_warp(is_backward ? count - 1 - number : number, is_backward);
                    }
                }
            }
    block = nullptr;
}

} // namespace emulation

inline void __syncthreads() {
    // Other threads of this warp may take their turns meanwhile.
    emulation::Fiber &own = emulation::block->fibers[emulation::block->current];
    own.waits_for_all = true;
    emulation::wait(emulation::block->all, blockDim.x);
    own.waits_for_all = false;
}
inline void __syncwarp() { emulation::wait_for_warp(); }

inline float __uint_as_float(unsigned bits) {
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}
inline unsigned __float_as_uint(float value) {
    unsigned bits;
    std::memcpy(&bits, &value, 4);
    return bits;
}

inline float __shfl_xor_sync(unsigned, float value, int distance) {
    const unsigned lane = threadIdx.x % emulation::WARP_SIZE;
    return emulation::exchange(__float_as_uint(value), [&](const std::vector<uint64_t> &words) {
        return __uint_as_float(static_cast<unsigned>(words[lane ^ distance]));
    });
}

inline float __shfl_sync(unsigned, float value, int lane) {
    return emulation::exchange(__float_as_uint(value), [&](const std::vector<uint64_t> &words) {
        return __uint_as_float(static_cast<unsigned>(words[lane]));
    });
}

inline float rsqrtf(float value) { return 1.0f / sqrtf(value); }

namespace emulation {

inline unsigned pair_at(uint64_t row, unsigned column) {
    unsigned pair;
    std::memcpy(&pair, reinterpret_cast<const unsigned short *>(row) + column, 4);
    return pair;
}

inline unsigned short value_at(uint64_t row, unsigned column) {
    return reinterpret_cast<const unsigned short *>(row)[column];
}

inline float half_of(unsigned pair, unsigned which) {
    return __uint_as_float(which == 0 ? pair << 16 : pair & 0xffff0000u);
}

} // namespace emulation

inline void load_matrices(unsigned (&fragment)[4], const void *row) {
    const unsigned lane = threadIdx.x % 32;
    emulation::exchange(reinterpret_cast<uint64_t>(row), [&](const std::vector<uint64_t> &rows) {
        for (unsigned matrix = 0; matrix < 4; ++matrix) {
            fragment[matrix] = emulation::pair_at(rows[8 * matrix + lane / 4], 2 * (lane % 4));
        }
        return 0;
    });
}

inline void load_matrices_transposed(unsigned (&fragment)[4], const void *row) {
    const unsigned lane = threadIdx.x % 32;
    emulation::exchange(reinterpret_cast<uint64_t>(row), [&](const std::vector<uint64_t> &rows) {
        for (unsigned matrix = 0; matrix < 4; ++matrix) {
            const unsigned at = 8 * matrix + 2 * (lane % 4);
            const unsigned low = emulation::value_at(rows[at], lane / 4);
            const unsigned high = emulation::value_at(rows[at + 1], lane / 4);
            fragment[matrix] = low | high << 16;
        }
        return 0;
    });
}

inline void multiply_fragments(float (&sums)[4], const unsigned (&left)[4], unsigned right_low, unsigned right_high) {
    const unsigned lane = threadIdx.x % 32;
    const unsigned words[6] = {left[0], left[1], left[2], left[3], right_low, right_high};
    unsigned all[32][6];
    // The words lie on the other fibers' stacks, which wait until all have seen them.
    emulation::exchange(reinterpret_cast<uint64_t>(words), [&](const std::vector<uint64_t> &shown) {
        for (unsigned other = 0; other < 32; ++other) {
            std::memcpy(all[other], reinterpret_cast<const void *>(shown[other]), sizeof words);
        }
        return 0;
    });
    float products[4] = {0, 0, 0, 0};
    for (unsigned part = 0; part < 4; ++part) {
        const unsigned row = lane / 4 + (part / 2) * 8, column = 2 * (lane % 4) + part % 2;
        for (unsigned k = 0; k < 16; ++k) {
            // left (row, k): register by the upper or lower eight rows and the first or second eight of k.
            const unsigned left_lane = (row % 8) * 4 + (k % 8) / 2;
            const unsigned left_word = (row / 8) + 2 * (k / 8);
            const unsigned right_lane = column * 4 + (k % 8) / 2;
            products[part] += emulation::half_of(all[left_lane][left_word], k % 2) *
                              emulation::half_of(all[right_lane][4 + k / 8], k % 2);
        }
    }
    for (unsigned part = 0; part < 4; ++part) sums[part] += products[part];
}

namespace emulation {

inline void begin_copy(const Copy &copy) {
    const auto is_aligned = [&](const void *place) { return reinterpret_cast<uintptr_t>(place) % copy.bytes == 0; };
    if (!is_aligned(copy.to) || (copy.is_there && !is_aligned(copy.from))) {
        std::fprintf(stderr, "a copy of %zu bytes that is not aligned\n", copy.bytes);
        std::abort();
    }
    if (block->copies_are_late) {
        block->fibers[block->current].copies.back().push_back(copy);
    } else {
        copy.arrive();
    }
}

} // namespace emulation

inline void begin_copy(void *to, const void *from, bool is_there) {
    emulation::begin_copy(emulation::Copy{to, from, 16, is_there});
}

inline void begin_copy_of_one(float *to, const float *from, bool is_there) {
    emulation::begin_copy(emulation::Copy{to, from, sizeof(float), is_there});
}

inline void end_copy_group() { emulation::block->fibers[emulation::block->current].copies.emplace_back(); }

template <int GROUPS> inline void wait_for_copies() {
    auto &copies = emulation::block->fibers[emulation::block->current].copies;
    // The last group is still open.
    while (copies.size() > GROUPS + 1) {
        for (const emulation::Copy &copy : copies.front()) copy.arrive();
        copies.pop_front();
    }
}
