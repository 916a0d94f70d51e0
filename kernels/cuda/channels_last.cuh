// An array seen as (G, P, C), channels last, and what is summed over P for each (g, c).
//
// A block is c_lanes x p_lanes x g_lanes threads. A thread has V channels side by side
// and every p_lanes-th of the rows p of its part; so many c_lanes that they read a line
// of the cache at once, or all channels. Its sum is merged with those of the other
// p_lanes in a tree, in shared memory. Where (g, c) are too few to occupy the device,
// the rows are cut into parts, whose sums a second launch adds. All of these numbers
// follow from the shape, and with them the order of all additions: equal shapes and
// numbers have equal sums, bit by bit.
//
// Where C is 1, a pack of V lies along P instead: the array is seen as (G, P/V, V), and
// the V sums of a thread are merged `together`.
#pragma once
#include "common.cuh"

struct View {  // as VIEW in channels_last.py
    Index groups, rows, channels;
    Index part;            // rows of a part
    int parts;             // of the rows
    int across;            // blocks across the channels
    int c_lanes, p_lanes;  // powers of two
    int together;          // whether the V numbers of a pack are of one channel
};

// Which numbers a thread has.
struct Place {
    Index group, channel;  // the first of V channels
    Index row, end;        // its first row, and the end of the part; none if outside
    int part, lane;        // its place in p_lanes
    bool inside;           // whether there are such a group and channel
};

template <int V> __device__ inline Place place(const View& view) {
    const unsigned lane = threadIdx.x / view.c_lanes, block = blockIdx.x / view.across;
    const unsigned groups = blockDim.x / (view.c_lanes * view.p_lanes);
    Place at;
    at.channel = first<V>(blockIdx.x % view.across, view.c_lanes,
                          threadIdx.x % view.c_lanes);
    at.group = first<1>(block / view.parts, groups, lane / view.p_lanes);
    at.part = block % view.parts;
    at.lane = lane % view.p_lanes;
    at.inside = at.group < view.groups && at.channel < view.channels;
    at.row = at.part * view.part + at.lane;
    at.end = at.inside ? min(view.rows, (at.part + 1) * view.part) : 0;
    return at;
}

// Where the pack of this thread lies in row p.
__device__ inline Index position(const View& view, const Place& at, Index row) {
    return (at.group * view.rows + row) * view.channels + at.channel;
}

// The channel of number i of a thread's pack.
__device__ inline Index channel(const View& view, const Place& at, int i) {
    return view.together ? 0 : at.channel + i;
}

// K sums.
template <typename A, int K> struct Sums {
    A of[K];
    __device__ void merge(const Sums& other) {
#pragma unroll
        for (int k = 0; k < K; ++k) of[k] += other.of[k];
    }
};

// Merges what the threads of all p_lanes have into lane zero; `shared` has V times as
// many places as the block has threads. To be called by all threads of the block.
template <int V, typename S>
__device__ inline void merge_lanes(const View& view, const Place& at, S (&mine)[V],
                                   S* shared) {
#pragma unroll
    for (int i = 0; i < V; ++i) shared[i * blockDim.x + threadIdx.x] = mine[i];
    for (int lanes = view.p_lanes / 2; lanes > 0; lanes /= 2) {
        __syncthreads();
        if (at.lane >= lanes) continue;
#pragma unroll
        for (int i = 0; i < V; ++i) {
            S* const here = shared + i * blockDim.x + threadIdx.x;
            mine[i].merge(here[lanes * view.c_lanes]);
            *here = mine[i];
        }
    }
    if (!view.together) return;
#pragma unroll
    for (int i = 1; i < V; ++i) mine[0].merge(mine[i]);
}

// How many sums there are, parts counted: of an array (G, parts, C).
__device__ inline Index sums_of(const View& view) {
    return view.groups * view.parts * (view.together ? 1 : view.channels);
}

// Calls write(i, to) for every sum i that this thread has to write, with its place `to`
// in an array (G, parts, C).
template <int V, typename Write>
__device__ inline void each_sum(const View& view, const Place& at, Write write) {
    if (!at.inside || at.lane) return;
    const Index row = at.group * view.parts + at.part;
    if (view.together) {
        write(0, row);
        return;
    }
#pragma unroll
    for (int i = 0; i < V; ++i) write(i, row * view.channels + at.channel + i);
}

// Numbers (G, C), one for each channel of a group, or (G, 1), one for all of them.
template <typename A> struct PerChannel {
    const A* numbers;
    int alone;  // whether a group has but one
    __device__ A operator()(const View& view, const Place& at, int i) const {
        if (alone) return numbers[at.group];
        const Index channels = view.together ? 1 : view.channels;
        return numbers[at.group * channels + channel(view, at, i)];
    }
};
