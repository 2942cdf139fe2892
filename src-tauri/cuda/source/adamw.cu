// AdamW (Loshchilov & Hutter 2019) as one pass over flat buffers, in PyTorch's order of operations, which also
// rounds the new parameters for products in bfloat16.
#include "values.cuh"

namespace {

constexpr int UPDATE_THREADS = 256;

} // namespace

// What does not change within an update is computed in f64 on the processor.
struct AdamW {
    float *parameters;
    float *first_moments;
    float *second_moments;
    const float *gradients;
    // The parameters as products read them, or a null pointer.
    bfloat16 *rounded;
    // A factor of all gradients, as clipping gives it, on the device: nobody waits for it.
    const float *gradient_scale;
    u64 count;
    // learning rate / (1 - beta1^step)
    float step_size;
    // 1 / sqrt(1 - beta2^step)
    float root_correction;
    // 1 - learning rate * weight decay
    float kept;
    // 1 - beta1, beta2 and 1 - beta2
    float first_share, second_kept, second_share;
    float epsilon;
};

// A grid of count / 256, rounded up, of 256 threads.
extern "C" __global__ void __launch_bounds__(UPDATE_THREADS) adamw(AdamW update) {
    const u64 at = static_cast<u64>(blockIdx.x) * UPDATE_THREADS + threadIdx.x;
    if (at >= update.count) {
        return;
    }
    const float gradient = update.gradients[at] * *update.gradient_scale;
    const float before = update.first_moments[at];
    const float first = before + (gradient - before) * update.first_share;
    const float second = update.second_moments[at] * update.second_kept + gradient * gradient * update.second_share;
    const float root = sqrtf(second) * update.root_correction + update.epsilon;
    const float parameter = update.parameters[at] * update.kept - update.step_size * first / root;
    update.first_moments[at] = first;
    update.second_moments[at] = second;
    update.parameters[at] = parameter;
    if (update.rounded != nullptr) {
        update.rounded[at] = to_bfloat16(parameter);
    }
}
