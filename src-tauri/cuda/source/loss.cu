// Binary cross-entropy with logits, in the form that never overflows, and its gradient.
#include "values.cuh"

namespace {

constexpr int LOSS_THREADS = 256;

} // namespace

struct Loss {
    // The sum over all cells, or added to what is there: read by the processor now and then.
    float *loss;
    // (sequences, labels) each
    float *gradient;
    const float *logits;
    const float *targets;
    // PyTorch's `pos_weight`, (labels)
    const float *positive_weights;
    // 1 / cells of the whole batch, for the mean
    float cell_weight;
    int cells, labels;
    int accumulate;
};

// One block of 256 threads: a batch has few cells.
extern "C" __global__ void __launch_bounds__(LOSS_THREADS) binary_cross_entropy(Loss all) {
    __shared__ float of_warps[LOSS_THREADS / WARP];
    float sum = 0;
    for (int cell = static_cast<int>(threadIdx.x); cell < all.cells; cell += LOSS_THREADS) {
        const float x = all.logits[cell], y = all.targets[cell];
        const float boost = 1.0f + (all.positive_weights[cell % all.labels] - 1.0f) * y;
        const float decay = expf(-fabsf(x));
        sum += (1.0f - y) * x + boost * (log1pf(decay) + fmaxf(-x, 0.0f));
        // 1 - sigmoid(x), without loss of digits where it is small
        const float rest = x >= 0 ? decay / (1.0f + decay) : 1.0f / (1.0f + decay);
        all.gradient[cell] = ((1.0f - y) - boost * rest) * all.cell_weight;
    }
    sum = warp_sum(sum);
    if (threadIdx.x % WARP == 0) {
        of_warps[threadIdx.x / WARP] = sum;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        float total = 0;
        for (int warp = 0; warp < LOSS_THREADS / WARP; ++warp) {
            total += of_warps[warp];
        }
        total *= all.cell_weight;
        *all.loss = all.accumulate ? *all.loss + total : total;
    }
}
