// CUDA's keywords, threads, barriers and warps for g++: one fiber a thread.
//
// The threads of a block run one after the other, each up to its next barrier, in an
// order that the caller picks: what a missing barrier leaves unwritten is then read by
// one of the orders. When shuffled, each warp runs up to its next barrier of the block,
// past those of its own, before another begins: what it writes too early is then read.
// Not covered: races between blocks, contraction to FMA, flushing of
// subnormal numbers, the GPU's own exp and log. Instructions of tensor cores have their
// twins where they are wrapped, in `tensor_cores.cuh`.
#pragma once
#define CUDA_ON_CPU
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

#undef __global__
#undef __device__
#undef __host__
#undef __shared__
#undef __constant__
#undef __forceinline__
#undef __launch_bounds__
#define __global__
#define __device__
#define __host__
#define __constant__ static const
#define __shared__ static
#define __forceinline__ inline
#define __launch_bounds__(...)
#define DYNAMIC_SHARED(T, name) T* const name = reinterpret_cast<T*>(on_cpu::dynamic.data())

using std::abs, std::copysign, std::cos, std::exp, std::expm1, std::fma, std::log;
using std::signbit, std::log1p, std::max, std::min, std::sin, std::sqrt, std::tanh, std::erfc;
// Unlike those of std, CUDA's max and min pass over a NaN.
inline float max(float x, float y) { return std::fmax(x, y); }
inline double max(double x, double y) { return std::fmax(x, y); }
inline float min(float x, float y) { return std::fmin(x, y); }
inline double min(double x, double y) { return std::fmin(x, y); }
inline float rsqrt(float x) { return 1 / std::sqrt(x); }
inline double rsqrt(double x) { return 1 / std::sqrt(x); }
inline void sincospi(double x, double* s, double* c) {
    *s = std::sin(M_PI * x), *c = std::cos(M_PI * x);
}

static uint3 threadIdx, blockIdx;
static dim3 blockDim, gridDim;

namespace on_cpu {

enum class State { ready, at_warp, at_block, done };
constexpr size_t kStack = 1 << 17;
constexpr int kLanes = 32;

struct Fiber {
    ucontext_t context;
    std::vector<char> stack = std::vector<char>(kStack);
    State state;
    int line;          // of the barrier it waits at
    uint64_t slot[2];  // what it shows to its warp
};

static std::vector<Fiber> fibers;
static std::vector<char> dynamic;
static ucontext_t scheduler;
static size_t current;
static std::string error;
static void (*body)(void**);
static void** arguments;
static unsigned long long blocks_run;

// AddressSanitizer has to know on which stack it is.
inline void enter(Fiber& fiber) {
#ifdef __SANITIZE_ADDRESS__
    void* fake;
    __sanitizer_start_switch_fiber(&fake, fiber.stack.data(), kStack);
    swapcontext(&scheduler, &fiber.context);
    __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#else
    swapcontext(&scheduler, &fiber.context);
#endif
}

static const void* home;
static size_t home_size;

inline void leave(Fiber& fiber, bool for_good) {
#ifdef __SANITIZE_ADDRESS__
    void* fake;
    __sanitizer_start_switch_fiber(for_good ? nullptr : &fake, home, home_size);
    swapcontext(&fiber.context, &scheduler);
    __sanitizer_finish_switch_fiber(fake, &home, &home_size);
#else
    (void)for_good;
    swapcontext(&fiber.context, &scheduler);
#endif
}

inline void wait(State state, int line) {
    fibers[current].state = state;
    fibers[current].line = line;
    leave(fibers[current], false);
}

static void start() {
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(nullptr, &home, &home_size);
#endif
    body(arguments);
    fibers[current].state = State::done;
    leave(fibers[current], true);
}

// What lane `from` of the same warp shows.
template <typename T> T exchange(unsigned mask, T value, int from) {
    static_assert(sizeof(T) <= sizeof(Fiber::slot));
    if (mask != 0xffffffffu) error = "a shuffle whose mask is not the whole warp";
    std::memcpy(fibers[current].slot, &value, sizeof(T));
    wait(State::at_warp, 0);
    std::memcpy(&value, fibers[current / kLanes * kLanes + from].slot, sizeof(T));
    wait(State::at_warp, 0);
    return value;
}

// Lets those go on who have all come to the same barrier; false if there are none.
inline bool release(size_t first, size_t last, State at, bool whole) {
    int line = -1;
    bool any = false;
    for (size_t t = first; t < last; ++t) {
        const Fiber& fiber = fibers[t];
        if (fiber.state == State::done && !whole) continue;
        if (fiber.state != at || (any && fiber.line != line)) return false;
        line = fiber.line, any = true;
    }
    for (size_t t = first; t < last; ++t)
        if (fibers[t].state == at) fibers[t].state = State::ready;
    return any;
}

inline bool release_some() {
    bool any = release(0, fibers.size(), State::at_block, false);
    for (size_t t = 0; t < fibers.size(); t += kLanes)
        any = release(t, t + kLanes, State::at_warp, true) || any;
    return any;
}

inline void run_thread(size_t t) {
    if (fibers[t].state != State::ready) return;
    current = t;
    threadIdx.x = t % blockDim.x;
    threadIdx.y = t / blockDim.x % blockDim.y;
    threadIdx.z = t / blockDim.x / blockDim.y;
    enter(fibers[t]);
}

// Threads in their order; if warps run ahead, all of a warp as far as it comes.
inline void run_threads(const std::vector<size_t>& order, bool ahead) {
    if (!ahead) {
        for (size_t t : order) run_thread(t);
        return;
    }
    for (size_t first : order) {
        if (first % kLanes) continue;
        do
            for (size_t t : order)
                if (t / kLanes == first / kLanes) run_thread(t);
        while (release(first, first + kLanes, State::at_warp, true));
    }
}

inline void run_block(const std::vector<size_t>& order, bool ahead) {
    ++blocks_run;
    for (Fiber& fiber : fibers) {
        getcontext(&fiber.context);
        fiber.context.uc_stack.ss_sp = fiber.stack.data();
        fiber.context.uc_stack.ss_size = kStack;
        fiber.context.uc_link = nullptr;
        makecontext(&fiber.context, start, 0);
        fiber.state = State::ready;
    }
    while (error.empty()) {
        run_threads(order, ahead);
        const auto done = [](const Fiber& f) { return f.state == State::done; };
        if (std::all_of(fibers.begin(), fibers.end(), done)) return;
        if (!release_some()) error = "threads of a block wait at different barriers";
    }
}

// order 0: forward, 1: reversed, else: shuffled by that seed; blocks and threads alike.
inline std::vector<size_t> ordered(size_t n, unsigned order) {
    std::vector<size_t> found(n);
    for (size_t i = 0; i < n; ++i) found[i] = order == 1 ? n - 1 - i : i;
    if (order > 1) std::shuffle(found.begin(), found.end(), std::mt19937(order));
    return found;
}

inline const char* run(const unsigned* grid, const unsigned* block, size_t shared,
                       unsigned order) {
    gridDim = dim3(grid[0], grid[1], grid[2]);
    blockDim = dim3(block[0], block[1], block[2]);
    const size_t threads = size_t(block[0]) * block[1] * block[2];
    error = threads % kLanes ? "a block that is not of whole warps" : "";
    fibers.resize(threads);
    for (size_t b : ordered(size_t(grid[0]) * grid[1] * grid[2], order)) {
        blockIdx.x = b % grid[0], blockIdx.y = b / grid[0] % grid[1];
        blockIdx.z = b / grid[0] / grid[1];
        dynamic.assign(shared, char(0xff));  // not a number
        if (!error.empty()) break;
        run_block(ordered(threads, order), order > 1);
    }
    return error.c_str();
}

template <typename T> constexpr char letter() {
    using U = std::remove_cv_t<T>;
    if (std::is_same_v<U, __half>) return 'e';
    if (std::is_same_v<U, __nv_bfloat16>) return 'E';
    if (std::is_same_v<U, float>) return 'f';
    if (std::is_same_v<U, double>) return 'd';
    if (std::is_same_v<U, bool>) return '?';
    constexpr bool is_signed = std::is_signed_v<U>;
    if (sizeof(U) == 1) return is_signed ? 'b' : 'B';
    if (sizeof(U) == 4) return is_signed ? 'i' : 'I';
    return is_signed ? 'l' : 'L';
}

template <typename T> std::string code() {
    if constexpr (std::is_pointer_v<T>)
        return {'*', letter<std::remove_pointer_t<T>>()};
    else if constexpr (std::is_class_v<T> && !std::is_same_v<T, __half>)
        return "S" + std::to_string(sizeof(T));
    else
        return {letter<T>()};
}

template <auto kernel, typename F> struct Entry;
template <auto kernel, typename... A> struct Entry<kernel, void (*)(A...)> {
    template <size_t... I> static void spread(void** a, std::index_sequence<I...>) {
        kernel(*static_cast<std::remove_cv_t<A>*>(a[I])...);
    }
    static void call(void** a) { spread(a, std::index_sequence_for<A...>{}); }
    static std::string types() { return (... + (code<A>() + " ")); }
};

struct Named {
    const char* name;
    void (*call)(void**);
    std::string types;
};
template <auto kernel> Named named(const char* name) {
    using E = Entry<kernel, decltype(kernel)>;
    return {name, E::call, E::types()};
}

}  // namespace on_cpu

#define __syncthreads() on_cpu::wait(on_cpu::State::at_block, __LINE__)
#define __syncwarp() on_cpu::exchange(0xffffffffu, 0, 0)

template <typename T> T __shfl_xor_sync(unsigned mask, T value, int lanes) {
    return on_cpu::exchange(mask, value, int(on_cpu::current % 32) ^ lanes);
}
template <typename T> T __shfl_down_sync(unsigned mask, T value, int lanes) {
    const int lane = on_cpu::current % 32, from = lane + lanes;
    return on_cpu::exchange(mask, value, from < 32 ? from : lane);
}
template <typename T> T __shfl_sync(unsigned mask, T value, int from) {
    return on_cpu::exchange(mask, value, from);
}
template <typename T> T atomicAdd(T* at, T value) {
    const T old = *at;
    *at += value;
    return old;
}
inline unsigned __umulhi(unsigned a, unsigned b) {
    return (static_cast<uint64_t>(a) * b) >> 32;
}
template <typename T> T __ldg(const T* p) { return *p; }
