// The interface of NVIDIA's driver over the emulation, as far as this program uses it: with this library in the
// place of `libcuda` everything above it runs without a card. Memory of the device is memory of the host, filled
// with bytes that make no number; work is done at once. The environment makes it an old driver, an old card, a
// small card, or one that is lost:
//   EMULATED_DRIVER (12040), EMULATED_CARDS (1), EMULATED_COMPUTE (90), EMULATED_MEMORY (bytes),
//   EMULATED_LOSS (the number of the launch that fails), EMULATED_FAULT (a kernel that is left out)
#include "../kernels.cu"

#include <map>
#include <mutex>
#include <string>

namespace {

enum Result {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NO_DEVICE = 100,
    INVALID_DEVICE = 101,
    NOT_FOUND = 500,
    LAUNCH_FAILED = 719,
};

typedef uint64_t Address;
typedef std::function<void(const void *)> Entrance;

template <typename Argument> Entrance entrance(void (*kernel)(Argument)) {
    return [kernel](const void *argument) { kernel(*static_cast<const Argument *>(argument)); };
}

#define ENTRANCE(kernel) {#kernel, entrance(kernel)}

const std::map<std::string, Entrance> ENTRANCES = {
    ENTRANCE(multiply_forward),
    ENTRANCE(multiply_input_gradient),
    ENTRANCE(multiply_weight_gradient),
    ENTRANCE(multiply_single),
    ENTRANCE(residual_norm_f32),
    ENTRANCE(residual_norm_bf16),
    ENTRANCE(residual_norm_gradient_f32),
    ENTRANCE(residual_norm_gradient_bf16),
    ENTRANCE(column_sums_f32),
    ENTRANCE(column_sums_bf16),
    ENTRANCE(add_block_sums),
    ENTRANCE(activation_f32),
    ENTRANCE(activation_bf16),
    ENTRANCE(adamw),
    ENTRANCE(attention_32),
    ENTRANCE(attention_64),
    ENTRANCE(query_gradient_32),
    ENTRANCE(query_gradient_64),
    ENTRANCE(key_value_gradient_32),
    ENTRANCE(key_value_gradient_64),
    ENTRANCE(attention_projections),
    ENTRANCE(attention_rows_f32),
    ENTRANCE(attention_rows_bf16),
    ENTRANCE(query_gradient_rows_f32),
    ENTRANCE(query_gradient_rows_bf16),
    ENTRANCE(key_value_gradient_rows_f32),
    ENTRANCE(key_value_gradient_rows_bf16),
    ENTRANCE(look_up_f32),
    ENTRANCE(look_up_bf16),
    ENTRANCE(scatter_add_f32),
    ENTRANCE(scatter_add_bf16),
    ENTRANCE(binary_cross_entropy),
    ENTRANCE(dropout_f32),
    ENTRANCE(dropout_bf16),
    ENTRANCE(gather_rows_f32),
    ENTRANCE(gather_rows_bf16),
    ENTRANCE(add_to_rows_f32),
    ENTRANCE(add_to_rows_bf16),
    ENTRANCE(round_values),
    ENTRANCE(widen_values),
    ENTRANCE(pool),
    ENTRANCE(pool_gradient),
};

long long setting(const char *name, long long otherwise) {
    const char *value = std::getenv(name);
    return value == nullptr ? otherwise : std::atoll(value);
}

// One thing at a time: the emulation has one block.
std::mutex card;
std::map<Address, size_t> allocated;
size_t used = 0;
long long launches = 0;
bool lost = false;

size_t total() { return setting("EMULATED_MEMORY", 1ll << 32); }

} // namespace

extern "C" {

int cuInit(unsigned) { return setting("EMULATED_CARDS", 1) > 0 ? SUCCESS : NO_DEVICE; }

int cuDriverGetVersion(int *version) {
    *version = setting("EMULATED_DRIVER", 12040);
    return SUCCESS;
}

int cuDeviceGetCount(int *count) {
    *count = setting("EMULATED_CARDS", 1);
    return SUCCESS;
}

int cuDeviceGet(int *device, int ordinal) {
    *device = ordinal;
    return ordinal < setting("EMULATED_CARDS", 1) ? SUCCESS : INVALID_DEVICE;
}

int cuDeviceGetName(char *name, int length, int) {
    std::snprintf(name, length, "Emulated card");
    return SUCCESS;
}

int cuDeviceTotalMem_v2(size_t *bytes, int) {
    *bytes = total();
    return SUCCESS;
}

int cuDeviceGetAttribute(int *value, int attribute, int) {
    const int compute = setting("EMULATED_COMPUTE", 90);
    constexpr int MAJOR = 75, MINOR = 76;
    if (attribute != MAJOR && attribute != MINOR) return INVALID_VALUE;
    *value = attribute == MAJOR ? compute / 10 : compute % 10;
    return SUCCESS;
}

int cuDevicePrimaryCtxRetain(void **context, int) {
    static int only;
    *context = &only;
    return SUCCESS;
}
int cuDevicePrimaryCtxRelease_v2(int) { return SUCCESS; }
int cuCtxSetCurrent(void *) { return SUCCESS; }

int cuStreamCreate(void **stream, unsigned) {
    static int only;
    *stream = &only;
    return SUCCESS;
}
int cuStreamDestroy_v2(void *) { return SUCCESS; }
int cuStreamSynchronize(void *) {
    std::lock_guard<std::mutex> alone(card);
    return lost ? LAUNCH_FAILED : SUCCESS;
}

int cuModuleLoadData(void **module, const void *image) {
    *module = const_cast<void *>(image);
    // The text is really there.
    return std::strstr(static_cast<const char *>(image), ".target sm_80") == nullptr ? INVALID_VALUE : SUCCESS;
}
int cuModuleUnload(void *) { return SUCCESS; }

int cuModuleGetFunction(void **function, void *, const char *name) {
    const auto found = ENTRANCES.find(name);
    if (found == ENTRANCES.end()) return NOT_FOUND;
    *function = const_cast<void *>(static_cast<const void *>(&*found));
    return SUCCESS;
}

int cuMemGetInfo_v2(size_t *free, size_t *all) {
    std::lock_guard<std::mutex> alone(card);
    *all = total();
    *free = *all - used;
    return SUCCESS;
}

int cuMemAlloc_v2(Address *address, size_t bytes) {
    std::lock_guard<std::mutex> alone(card);
    if (used + bytes > total()) return OUT_OF_MEMORY;
    const size_t whole = (bytes + 255) / 256 * 256;
    void *memory = std::aligned_alloc(256, whole);
    if (memory == nullptr) return OUT_OF_MEMORY;
    std::memset(memory, 0xff, whole);
    *address = reinterpret_cast<Address>(memory);
    allocated[*address] = bytes;
    used += bytes;
    return SUCCESS;
}

int cuMemFree_v2(Address address) {
    std::lock_guard<std::mutex> alone(card);
    const auto found = allocated.find(address);
    if (found == allocated.end()) return INVALID_VALUE;
    used -= found->second;
    allocated.erase(found);
    std::free(reinterpret_cast<void *>(address));
    return SUCCESS;
}

int cuMemcpyHtoDAsync_v2(Address to, const void *from, size_t bytes, void *) {
    std::lock_guard<std::mutex> alone(card);
    if (lost) return LAUNCH_FAILED;
    std::memcpy(reinterpret_cast<void *>(to), from, bytes);
    return SUCCESS;
}

int cuMemcpyDtoHAsync_v2(void *to, Address from, size_t bytes, void *) {
    std::lock_guard<std::mutex> alone(card);
    if (lost) return LAUNCH_FAILED;
    std::memcpy(to, reinterpret_cast<const void *>(from), bytes);
    return SUCCESS;
}

int cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes, void *) {
    std::lock_guard<std::mutex> alone(card);
    if (lost) return LAUNCH_FAILED;
    std::memcpy(reinterpret_cast<void *>(to), reinterpret_cast<const void *>(from), bytes);
    return SUCCESS;
}

int cuMemsetD8Async(Address to, unsigned char byte, size_t bytes, void *) {
    std::lock_guard<std::mutex> alone(card);
    if (lost) return LAUNCH_FAILED;
    std::memset(reinterpret_cast<void *>(to), byte, bytes);
    return SUCCESS;
}

int cuLaunchKernel(void *function, unsigned columns, unsigned rows, unsigned layers, unsigned threads, unsigned,
                   unsigned, unsigned, void *, void **arguments, void **) {
    std::lock_guard<std::mutex> alone(card);
    lost = lost || ++launches == setting("EMULATED_LOSS", 0);
    if (lost) return LAUNCH_FAILED;
    const auto &kernel = *static_cast<const std::pair<const std::string, Entrance> *>(function);
    const char *fault = std::getenv("EMULATED_FAULT");
    if (fault != nullptr && kernel.first == fault) return SUCCESS;
    const void *argument = arguments[0];
    emulation::launch(dim3{columns, rows, layers}, threads, [&] { kernel.second(argument); });
    return SUCCESS;
}

int cuGetErrorName(int, const char **name) {
    *name = "EMULATED";
    return SUCCESS;
}

int cuGetErrorString(int result, const char **text) {
    *text = result == LAUNCH_FAILED ? "unspecified launch failure" : "an emulated failure";
    return SUCCESS;
}

} // extern "C"
