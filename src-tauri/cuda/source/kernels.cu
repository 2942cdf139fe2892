// All kernels: what is compiled.
#include "activation.cu"
#include "adamw.cu"
#include "attention.cu"
#include "column_sums.cu"
#include "layer_norm.cu"
#include "matrix.cu"
