// The kernels as functions of the host: a name, the grid, and what the kernel is told.
#include "../kernels.cu"

#define ENTRANCE(kernel, Argument)                                                                                     \
    extern "C" void emulate_##kernel(unsigned columns, unsigned rows, unsigned threads, const Argument *argument) {    \
        emulation::launch(dim3{columns, rows, 1}, threads, [=] { kernel(*argument); });                                \
    }

ENTRANCE(multiply_forward, Product)
ENTRANCE(multiply_input_gradient, Product)
ENTRANCE(multiply_weight_gradient, Product)
ENTRANCE(residual_norm_f32, ResidualNorm<float>)
ENTRANCE(residual_norm_bf16, ResidualNorm<bfloat16>)
ENTRANCE(residual_norm_gradient_f32, ResidualNormGradient<float>)
ENTRANCE(residual_norm_gradient_bf16, ResidualNormGradient<bfloat16>)
ENTRANCE(column_sums_f32, ColumnSums<float>)
ENTRANCE(column_sums_bf16, ColumnSums<bfloat16>)
ENTRANCE(add_block_sums, BlockSums)
ENTRANCE(activation_f32, Activation<float>)
ENTRANCE(activation_bf16, Activation<bfloat16>)
ENTRANCE(adamw, AdamW)
ENTRANCE(attention_32, Attention)
ENTRANCE(attention_64, Attention)
ENTRANCE(query_gradient_32, AttentionGradient)
ENTRANCE(query_gradient_64, AttentionGradient)
ENTRANCE(key_value_gradient_32, AttentionGradient)
ENTRANCE(key_value_gradient_64, AttentionGradient)
ENTRANCE(attention_projections, Projections)
ENTRANCE(multiply_single, ProductSingle)
ENTRANCE(look_up_f32, LookUp<float>)
ENTRANCE(look_up_bf16, LookUp<bfloat16>)
ENTRANCE(scatter_add_f32, ScatterAdd<float>)
ENTRANCE(scatter_add_bf16, ScatterAdd<bfloat16>)
ENTRANCE(binary_cross_entropy, Loss)
