// Matrix products of bfloat16 operands on the tensor cores, with sums in f32.
//
// A block computes a tile of the destination. Slices of both operands come into shared memory by asynchronous
// copies, some stages ahead; each warp takes its part of the tile from there as fragments. Edges are read as
// zeros and not written. The inner dimension is walked in order by one block alone, or where a destination has few
// tiles in parts whose sums are then added in order, so the same operands always give the same bits.
#include "values.cuh"

namespace {

// Rows of a tile. Its columns are as many, or half of that where the destination is so small that tiles of this size
// would leave multiprocessors idle.
constexpr int TILE_ROWS = 128;
constexpr int TILE_DEPTH = 32;
constexpr int STAGES = 3;
constexpr int TILE_THREADS = 128;
// Blocks that a multiprocessor holds at a time, so that one computes while another waits.
constexpr int TILE_BLOCKS = 2;
// Warps lie 2 x 2 over the tile. What a warp reads of the operands grows with its edges and what it multiplies with its
// area, so they are as large as registers allow: of 32 slices of a wide tile shared memory is busy for 384 cycles, and the
// tensor cores for 512 on an A100 and for 256 at least on an H100.
constexpr int WARP_ROWS = TILE_ROWS / 2;
// Rows, columns and slices of a fragment.
constexpr int FRAGMENT = 16;
constexpr int SLICES = TILE_DEPTH / FRAGMENT;

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

// A tile of an operand in shared memory: `COUNT` rows (or columns) by `TILE_DEPTH` slices, in chunks.
template <Lies LIES, int COUNT> struct Tile {
    // Chunks of a line, and of all.
    static constexpr int PARTS = (LIES == Lies::ALONG_DEPTH ? TILE_DEPTH : COUNT) / CHUNK;
    static constexpr int CHUNKS = COUNT * TILE_DEPTH / CHUNK;
};

// Loads the tiles of an operand one after the other, each thread the same chunks of each: from tile to tile nothing is
// computed but the next address. Operands are multiples of a chunk, so each one is there as a whole or not at all.
template <Lies LIES, int COUNT> struct Loader {
    typedef Tile<LIES, COUNT> Own;
    // Chunks that a thread loads, so many lines apart that they are permuted alike.
    static constexpr int EACH = Own::CHUNKS / TILE_THREADS;
    static constexpr int LINES = TILE_THREADS / Own::PARTS;
    static_assert(EACH * TILE_THREADS == Own::CHUNKS && LINES % 8 == 0, "threads share the tile evenly");

    const bfloat16 *next;
    // Values from one chunk of this thread to the next, and from a tile to the next.
    u64 line_jump, tile_jump;
    // Where the first chunk goes.
    int place;
    // Slices that are still there from this thread's first chunk on, and rows (or columns).
    int slices, count;

    // `first` is the first row (or column) of the tiles, and `depth` the size of the inner dimension.
    __device__ Loader(const Operand &operand, int depth, int first) {
        const int line = static_cast<int>(threadIdx.x) / Own::PARTS, part = static_cast<int>(threadIdx.x) % Own::PARTS;
        place = place_of_chunk<Own::PARTS>(line, part);
        line_jump = static_cast<u64>(LINES) * operand.stride;
        if (LIES == Lies::ALONG_DEPTH) {
            next = operand.values + static_cast<u64>(first + line) * operand.stride + part * CHUNK;
            tile_jump = TILE_DEPTH;
            slices = depth - part * CHUNK;
            count = operand.count - first - line;
        } else {
            next = operand.values + static_cast<u64>(line) * operand.stride + first + part * CHUNK;
            tile_jump = static_cast<u64>(TILE_DEPTH) * operand.stride;
            slices = depth - line;
            count = operand.count - first - part * CHUNK;
        }
    }

    // Begins to load the next tile.
    __device__ void begin(uint4 *tile) {
        const bfloat16 *from = next;
#pragma unroll
        for (int chunk = 0; chunk < EACH; ++chunk) {
            const int lines = chunk * LINES;
            const bool is_there = LIES == Lies::ALONG_DEPTH ? slices > 0 && lines < count : lines < slices && count > 0;
            begin_copy(tile + place + lines * Own::PARTS, from, is_there);
            from += line_jump;
        }
        next += tile_jump;
        slices -= TILE_DEPTH;
    }
};

// The fragments that a warp takes of a tile, each of 16 rows (or columns) and 16 slices: `WIDTH` is how many rows.
template <Lies LIES, int COUNT, int WIDTH> struct Fragments {
    typedef Tile<LIES, COUNT> Own;
    // Where this lane's row of a matrix lies: one for each step of what the permutation depends on.
    int places[LIES == Lies::ALONG_DEPTH ? SLICES : WIDTH / FRAGMENT];

    // `first` is the warp's first row. Of the four matrices of a fragment, this lane's begins at row `row` and slice
    // `slice`.
    __device__ Fragments(int first, int row, int slice) {
        const int line = static_cast<int>(threadIdx.x) % 8;
        if (LIES == Lies::ALONG_DEPTH) {
#pragma unroll
            for (int step = 0; step < SLICES; ++step) {
                places[step] = place_of_chunk<Own::PARTS>(first + row + line, (step * FRAGMENT + slice) / CHUNK);
            }
        } else {
#pragma unroll
            for (int step = 0; step < WIDTH / FRAGMENT; ++step) {
                places[step] = place_of_chunk<Own::PARTS>(slice + line, (first + step * FRAGMENT + row) / CHUNK);
            }
        }
    }

    // The fragment of these 16 rows and these 16 slices.
    __device__ void load(u32 (&fragment)[4], const uint4 *tile, int rows, int slices) const {
        if (LIES == Lies::ALONG_DEPTH) {
            load_matrices(fragment, tile + places[slices] + rows * FRAGMENT * Own::PARTS);
        } else {
            load_matrices_transposed(fragment, tile + places[rows] + slices * FRAGMENT * Own::PARTS);
        }
    }
};

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

__device__ inline float4 read_four(const Destination &from, u64 at) {
    return from.sums != nullptr ? load_four(from.sums + at) : load_four(from.rounded + at);
}

__device__ inline void write_four(const Destination &to, u64 at, const float4 &values) {
    if (to.sums != nullptr) {
        store_four(to.sums + at, values);
    } else {
        store_four(to.rounded + at, values);
    }
}

// The tile of these rows and of the block's columns.
template <Lies LEFT, Lies RIGHT, int TILE_COLUMNS>
__device__ inline void multiply(const Operand &left, const Operand &right, int depth, const Destination &to,
                                int row_tile) {
    constexpr int WARP_COLUMNS = TILE_COLUMNS / 2;
    constexpr int ROWS = WARP_ROWS / FRAGMENT, COLUMNS = WARP_COLUMNS / FRAGMENT;
    constexpr int LEFT_CHUNKS = Tile<LEFT, TILE_ROWS>::CHUNKS;
    constexpr int STAGE = LEFT_CHUNKS + Tile<RIGHT, TILE_COLUMNS>::CHUNKS;
    // Places of a line of sums in shared memory: some more than values, so that the four lines that half a warp writes
    // lie in different banks.
    constexpr int LINE = TILE_COLUMNS + 8;
    static_assert(WARP_ROWS * LINE * 4 <= STAGES * STAGE * 16, "the sums of half a tile fit where tiles were");
    __shared__ uint4 shared[STAGES * STAGE];

    const int first_row = row_tile * TILE_ROWS;
    const int first_column = static_cast<int>(blockIdx.x) * TILE_COLUMNS;
    const int steps = (depth + TILE_DEPTH - 1) / TILE_DEPTH;
    Loader<LEFT, TILE_ROWS> lefts_to_come(left, depth, first_row);
    Loader<RIGHT, TILE_COLUMNS> rights_to_come(right, depth, first_column);
    auto begin = [&](int step, int stage) {
        if (step < steps) {
            lefts_to_come.begin(shared + stage);
            rights_to_come.begin(shared + stage + LEFT_CHUNKS);
        }
        // Also where nothing was begun, so that groups count steps.
        end_copy_group();
    };
#pragma unroll
    for (int step = 0; step < STAGES - 1; ++step) {
        begin(step, step * STAGE);
    }

    const int warp = static_cast<int>(threadIdx.x) / WARP, matrix = static_cast<int>(threadIdx.x) % WARP / 8;
    const int warp_row = warp / 2 * WARP_ROWS, warp_column = warp % 2 * WARP_COLUMNS;
    // The matrices of a left fragment go down first, those of a right one along the slices: low and high of the first
    // eight columns, then of the second.
    const Fragments<LEFT, TILE_ROWS, WARP_ROWS> left_tiles(warp_row, matrix % 2 * 8, matrix / 2 * 8);
    const Fragments<RIGHT, TILE_COLUMNS, WARP_COLUMNS> right_tiles(warp_column, matrix / 2 * 8, matrix % 2 * 8);
    float sums[ROWS][2 * COLUMNS][4] = {};
    // Where in shared memory this step's tiles are, and where those of the one before were.
    int reading = 0, writing = (STAGES - 1) * STAGE;
#pragma unroll 1
    for (int step = 0; step < steps; ++step) {
        wait_for_copies<STAGES - 2>();
        // The tile of this step is there for all, and all are done with the one that is loaded over next.
        __syncthreads();
        begin(step + STAGES - 1, writing);
        const uint4 *tiles = shared + reading;
#pragma unroll
        for (int slice = 0; slice < SLICES; ++slice) {
            u32 lefts[ROWS][4], rights[COLUMNS][4];
#pragma unroll
            for (int row = 0; row < ROWS; ++row) {
                left_tiles.load(lefts[row], tiles, row, slice);
            }
#pragma unroll
            for (int column = 0; column < COLUMNS; ++column) {
                right_tiles.load(rights[column], tiles + LEFT_CHUNKS, column, slice);
            }
#pragma unroll
            for (int row = 0; row < ROWS; ++row) {
#pragma unroll
                for (int column = 0; column < 2 * COLUMNS; ++column) {
                    const u32(&right_pair)[4] = rights[column / 2];
                    multiply_fragments(sums[row][column], lefts[row], right_pair[column % 2 * 2],
                                       right_pair[column % 2 * 2 + 1]);
                }
            }
        }
        writing = reading;
        reading = reading == (STAGES - 1) * STAGE ? 0 : reading + STAGE;
    }

    // Through shared memory, where the tiles were, so that whole lines are written: the rows of one half of the
    // warps at a time.
    wait_for_copies<0>();
    float *lines = reinterpret_cast<float *>(shared);
    const int lane = static_cast<int>(threadIdx.x) % WARP;
    constexpr int FOURS = TILE_COLUMNS / FOUR;
    // Rows between two that a thread takes, and how many it takes a turn.
    constexpr int ROWS_APART = TILE_THREADS / FOURS, ROWS_A_TURN = 4;
    const int column = static_cast<int>(threadIdx.x) % FOURS * FOUR;
    // The number of columns is a multiple of four.
    const bool is_there = first_column + column < right.count;
    float4 bias{0, 0, 0, 0};
    if (to.bias != nullptr && is_there) {
        bias = load_four(to.bias + first_column + column);
    }
#pragma unroll 1
    for (int half = 0; half < TILE_ROWS / WARP_ROWS; ++half) {
        __syncthreads();
        if (warp_row == half * WARP_ROWS) {
#pragma unroll
            for (int row = 0; row < ROWS; ++row) {
#pragma unroll
                for (int pair = 0; pair < 2 * COLUMNS; ++pair) {
                    float *at = lines + (16 * row + lane / 4) * LINE + warp_column + 8 * pair + lane % 4 * 2;
                    const float(&four)[4] = sums[row][pair];
                    *reinterpret_cast<float2 *>(at) = float2{four[0], four[1]};
                    *reinterpret_cast<float2 *>(at + 8 * LINE) = float2{four[2], four[3]};
                }
            }
        }
        __syncthreads();
        // Some rows a turn: what is there of all of them is on its way before the first one is written.
#pragma unroll 1
        for (int row = static_cast<int>(threadIdx.x) / FOURS; row < WARP_ROWS; row += ROWS_A_TURN * ROWS_APART) {
            const int top = first_row + half * WARP_ROWS + row;
            const u64 at = static_cast<u64>(top) * to.stride + first_column + column;
            const u64 jump = static_cast<u64>(ROWS_APART) * to.stride;
            float4 values[ROWS_A_TURN];
#pragma unroll
            for (int turn = 0; turn < ROWS_A_TURN; ++turn) {
                const bool adds = to.accumulate && is_there && top + turn * ROWS_APART < left.count;
                values[turn] = adds ? read_four(to, at + turn * jump) : float4{0, 0, 0, 0};
            }
#pragma unroll
            for (int turn = 0; turn < ROWS_A_TURN; ++turn) {
                const float4 sum = load_four(lines + (row + turn * ROWS_APART) * LINE + column);
                if (is_there && top + turn * ROWS_APART < left.count) {
                    write_four(to, at + turn * jump, plus(values[turn], plus(bias, sum)));
                }
            }
        }
    }
}

} // namespace

// What a product is told. Strides are multiples of 8 values, and so are rows, columns and depth where an operand has
// them contiguous in memory; columns are in any case.
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

// (rows, columns) = left (rows, depth) * right (columns, depth) transposed: a dense layer.
template <int TILE_COLUMNS> __device__ inline void forward(const Product &product) {
    const Operand left{product.left, product.left_stride, product.rows};
    const Operand right{product.right, product.right_stride, product.columns};
    multiply<Lies::ALONG_DEPTH, Lies::ALONG_DEPTH, TILE_COLUMNS>(left, right, product.depth, destination_of(product),
                                                                 static_cast<int>(blockIdx.y));
}

// (rows, columns) = left (rows, depth) * right (depth, columns): the gradient of a dense layer's input.
template <int TILE_COLUMNS> __device__ inline void input_gradient(const Product &product) {
    const Operand left{product.left, product.left_stride, product.rows};
    const Operand right{product.right, product.right_stride, product.columns};
    multiply<Lies::ALONG_DEPTH, Lies::ACROSS_DEPTH, TILE_COLUMNS>(left, right, product.depth, destination_of(product),
                                                                  static_cast<int>(blockIdx.y));
}

// Grids of (columns / the tile's, rows / 128), rounded up, of 128 threads.
extern "C" __global__ void __launch_bounds__(TILE_THREADS, TILE_BLOCKS) multiply_forward(Product product) {
    forward<128>(product);
}
extern "C" __global__ void __launch_bounds__(TILE_THREADS, TILE_BLOCKS) multiply_forward_narrow(Product product) {
    forward<64>(product);
}
extern "C" __global__ void __launch_bounds__(TILE_THREADS, TILE_BLOCKS) multiply_input_gradient(Product product) {
    input_gradient<128>(product);
}
extern "C" __global__ void __launch_bounds__(TILE_THREADS, TILE_BLOCKS)
    multiply_input_gradient_narrow(Product product) {
    input_gradient<64>(product);
}

// (rows, columns) = left (depth, rows) transposed * right (depth, columns): the gradient of a dense layer's
// matrix. A grid of (columns / 128, parts * (rows / 128)), rounded up, of 128 threads.
extern "C" __global__ void __launch_bounds__(TILE_THREADS, TILE_BLOCKS) multiply_weight_gradient(Product product) {
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
    multiply<Lies::ACROSS_DEPTH, Lies::ACROSS_DEPTH, 128>(left, right, depth, to,
                                                          static_cast<int>(blockIdx.y) % row_tiles);
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

constexpr int ADD_THREADS = 256;

// The sums of parts, in their order. A grid of count / 1,024, rounded up, of 256 threads; the count is a multiple of 4.
extern "C" __global__ void __launch_bounds__(ADD_THREADS) add_parts(PartSums all) {
    const u64 at = (static_cast<u64>(blockIdx.x) * ADD_THREADS + threadIdx.x) * FOUR;
    if (at >= all.count) {
        return;
    }
    float4 sum = all.accumulate ? load_four(all.sums + at) : float4{0, 0, 0, 0};
    for (int part = 0; part < all.part_count; ++part) {
        sum = plus(sum, load_four(all.parts + part * all.count + at));
    }
    store_four(all.sums + at, sum);
}
