// All kernels: what is compiled.
#include "matrix.cu"
