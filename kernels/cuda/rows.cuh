// Rows of C numbers side by side, each the work of one warp.
//
// A lane has every 32nd pack of V of the row. What needs sums over the row before it can
// be written reads the row again, from the L1 cache. No barrier of a block is met, so
// that the warps past the last row may end.
#pragma once
#include "common.cuh"

struct Row {
    Index from;  // the row's first number
    Index size;  // C
    bool inside;
};

__device__ inline Row row_of(Index rows, Index size) {
    const Index row = first<1>(blockIdx.x, blockDim.x / kWarp, threadIdx.x / kWarp);
    return {row * size, size, row < rows};
}

// Calls each(at) for the place, in the array, of every pack that this lane has.
template <int V, typename Each> __device__ inline void each_pack(const Row& row, Each each) {
    const Index lane = threadIdx.x % kWarp;
    for (Index at = lane * V; at < row.size; at += kWarp * V) each(row.from + at);
}

// The sum of a b over V numbers.
template <typename T, int V>
__device__ inline Wide<T> inner(const Pack<T, V>& a, const Pack<T, V>& b) {
    Wide<T> sum = 0;
#pragma unroll
    for (int i = 0; i < V; ++i) sum += widen(a.v[i]) * widen(b.v[i]);
    return sum;
}
