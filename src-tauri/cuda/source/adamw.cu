// AdamW (Loshchilov & Hutter 2019) as one pass over flat buffers, in PyTorch's order of operations, which also
// rounds the new parameters for products in bfloat16 and carries their average on; and before it the norm of the
// gradients, by which they are clipped.
#include "values.cuh"

namespace {

constexpr int UPDATE_THREADS = 256;
constexpr int VALUES_A_BLOCK = UPDATE_THREADS * FOUR;

} // namespace

// Neighbouring parameters that are updated alike, at most 1,024: what a block takes. They begin at a multiple of 4.
struct UpdateBlock {
    u64 first;
    u32 count;
    u32 group;
};

// What parameters of a group share in this update; computed in f64 on the processor.
struct UpdateGroup {
    // learning rate / (1 - beta1^step)
    float step_size;
    // 1 - learning rate * weight decay
    float kept;
};

struct AdamW {
    float *parameters;
    float *first_moments;
    float *second_moments;
    const float *gradients;
    // The parameters as products read them, or a null pointer.
    bfloat16 *rounded;
    // Their running average, or a null pointer.
    float *average;
    // A factor of all gradients, as clipping gives it, on the device: nobody waits for it.
    const float *gradient_scale;
    const UpdateBlock *blocks;
    const UpdateGroup *groups;
    // 1 / sqrt(1 - beta2^step)
    float root_correction;
    // 1 - beta1, beta2 and 1 - beta2
    float first_share, second_kept, second_share;
    float epsilon;
    // What the average takes of the new parameters.
    float average_share;
};

namespace {

__device__ inline void update_one(const AdamW &update, const UpdateGroup &group, float scale, u64 at) {
    const float gradient = update.gradients[at] * scale;
    const float before = update.first_moments[at];
    const float first = before + (gradient - before) * update.first_share;
    const float second = update.second_moments[at] * update.second_kept + gradient * gradient * update.second_share;
    const float root = sqrtf(second) * update.root_correction + update.epsilon;
    const float parameter = update.parameters[at] * group.kept - group.step_size * first / root;
    update.first_moments[at] = first;
    update.second_moments[at] = second;
    update.parameters[at] = parameter;
    if (update.rounded != nullptr) {
        update.rounded[at] = to_bfloat16(parameter);
    }
    if (update.average != nullptr) {
        update.average[at] += update.average_share * (parameter - update.average[at]);
    }
}

__device__ inline void update_four(const AdamW &update, const UpdateGroup &group, float scale, u64 at) {
    const float4 gradient = map_four(load_four(update.gradients + at), [=](float x) { return x * scale; });
    const float4 first = map_four(load_four(update.first_moments + at), gradient, [&](float before, float now) {
        return before + (now - before) * update.first_share;
    });
    const float4 second = map_four(load_four(update.second_moments + at), gradient, [&](float before, float now) {
        return before * update.second_kept + now * now * update.second_share;
    });
    const float4 step = map_four(first, second, [&](float numerator, float square) {
        return group.step_size * numerator / (sqrtf(square) * update.root_correction + update.epsilon);
    });
    const float4 parameters = map_four(load_four(update.parameters + at), step, [&](float parameter, float change) {
        return parameter * group.kept - change;
    });
    store_four(update.first_moments + at, first);
    store_four(update.second_moments + at, second);
    store_four(update.parameters + at, parameters);
    if (update.rounded != nullptr) {
        store_four(update.rounded + at, parameters);
    }
    if (update.average != nullptr) {
        store_four(update.average + at,
                   map_four(load_four(update.average + at), parameters, [&](float average, float parameter) {
                       return average + update.average_share * (parameter - average);
                   }));
    }
}

// The sum of one value of each thread of the block, in the same order always. Every thread gives one, the first takes
// the sum.
__device__ inline double sum_of_block(double value) {
    __shared__ double sums[UPDATE_THREADS];
    const int thread = static_cast<int>(threadIdx.x);
    sums[thread] = value;
    __syncthreads();
    for (int half = UPDATE_THREADS / 2; half > 0; half /= 2) {
        if (thread < half) {
            sums[thread] += sums[thread + half];
        }
        __syncthreads();
    }
    return sums[0];
}

} // namespace

// A block an `UpdateBlock`, of 256 threads.
extern "C" __global__ void __launch_bounds__(UPDATE_THREADS) adamw(AdamW update) {
    const UpdateBlock block = update.blocks[blockIdx.x];
    const UpdateGroup group = update.groups[block.group];
    const float scale = *update.gradient_scale;
    const u32 from = threadIdx.x * FOUR;
    if (from + FOUR <= block.count) {
        update_four(update, group, scale, block.first + from);
    } else {
        for (u32 at = from; at < block.count; ++at) {
            update_one(update, group, scale, block.first + at);
        }
    }
}

struct SquareSums {
    // (blocks), the sum of each
    float *sums;
    const float *gradients;
    const UpdateBlock *blocks;
};

// A block an `UpdateBlock`, of 256 threads.
extern "C" __global__ void __launch_bounds__(UPDATE_THREADS) sum_squares(SquareSums squares) {
    const UpdateBlock block = squares.blocks[blockIdx.x];
    const float *gradients = squares.gradients + block.first;
    const u32 from = threadIdx.x * FOUR;
    float sum = 0;
    for (u32 at = from; at < block.count && at < from + FOUR; ++at) {
        sum += gradients[at] * gradients[at];
    }
    const double all = sum_of_block(sum);
    if (threadIdx.x == 0) {
        squares.sums[blockIdx.x] = static_cast<float>(all);
    }
}

struct Clip {
    // (1) each: the norm of all gradients, and what they are multiplied with, as PyTorch's `clip_grad_norm_` does
    float *norm;
    float *scale;
    // (blocks)
    const float *sums;
    int blocks;
    float limit;
};

// One block of 256 threads.
extern "C" __global__ void __launch_bounds__(UPDATE_THREADS) clip(Clip clip) {
    double sum = 0;
    for (int block = static_cast<int>(threadIdx.x); block < clip.blocks; block += UPDATE_THREADS) {
        sum += clip.sums[block];
    }
    const double all = sum_of_block(sum);
    if (threadIdx.x == 0) {
        const float norm = static_cast<float>(sqrt(all));
        const float scale = clip.limit / (norm + 1e-6f);
        *clip.norm = norm;
        // Not `fminf`, which would make 1 of a norm that is no number.
        *clip.scale = scale > 1.0f ? 1.0f : scale;
    }
}
