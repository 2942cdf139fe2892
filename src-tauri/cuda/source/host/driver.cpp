// The interface of NVIDIA's driver over the emulation, as far as this program uses it: with this library in the
// place of `libcuda` (and of `libnvidia-ml`, which tells how busy it is) everything above it runs without a card. Memory
// of the device is memory of the host, filled with bytes that make no number before it is used and after. What a stream
// is told to do is done as late as a card may do it: when somebody waits, so that memory of the host that is used again
// too early shows. The environment makes it an old driver, an old card, a small card, one without memory pools, or one
// that is lost:
//   EMULATED_DRIVER (12040), EMULATED_CARDS (1), EMULATED_COMPUTE (90), EMULATED_MEMORY (bytes), EMULATED_POOLS (1),
//   EMULATED_LOSS (the number of the launch that fails, or a kernel, a colon and the number among its launches),
//   EMULATED_FAULT (a kernel that is left out)
#include "../kernels.cu"

#include <atomic>
#include <chrono>
#include <deque>
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
    NOT_READY = 600,
    LAUNCH_FAILED = 719,
};

typedef uint64_t Address;
// Copies the argument, and gives what runs a block with it.
typedef std::function<std::function<void()>(const void *)> Entrance;

template <typename Argument> Entrance entrance(void (*kernel)(Argument)) {
    return [kernel](const void *given) {
        return [kernel, argument = *static_cast<const Argument *>(given)] { kernel(argument); };
    };
}

#define ENTRANCE(kernel) {#kernel, entrance(kernel)}

const std::map<std::string, Entrance> ENTRANCES = {
    ENTRANCE(multiply_forward),
    ENTRANCE(multiply_forward_narrow),
    ENTRANCE(multiply_input_gradient),
    ENTRANCE(multiply_input_gradient_narrow),
    ENTRANCE(multiply_weight_gradient),
    ENTRANCE(add_parts),
    ENTRANCE(multiply_single),
    ENTRANCE(residual_norm_f32),
    ENTRANCE(residual_norm_bf16),
    ENTRANCE(residual_norm_gradient_512_f32),
    ENTRANCE(residual_norm_gradient_512_bf16),
    ENTRANCE(residual_norm_gradient_768_f32),
    ENTRANCE(residual_norm_gradient_768_bf16),
    ENTRANCE(residual_norm_gradient_1024_f32),
    ENTRANCE(residual_norm_gradient_1024_bf16),
    ENTRANCE(column_sums_f32),
    ENTRANCE(column_sums_bf16),
    ENTRANCE(add_block_sums),
    ENTRANCE(activation_f32),
    ENTRANCE(activation_bf16),
    ENTRANCE(activation_gradient_f32),
    ENTRANCE(activation_gradient_bf16),
    ENTRANCE(adamw),
    ENTRANCE(sum_squares),
    ENTRANCE(clip),
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
// What the stream has still to do, and how much it was told and has done.
std::deque<std::function<void()>> stream;
unsigned long long told = 0, done = 0;
// Seconds that it worked, and when that was asked for last.
typedef std::chrono::steady_clock Clock;
std::atomic<double> worked{0};
Clock::time_point asked = Clock::now();

double seconds(Clock::duration passed) { return std::chrono::duration<double>(passed).count(); }

size_t total() { return setting("EMULATED_MEMORY", 1ll << 32); }

// Whether the launch of this kernel, which counts from now on, is the one after which the card is lost.
bool is_to_fail(const std::string &kernel) {
    static std::map<std::string, long long> of_kernel;
    ++launches;
    const long long of_this = ++of_kernel[kernel];
    const char *value = std::getenv("EMULATED_LOSS");
    if (value == nullptr) return false;
    const std::string text = value;
    const size_t colon = text.find(':');
    if (colon == std::string::npos) return launches == std::atoll(value);
    return text.substr(0, colon) == kernel && of_this == std::atoll(value + colon + 1);
}

// The stream is told to do something.
int later(std::function<void()> work) {
    if (lost) return LAUNCH_FAILED;
    stream.push_back(std::move(work));
    ++told;
    return SUCCESS;
}

// The stream does all that it was told until then.
int until(unsigned long long moment) {
    for (; done < moment && !lost; ++done) {
        const Clock::time_point began = Clock::now();
        stream.front()();
        worked = worked + seconds(Clock::now() - began);
        if (!lost) stream.pop_front();
    }
    return lost ? LAUNCH_FAILED : SUCCESS;
}

int take(Address *address, size_t bytes) {
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

int give_back(Address address) {
    const auto found = allocated.find(address);
    if (found == allocated.end()) return INVALID_VALUE;
    used -= found->second;
    std::memset(reinterpret_cast<void *>(address), 0xff, found->second);
    allocated.erase(found);
    std::free(reinterpret_cast<void *>(address));
    return SUCCESS;
}

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

int cuDeviceGetUuid(unsigned char *bytes, int device) {
    for (int at = 0; at < 16; ++at) bytes[at] = static_cast<unsigned char>(at + 16 * device);
    return SUCCESS;
}

int cuDeviceTotalMem_v2(size_t *bytes, int) {
    *bytes = total();
    return SUCCESS;
}

int cuDeviceGetAttribute(int *value, int attribute, int) {
    const int compute = setting("EMULATED_COMPUTE", 90);
    constexpr int MAJOR = 75, MINOR = 76, POOLS = 115;
    switch (attribute) {
    case MAJOR: *value = compute / 10; return SUCCESS;
    case MINOR: *value = compute % 10; return SUCCESS;
    case POOLS: *value = setting("EMULATED_POOLS", 1); return SUCCESS;
    default: return INVALID_VALUE;
    }
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
    return until(told);
}

// An event is the number of things that the stream was told before it.
int cuEventCreate(void **event, unsigned) {
    *event = new unsigned long long(0);
    return SUCCESS;
}
int cuEventDestroy_v2(void *event) {
    delete static_cast<unsigned long long *>(event);
    return SUCCESS;
}
int cuEventRecord(void *event, void *) {
    std::lock_guard<std::mutex> alone(card);
    *static_cast<unsigned long long *>(event) = told;
    return lost ? LAUNCH_FAILED : SUCCESS;
}
int cuEventSynchronize(void *event) {
    std::lock_guard<std::mutex> alone(card);
    return until(*static_cast<unsigned long long *>(event));
}
// Who asks has waited a little: something more is done.
int cuEventQuery(void *event) {
    std::lock_guard<std::mutex> alone(card);
    const unsigned long long moment = *static_cast<unsigned long long *>(event);
    if (done < moment) until(done + 1);
    return lost ? LAUNCH_FAILED : done < moment ? NOT_READY : SUCCESS;
}

int cuModuleLoadDataEx(void **module, const void *image, unsigned, void *, void **) {
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

int cuMemPoolCreate(void **pool, const void *) {
    static int only;
    *pool = &only;
    return SUCCESS;
}
int cuMemPoolDestroy(void *) { return SUCCESS; }
int cuMemPoolSetAttribute(void *, int, void *) { return SUCCESS; }
int cuMemPoolTrimTo(void *, size_t) { return SUCCESS; }

int cuMemAlloc_v2(Address *address, size_t bytes) {
    std::lock_guard<std::mutex> alone(card);
    return take(address, bytes);
}
int cuMemAllocFromPoolAsync(Address *address, size_t bytes, void *, void *) {
    std::lock_guard<std::mutex> alone(card);
    // What is given back further ahead in the stream may be taken again.
    if (used + bytes > total()) until(told);
    return take(address, bytes);
}

int cuMemFree_v2(Address address) {
    std::lock_guard<std::mutex> alone(card);
    return give_back(address);
}
int cuMemFreeAsync(Address address, void *) {
    std::lock_guard<std::mutex> alone(card);
    return later([=] { give_back(address); });
}

int cuMemHostAlloc(void **memory, size_t bytes, unsigned) {
    *memory = std::malloc(bytes);
    return *memory == nullptr ? OUT_OF_MEMORY : SUCCESS;
}
int cuMemFreeHost(void *memory) {
    std::free(memory);
    return SUCCESS;
}

int cuMemcpyHtoDAsync_v2(Address to, const void *from, size_t bytes, void *) {
    std::lock_guard<std::mutex> alone(card);
    return later([=] { std::memcpy(reinterpret_cast<void *>(to), from, bytes); });
}

int cuMemcpyDtoHAsync_v2(void *to, Address from, size_t bytes, void *) {
    std::lock_guard<std::mutex> alone(card);
    return later([=] { std::memcpy(to, reinterpret_cast<const void *>(from), bytes); });
}

int cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes, void *) {
    std::lock_guard<std::mutex> alone(card);
    return later(
        [=] { std::memcpy(reinterpret_cast<void *>(to), reinterpret_cast<const void *>(from), bytes); });
}

int cuMemsetD8Async(Address to, unsigned char byte, size_t bytes, void *) {
    std::lock_guard<std::mutex> alone(card);
    return later([=] { std::memset(reinterpret_cast<void *>(to), byte, bytes); });
}

int cuLaunchKernel(void *function, unsigned columns, unsigned rows, unsigned layers, unsigned threads, unsigned,
                   unsigned, unsigned, void *, void **arguments, void **) {
    std::lock_guard<std::mutex> alone(card);
    const auto &kernel = *static_cast<const std::pair<const std::string, Entrance> *>(function);
    const bool fails = is_to_fail(kernel.first);
    const char *fault = std::getenv("EMULATED_FAULT");
    const bool is_left_out = fault != nullptr && kernel.first == fault;
    return later([=, block = kernel.second(arguments[0])] {
        lost = lost || fails;
        if (!lost && !is_left_out) emulation::launch(dim3{columns, rows, layers}, threads, block);
    });
}

int nvmlInit_v2() { return SUCCESS; }
int nvmlShutdown() { return SUCCESS; }

int nvmlSystemGetDriverVersion(char *version, unsigned length) {
    std::snprintf(version, length, "550.54.14");
    return SUCCESS;
}

int nvmlDeviceGetHandleByUUID(const char *uuid, void **device) {
    static int only;
    *device = &only;
    constexpr int NOT_THERE = 6;
    return std::strcmp(uuid, "GPU-00010203-0405-0607-0809-0a0b0c0d0e0f") == 0 ? SUCCESS : NOT_THERE;
}

// The share of the time since it was asked for last, of the card and of its memory, in percent.
int nvmlDeviceGetUtilizationRates(void *, unsigned *rates) {
    const Clock::time_point now = Clock::now();
    rates[0] = rates[1] = static_cast<unsigned>(100 * worked.exchange(0) / seconds(now - asked));
    asked = now;
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
