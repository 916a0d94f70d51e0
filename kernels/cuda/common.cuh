// What kernels share: number types, packs of 16 bytes, sums over a warp and a block.
//
// Every type of storage has a wide type in which it is computed: float for float, half
// and bfloat16, double for double.
#pragma once
#include <cuda_bf16.h>
#include <cuda_fp16.h>

using Index = long long;  // of an element: arrays may have more than 2^31 of them

template <typename T> struct WideOf { using type = float; };
template <> struct WideOf<double> { using type = double; };
template <typename T> using Wide = typename WideOf<T>::type;

template <typename T> __device__ inline Wide<T> widen(T x) { return static_cast<Wide<T>>(x); }
template <typename T> __device__ inline T narrow(Wide<T> x) { return static_cast<T>(x); }

// The first element of a thread that has V of them side by side.
template <int V>
__host__ __device__ inline Index first(unsigned block, unsigned width, unsigned thread) {
    return (static_cast<Index>(block) * width + thread) * V;
}

// V numbers that are read and written at once; V * sizeof(T) is at most 16.
template <typename T, int V> struct alignas(sizeof(T) * V) Pack { T v[V]; };

template <typename T, int V> __device__ inline Pack<T, V> read(const T* p, Index at) {
    return *reinterpret_cast<const Pack<T, V>*>(p + at);
}
template <typename T, int V>
__device__ inline void write(T* p, Index at, const Pack<T, V>& pack) {
    *reinterpret_cast<Pack<T, V>*>(p + at) = pack;
}

// Shared memory of the size that the launch gives; the tests' emulator has its own.
#ifndef DYNAMIC_SHARED
#define DYNAMIC_SHARED(T, name)                            \
    extern __shared__ __align__(16) unsigned char raw_[]; \
    T* const name = reinterpret_cast<T*>(raw_)
#endif

constexpr unsigned kAll = 0xffffffffu;  // the lanes of a warp
constexpr int kWarp = 32;

// The sum over a warp, in every lane: five exchanges, in the same order every time.
template <typename A> __device__ inline A warp_sum(A x) {
    for (int lane = kWarp / 2; lane > 0; lane /= 2) x += __shfl_xor_sync(kAll, x, lane);
    return x;
}

// The sum over a block of whole warps, in every thread. Synchronises the block.
template <typename A> __device__ inline A block_sum(A x) {
    __shared__ A of_warp[kWarp];
    const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp;
    x = warp_sum(x);
    __syncthreads();  // an earlier sum may still be read
    if (lane == 0) of_warp[warp] = x;
    __syncthreads();
    x = lane < static_cast<int>(blockDim.x) / kWarp ? of_warp[lane] : A(0);
    return warp_sum(x);
}
