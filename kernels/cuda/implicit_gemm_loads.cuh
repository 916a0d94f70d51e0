// Which numbers of the arrays a tile has: the implicit part of the implicit GEMM.
//
// Row m of the gathered operand is output pixel (n, i), its column k is (a, c): tap a
// and channel c. On each of two axes they stand for pixel p = s i + d a - b of an array
// (N, H, W, C), zero where that is outside.
#pragma once
#include "division.cuh"
#include "implicit_gemm_tiles.cuh"

constexpr int kPhases = 4;       // of a launch
constexpr int kFar = -(1 << 30);  // outside, whatever the tap

// The pixels of one residue of the stride in dgrad, all of them in fprop and wgrad.
struct Phase {
    unsigned rows;    // output pixels of all images
    unsigned depth;   // taps times channels
    Divisor out[2];   // output pixels
    Divisor taps;     // along the last axis
    int before[2];    // b
    int tap[2];       // the first tap's place in W ...
    int step[2];      // ... and how far the next one's is
    int first[2];     // pixel of the result for i = 0
};

struct Problem {
    Divisor channels;    // C
    unsigned columns;    // of the result: numbers of a pixel, or O in wgrad
    int kernel;          // W's taps along the last axis
    int size[2], stride[2], dilation[2];  // of the gathered array
    int to_size[2], to_stride[2];         // of the result
    Phase phase[kPhases];
};

// Where tap 0 of a row falls. `at` counts pixels, modulo 2^32.
struct Pixel { int p[2]; unsigned at; };

__device__ inline Pixel first_pixel(const Problem& all, const Phase& phase,
                                    unsigned row, unsigned end) {
    if (row >= end) return {{kFar, kFar}, 0};
    const Split last = split(row, phase.out[1]);
    const Split next = split(last.whole, phase.out[0]);
    const int i = all.stride[0] * static_cast<int>(next.rest) - phase.before[0];
    const int j = all.stride[1] * static_cast<int>(last.rest) - phase.before[1];
    return {{i, j}, (next.whole * all.size[0] + i) * all.size[1] + j};
}

// What a column adds to that.
struct Tap {
    unsigned a[2], channel;
    bool inside;
};

__device__ inline Tap tap_of(const Problem& all, const Phase& phase, unsigned k) {
    const Split pixel = split(k, all.channels), tap = split(pixel.whole, phase.taps);
    return {{tap.whole, tap.rest}, pixel.rest, k < phase.depth};
}

// V numbers, as they are asynchronously or, where they are too few for that, at once.
template <typename T, int V>
__device__ inline void copy(T* to, const T* array, Index at, bool inside) {
    const T* const from = inside ? array + at : array;
    if constexpr (sizeof(T) * V >= 4) copy_async<sizeof(T) * V>(to, from, inside);
    else *to = inside ? *from : T(0);
}

template <typename T, int V>
__device__ inline void gather(T* to, const T* x, const Problem& all, const Pixel& pixel,
                              const Tap& tap) {
    const int i = all.dilation[0] * static_cast<int>(tap.a[0]);
    const int j = all.dilation[1] * static_cast<int>(tap.a[1]);
    const bool inside = tap.inside
        && static_cast<unsigned>(pixel.p[0] + i) < static_cast<unsigned>(all.size[0])
        && static_cast<unsigned>(pixel.p[1] + j) < static_cast<unsigned>(all.size[1]);
    const unsigned at = pixel.at + static_cast<unsigned>(i) * all.size[1] + j;
    copy<T, V>(to, x, static_cast<Index>(at) * all.channels.by + tap.channel, inside);
}

// Each thread has every kLines-th line of a tile, a line being what lies side by side
// in memory, and of each the same V numbers.
template <typename Tile, int V> struct Lines {
    static constexpr int kPacks = (Tile::kAlong ? Tile::kDepth : Tile::kRows) / V;
    static constexpr int kLines = kThreads<Tile::kRows> / kPacks;
    static constexpr int kEach = (Tile::kAlong ? Tile::kRows : Tile::kDepth) / kLines;
    static_assert(kThreads<Tile::kRows> % kPacks == 0 && kEach > 0, "equal shares");
    __device__ static int line(int i) { return threadIdx.x / kPacks + i * kLines; }
    __device__ static int pack() { return threadIdx.x % kPacks * V; }
    __device__ static int to(int i) { return line(i) * Tile::kStride + pack(); }
};

// Gathered rows, for fprop and dgrad: channels lie side by side along the sum.
template <typename How, int V, int kTile> struct Patches {
    using T = typename How::Stored;
    using Tile = ::Tile<How, true, kTile>;
    using My = Lines<Tile, V>;
    const T* x;
    const Problem& all;
    const Phase& phase;
    Pixel pixel[My::kEach];

    __device__ Patches(const T* x, const Problem& all, const Phase& phase, unsigned row)
        : x(x), all(all), phase(phase) {
#pragma unroll
        for (int i = 0; i < My::kEach; ++i)
            pixel[i] = first_pixel(all, phase, row + My::line(i), phase.rows);
    }
    __device__ void load(T* tile, unsigned k) const {
        const Tap tap = tap_of(all, phase, k + My::pack());
#pragma unroll
        for (int i = 0; i < My::kEach; ++i)
            gather<T, V>(tile + My::to(i), x, all, pixel[i], tap);
    }
};

// Gathered rows, transposed, for wgrad: the sum runs over pixels.
template <typename How, int V, int kTile> struct TurnedPatches {
    using T = typename How::Stored;
    using Tile = ::Tile<How, false, kTile>;
    using My = Lines<Tile, V>;
    const T* x;
    const Problem& all;
    const Phase& phase;
    unsigned end;
    Tap tap;

    __device__ TurnedPatches(const T* x, const Problem& all, const Phase& phase,
                             unsigned row, unsigned end)
        : x(x), all(all), phase(phase), end(end),
          tap(tap_of(all, phase, row + My::pack())) {}
    __device__ void load(T* tile, unsigned k) const {
#pragma unroll
        for (int i = 0; i < My::kEach; ++i)
            gather<T, V>(tile + My::to(i), x, all,
                         first_pixel(all, phase, k + My::line(i), end), tap);
    }
};

// A matrix of rows along the sum, `columns` numbers in each: W of fprop, dy of wgrad.
template <typename How, int V, int kTile> struct Matrix {
    using T = typename How::Stored;
    using Tile = ::Tile<How, false, kTile>;
    using My = Lines<Tile, V>;
    const T* x;
    unsigned columns, column, end;

    __device__ Matrix(const T* x, unsigned columns, unsigned first, unsigned end)
        : x(x), columns(columns), column(first + My::pack()), end(end) {}
    __device__ void load(T* tile, unsigned k) const {
#pragma unroll
        for (int i = 0; i < My::kEach; ++i) {
            const unsigned row = k + My::line(i);
            const Index at = static_cast<Index>(row) * columns + column;
            copy<T, V>(tile + My::to(i), x, at, row < end && column < columns);
        }
    }
};

// W (taps, C, O) of dgrad: the sum runs over a phase's taps and over O, columns over C.
template <typename How, int V, int kTile> struct TurnedWeights {
    using T = typename How::Stored;
    using Tile = ::Tile<How, true, kTile>;
    using My = Lines<Tile, V>;
    const T* W;
    const Problem& all;
    const Phase& phase;
    unsigned first;

    __device__ TurnedWeights(const T* W, const Problem& all, const Phase& phase,
                             unsigned first)
        : W(W), all(all), phase(phase), first(first) {}
    __device__ void load(T* tile, unsigned k) const {
        const Tap tap = tap_of(all, phase, k + My::pack());
        const int i = phase.tap[0] + phase.step[0] * static_cast<int>(tap.a[0]);
        const int j = phase.tap[1] + phase.step[1] * static_cast<int>(tap.a[1]);
        const Index before = static_cast<Index>(i * all.kernel + j) * all.columns;
#pragma unroll
        for (int line = 0; line < My::kEach; ++line) {
            const unsigned column = first + My::line(line);
            const Index at = (before + column) * all.channels.by + tap.channel;
            copy<T, V>(tile + My::to(line), W, at, tap.inside && column < all.columns);
        }
    }
};
