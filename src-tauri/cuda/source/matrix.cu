// Matrix products of bfloat16 operands on the tensor cores, with sums in f32.
//
// A block computes a tile of the destination. Slices of both operands come into shared memory by asynchronous
// copies, some stages ahead; each warp takes its part of the tile from there as fragments. Chunks of 16 bytes
// are permuted in shared memory so that the eight rows of a fragment lie in different banks. Edges are read as
// zeros and not written. The inner dimension is walked in order by one block alone, or where a destination has few
// tiles in parts whose sums are then added in order, so the same operands always give the same bits.
#include "values.cuh"

namespace {

constexpr int TILE_ROWS = 128;
constexpr int TILE_COLUMNS = 128;
constexpr int TILE_DEPTH = 32;
constexpr int STAGES = 3;
constexpr int TILE_THREADS = 256;
// Warps lie 2 x 4 over the tile.
constexpr int WARP_ROWS = 64;
constexpr int WARP_COLUMNS = 32;
// Values in a chunk of 16 bytes.
constexpr int CHUNK = 8;

static_assert(TILE_ROWS == TILE_COLUMNS, "both operands are loaded in the same way");
constexpr int CHUNKS = TILE_ROWS * TILE_DEPTH / CHUNK;
// Places of a line of sums in shared memory: some more than values, so that eight lines lie in different banks.
constexpr int LINE = TILE_COLUMNS + 8;
static_assert(WARP_ROWS * LINE * 4 <= 2 * STAGES * CHUNKS * 16, "the sums of half a tile fit where tiles were");

// How an operand lies in memory.
enum class Lies {
    // A line is a row of the left operand, or a column of the right one: the inner dimension is contiguous.
    ALONG_DEPTH,
    // A line is a slice of the inner dimension.
    ACROSS_DEPTH,
};

struct Operand {
    const bfloat16 *values;
    // Values from a line to the next, a multiple of 8.
    int stride;
    // Rows of the left operand or columns of the right one.
    int count;
};

// Where a chunk of a tile lies in shared memory: `line` and `part` count lines of the tile and chunks in them.
template <Lies LIES> __device__ inline int place(int line, int part) {
    if (LIES == Lies::ALONG_DEPTH) {
        // Four chunks a line: two lines fill all banks once.
        return line * (TILE_DEPTH / CHUNK) + (part ^ ((line >> 1) & 3));
    }
    return line * (TILE_ROWS / CHUNK) + (part ^ (line & 7));
}

// Begins to load the tile whose first row (or column) is `first`, from slice `slice` of the inner dimension on.
template <Lies LIES>
__device__ inline void begin_tile(uint4 *tile, const Operand &operand, int depth, int first, int slice) {
    for (int chunk = static_cast<int>(threadIdx.x); chunk < CHUNKS; chunk += TILE_THREADS) {
        constexpr int PARTS = (LIES == Lies::ALONG_DEPTH ? TILE_DEPTH : TILE_ROWS) / CHUNK;
        const int line = chunk / PARTS, part = chunk % PARTS;
        // The line in memory, where in it, and how long lines are.
        const int at = (LIES == Lies::ALONG_DEPTH ? first : slice) + line;
        const int lines = LIES == Lies::ALONG_DEPTH ? operand.count : depth;
        const int from = (LIES == Lies::ALONG_DEPTH ? slice : first) + part * CHUNK;
        const int length = LIES == Lies::ALONG_DEPTH ? depth : operand.count;
        int values = at < lines ? length - from : 0;
        values = values < 0 ? 0 : values > CHUNK ? CHUNK : values;
        // A place that is surely there, for chunks of which nothing is read.
        const u64 offset = values > 0 ? static_cast<u64>(at) * operand.stride + from : 0;
        begin_copy(tile + place<LIES>(line, part), operand.values + offset, 2 * values);
    }
}

// The fragment of 16 rows and 16 slices of the left operand.
template <Lies LIES> __device__ inline void left_fragment(u32 (&fragment)[4], const uint4 *tile, int row, int slice) {
    const int lane = static_cast<int>(threadIdx.x) % WARP, matrix = lane / 8, line = lane % 8;
    const int rows = row + matrix % 2 * 8, slices = slice + matrix / 2 * 8;
    if (LIES == Lies::ALONG_DEPTH) {
        load_matrices(fragment, tile + place<LIES>(rows + line, slices / CHUNK));
    } else {
        load_matrices_transposed(fragment, tile + place<LIES>(slices + line, rows / CHUNK));
    }
}

// The fragments of 16 slices and twice 8 columns of the right operand: low and high of the first, then of the
// second eight columns.
template <Lies LIES>
__device__ inline void right_fragments(u32 (&fragment)[4], const uint4 *tile, int column, int slice) {
    const int lane = static_cast<int>(threadIdx.x) % WARP, matrix = lane / 8, line = lane % 8;
    const int columns = column + matrix / 2 * 8, slices = slice + matrix % 2 * 8;
    if (LIES == Lies::ALONG_DEPTH) {
        load_matrices(fragment, tile + place<LIES>(columns + line, slices / CHUNK));
    } else {
        load_matrices_transposed(fragment, tile + place<LIES>(slices + line, columns / CHUNK));
    }
}

// What becomes of the sums. Rows of the destination are `stride` apart.
struct Destination {
    // In f32, where this is no null pointer; else in bfloat16.
    float *sums;
    bfloat16 *rounded;
    int stride;
    // Added to each row (columns), or a null pointer.
    const float *bias;
    // Whether sums are added to what is there.
    int accumulate;
};

__device__ inline void write_four(const Destination &to, int row, int column, float4 values) {
    if (to.bias != nullptr) {
        values = plus(values, load_four(to.bias + column));
    }
    const u64 at = static_cast<u64>(row) * to.stride + column;
    if (to.sums == nullptr) {
        store_four(to.rounded + at, to.accumulate ? plus(values, load_four(to.rounded + at)) : values);
        return;
    }
    store_four(to.sums + at, to.accumulate ? plus(values, load_four(to.sums + at)) : values);
}

template <Lies LEFT, Lies RIGHT>
__device__ inline void multiply(const Operand &left, const Operand &right, int depth, const Destination &to,
                                int row_tile) {
    __shared__ uint4 shared[2 * STAGES * CHUNKS];
    const int first_row = row_tile * TILE_ROWS;
    const int first_column = static_cast<int>(blockIdx.x) * TILE_COLUMNS;
    const int steps = (depth + TILE_DEPTH - 1) / TILE_DEPTH;
    auto begin = [&](int step) {
        if (step < steps) {
            begin_tile<LEFT>(shared + step % STAGES * 2 * CHUNKS, left, depth, first_row, step * TILE_DEPTH);
            begin_tile<RIGHT>(shared + (step % STAGES * 2 + 1) * CHUNKS, right, depth, first_column, step * TILE_DEPTH);
        }
        // Also where nothing was begun, so that groups count steps.
        end_copy_group();
    };
    for (int step = 0; step < STAGES - 1; ++step) {
        begin(step);
    }
    const int warp = static_cast<int>(threadIdx.x) / WARP, lane = static_cast<int>(threadIdx.x) % WARP;
    const int warp_row = warp / (TILE_COLUMNS / WARP_COLUMNS) * WARP_ROWS;
    const int warp_column = warp % (TILE_COLUMNS / WARP_COLUMNS) * WARP_COLUMNS;
    float sums[WARP_ROWS / 16][WARP_COLUMNS / 8][4] = {};
    for (int step = 0; step < steps; ++step) {
        wait_for_copies<STAGES - 2>();
        // The tile of this step is there for all, and all are done with the one that is loaded over next.
        __syncthreads();
        begin(step + STAGES - 1);
        const uint4 *left_tile = shared + step % STAGES * 2 * CHUNKS, *right_tile = left_tile + CHUNKS;
#pragma unroll
        for (int slice = 0; slice < TILE_DEPTH; slice += 16) {
            u32 lefts[WARP_ROWS / 16][4], rights[WARP_COLUMNS / 16][4];
#pragma unroll
            for (int row = 0; row < WARP_ROWS / 16; ++row) {
                left_fragment<LEFT>(lefts[row], left_tile, warp_row + 16 * row, slice);
            }
#pragma unroll
            for (int column = 0; column < WARP_COLUMNS / 16; ++column) {
                right_fragments<RIGHT>(rights[column], right_tile, warp_column + 16 * column, slice);
            }
#pragma unroll
            for (int row = 0; row < WARP_ROWS / 16; ++row) {
#pragma unroll
                for (int column = 0; column < WARP_COLUMNS / 8; ++column) {
                    const u32(&right_pair)[4] = rights[column / 2];
                    multiply_fragments(sums[row][column], lefts[row], right_pair[column % 2 * 2],
                                       right_pair[column % 2 * 2 + 1]);
                }
            }
        }
    }
    // Through shared memory, where the tiles were, so that whole lines are written: the rows of one half of the
    // warps at a time.
    wait_for_copies<0>();
    float *lines = reinterpret_cast<float *>(shared);
#pragma unroll 1
    for (int half = 0; half < TILE_ROWS / WARP_ROWS; ++half) {
        __syncthreads();
        if (warp_row == half * WARP_ROWS) {
#pragma unroll
            for (int row = 0; row < WARP_ROWS / 16; ++row) {
#pragma unroll
                for (int column = 0; column < WARP_COLUMNS / 8; ++column) {
                    float *at = lines + (16 * row + lane / 4) * LINE + warp_column + 8 * column + lane % 4 * 2;
                    const float(&four)[4] = sums[row][column];
                    *reinterpret_cast<float2 *>(at) = float2{four[0], four[1]};
                    *reinterpret_cast<float2 *>(at + 8 * LINE) = float2{four[2], four[3]};
                }
            }
        }
        __syncthreads();
        const int column = static_cast<int>(threadIdx.x) % (TILE_COLUMNS / FOUR) * FOUR;
#pragma unroll 1
        for (int row = static_cast<int>(threadIdx.x) / (TILE_COLUMNS / FOUR); row < WARP_ROWS;
             row += TILE_THREADS / (TILE_COLUMNS / FOUR)) {
            const int below = first_row + half * WARP_ROWS + row;
            // The number of columns is a multiple of four.
            if (below < left.count && first_column + column < right.count) {
                const float4 values = load_four(lines + row * LINE + column);
                write_four(to, below, first_column + column, values);
            }
        }
    }
}

} // namespace

// What a product is told. Strides, rows of both operands and columns are multiples of 8 values where they are
// contiguous in memory.
struct Product {
    const bfloat16 *left;
    const bfloat16 *right;
    float *sums;
    bfloat16 *rounded;
    const float *bias;
    int rows, columns, depth;
    int left_stride, right_stride, stride;
    int accumulate;
    // Of the gradient of a matrix: slices of the inner dimension that a part takes, and where the sums of parts go,
    // (parts, rows, columns), or a null pointer where there is one alone.
    int part_depth;
    float *parts;
};

__device__ inline Destination destination_of(const Product &product) {
    return Destination{product.sums, product.rounded, product.stride, product.bias, product.accumulate};
}

// (rows, columns) = left (rows, depth) * right (columns, depth) transposed: a dense layer. A grid of
// (columns / 128, rows / 128), rounded up, of 256 threads.
extern "C" __global__ void __launch_bounds__(TILE_THREADS) multiply_forward(Product product) {
    const Operand left{product.left, product.left_stride, product.rows};
    const Operand right{product.right, product.right_stride, product.columns};
    multiply<Lies::ALONG_DEPTH, Lies::ALONG_DEPTH>(left, right, product.depth, destination_of(product), blockIdx.y);
}

// (rows, columns) = left (rows, depth) * right (depth, columns): the gradient of a dense layer's input.
extern "C" __global__ void __launch_bounds__(TILE_THREADS) multiply_input_gradient(Product product) {
    const Operand left{product.left, product.left_stride, product.rows};
    const Operand right{product.right, product.right_stride, product.columns};
    multiply<Lies::ALONG_DEPTH, Lies::ACROSS_DEPTH>(left, right, product.depth, destination_of(product), blockIdx.y);
}

// (rows, columns) = left (depth, rows) transposed * right (depth, columns): the gradient of a dense layer's
// matrix. A grid of (columns / 128, parts * (rows / 128)), rounded up, of 256 threads.
extern "C" __global__ void __launch_bounds__(TILE_THREADS) multiply_weight_gradient(Product product) {
    const int row_tiles = (product.rows + TILE_ROWS - 1) / TILE_ROWS;
    const int part = static_cast<int>(blockIdx.y) / row_tiles, from = part * product.part_depth;
    const int left_over = product.depth - from;
    const int depth = left_over < product.part_depth ? left_over : product.part_depth;
    const Operand left{product.left + static_cast<u64>(from) * product.left_stride, product.left_stride, product.rows};
    const Operand right{product.right + static_cast<u64>(from) * product.right_stride, product.right_stride,
                        product.columns};
    Destination to = destination_of(product);
    if (product.parts != nullptr) {
        float *sums = product.parts + static_cast<u64>(part) * product.rows * product.columns;
        to = Destination{sums, nullptr, product.columns, nullptr, 0};
    }
    multiply<Lies::ACROSS_DEPTH, Lies::ACROSS_DEPTH>(left, right, depth, to, static_cast<int>(blockIdx.y) % row_tiles);
}

struct PartSums {
    // (count)
    float *sums;
    // (parts, count)
    const float *parts;
    u64 count;
    int part_count;
    // Whether they are added to what is there.
    int accumulate;
};

// The sums of parts, in their order. A grid of count / 1,024, rounded up, of 256 threads; the count is a multiple of 4.
extern "C" __global__ void __launch_bounds__(TILE_THREADS) add_parts(PartSums all) {
    const u64 at = (static_cast<u64>(blockIdx.x) * TILE_THREADS + threadIdx.x) * FOUR;
    if (at >= all.count) {
        return;
    }
    float4 sum = all.accumulate ? load_four(all.sums + at) : float4{0, 0, 0, 0};
    for (int part = 0; part < all.part_count; ++part) {
        sum = plus(sum, load_four(all.parts + part * all.count + at));
    }
    store_four(all.sums + at, sum);
}
