// Many tensors in one launch: every block takes one chunk of one of them.
//
// Their addresses are an argument of the kernel, so that no copy to the device comes before
// it, and a network of a hundred small tensors is two launches.
#pragma once
#include "common.cuh"

using Address = unsigned long long;

constexpr int kTensors = 48;  // of a launch: arguments have at most 4 KiB
constexpr int kColumns = 7;   // arrays of one tensor, at most

struct Tensors {
    Address array[kTensors][kColumns];  // null where there is none
    Index size[kTensors];
    int first[kTensors + 1];  // chunk; of tensors that are not there, all chunks
};

// What block b does: some numbers of one tensor.
struct Work {
    int tensor, count;
    Index begin;
};
__device__ inline Work work(const Tensors& all, int chunk) {
    const int block = static_cast<int>(blockIdx.x);
    int tensor = 0;
    while (all.first[tensor + 1] <= block) ++tensor;
    const Index begin = static_cast<Index>(block - all.first[tensor]) * chunk;
    const Index left = all.size[tensor] - begin;
    return {tensor, static_cast<int>(min(left, static_cast<Index>(chunk))), begin};
}

// Column c of a block's tensor, from its first number on; null stays null.
template <typename T>
__device__ inline T* column(const Tensors& all, const Work& my, int c) {
    const Address array = all.array[my.tensor][c];
    return array ? reinterpret_cast<T*>(array) + my.begin : nullptr;
}

__device__ inline bool aligned(const Tensors& all, int tensor) {
    Address any = 0;
#pragma unroll
    for (int c = 0; c < kColumns; ++c) any |= all.array[tensor][c];
    return any % 16 == 0;
}

// `rule` for a block's numbers: as many packs as fit, and the rest one by one; all one by
// one where an array does not start at a multiple of 16 bytes.
template <int V, typename Rule>
__device__ inline void over(const Tensors& all, const Work& my, Rule& rule) {
    const int packed = aligned(all, my.tensor) ? my.count / V * V : 0;
    const int thread = threadIdx.x, threads = blockDim.x;
    for (int at = thread * V; at < packed; at += threads * V) rule.template at<V>(at);
    for (int at = packed + thread; at < my.count; at += threads) rule.template at<1>(at);
}
