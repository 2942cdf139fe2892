// The kernels as functions of the host: a name, the grid, and what the kernel is told.
#include "../kernels.cu"

#define ENTRANCE(kernel, Argument)                                                                                     \
    extern "C" void emulate_##kernel(unsigned columns, unsigned rows, unsigned threads, const Argument *argument) {    \
        emulation::launch(dim3{columns, rows, 1}, threads, [=] { kernel(*argument); });                                \
    }

ENTRANCE(multiply_forward, Product)
ENTRANCE(multiply_input_gradient, Product)
ENTRANCE(multiply_weight_gradient, Product)
