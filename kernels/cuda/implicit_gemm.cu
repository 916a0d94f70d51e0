// Convolution as a product of matrices whose larger one is never made.
//
//     fprop  y[m, o]       = f(sum_{a,c} x[p(m, a), c] W[a, c, o] + b[o])
//     dgrad  dx[q(m), c]   = sum_{a,o} dy[p(m, a), o] W[t(a), c, o]
//     wgrad  dW[(a, c), o] = sum_m x[p(m, a), c] dy[m, o]
//
// with f a leaky ReLU, or none. m is an output pixel of an image, a tap, and p(m, a)
// the pixel s i + d a - b, zero outside (implicit_gemm_loads.cuh). dgrad goes by phases:
// the pixels q of one residue of the stride, each of which meets only some taps t
// (`kernels.phases`). One that meets none has an empty sum, so that every pixel is
// written once. wgrad cuts the sum into parts of consecutive pixels, which
// `reductions.sums` adds in order. The twins are those of kernels/direct.py.
//
// A block makes kTile x kTile numbers of the result, a warp kTile / 2 x 32 of them, in
// steps of 64 bytes along the sum. The tiles of kStages steps lie in shared memory:
// while one is multiplied, the others are on their way (cp.async). Operands are rounded
// as they go to registers; float16 comes as it is (ldmatrix).
//
// Memory, for a result M x N of sums of length K: a block reads kTile K numbers of
// either operand, 2 M N K / kTile in all, most of them from the L2 cache. Blocks one
// after the other share rows, so that device memory gives the arrays about once. With
// kTile 128 that is 64 operations a byte of L2 for float16 and 32 for float32. Shared
// memory is read for (1 / 32 + 2 / kTile) M N K numbers.
//
// Tiles, steps and stages are reasoned, not measured.
#include "implicit_gemm_loads.cuh"

constexpr int kStages = 4;
template <int kTile> constexpr int kResident = kTile == 128 ? 2 : 4;  // blocks at once

// The numbers that a thread has of a block's: element e of `of[m][n]` is in row
// `row(2 m + e / 2)`, column `column() + 8 n + e % 2`.
template <int kTile> struct Sums {
    static constexpr int kM = kHigh<kTile> / 16, kN = kWide / 8;
    float of[kM][kN][4] = {};

    // Of the warp.
    __device__ static int top() { return threadIdx.x / kWarp % 2 * kHigh<kTile>; }
    __device__ static int left() { return threadIdx.x / kWarp / 2 * kWide; }
    // Of the thread.
    __device__ static int row(int i) { return top() + 8 * i + lane() / 4; }
    __device__ static int column() { return left() + lane() % 4 * 2; }

    // Adds the products of two tiles.
    template <typename A, typename B, typename T>
    __device__ void add(const T* a, const T* b) {
        using How = typename A::How;
#pragma unroll
        for (int k = 0; k < A::kDepth; k += How::kStep) {
            Word rows[kM][4], two[4], columns[kN][2];
#pragma unroll
            for (int m = 0; m < kM; ++m) read_words<A>(rows[m], a, top() + 16 * m, k);
#pragma unroll
            for (int n = 0; n < kN; n += 2) {
                read_words<B>(two, b, left() + 8 * n, k);
                columns[n][0] = two[0], columns[n][1] = two[2];
                columns[n + 1][0] = two[1], columns[n + 1][1] = two[3];
            }
            mma<How>(of, rows, columns);
        }
    }
};

// sums = f(sums + bias), from so many columns on.
template <int kTile, typename T>
__device__ inline void activate(Sums<kTile>& sums, const T* bias, float alpha,
                                unsigned first, unsigned columns) {
#pragma unroll
    for (int n = 0; n < sums.kN; ++n)
#pragma unroll
        for (int e = 0; e < 2; ++e) {
            const unsigned column = first + sums.column() + 8 * n + e;
            const float b = bias && column < columns ? widen(bias[column]) : 0;
#pragma unroll
            for (int i = 0; i < 2 * sums.kM; ++i) {
                float& u = sums.of[i / 2][n][i % 2 * 2 + e];
                u += b;
                u = u < 0 ? alpha * u : u;
            }
        }
}

// Places [begin, end) of the sum.
template <int kTile, typename A, typename B, typename T>
__device__ inline void multiply(Sums<kTile>& sums, const A& a, const B& b, T* shared,
                                unsigned begin, unsigned end) {
    using Left = typename A::Tile;
    using Right = typename B::Tile;
    constexpr int kDepth = Left::kDepth, kStage = Left::kSize + Right::kSize;
    const int steps = (end - begin + kDepth - 1) / kDepth;
    const auto load = [&](int step) {
        T* const to = shared + step % kStages * kStage;
        if (step < steps) {
            a.load(to, begin + step * kDepth);
            b.load(to + Left::kSize, begin + step * kDepth);
        }
        close_group();
    };
#pragma unroll 1
    for (int step = 1 - kStages; step < steps; ++step) {
        if (step >= 0) {
            wait_groups<kStages - 2>();
            __syncthreads();  // the step has come, and nobody reads the one before it
        }
        load(step + kStages - 1);
        if (step < 0) continue;
        const T* const from = shared + step % kStages * kStage;
        sums.template add<Left, Right>(from, from + Left::kSize);
    }
    wait_groups<0>();
}

// Rows and columns of a block: blocks one after the other share rows.
template <int kTile> struct Corner {
    unsigned row, column;
    __device__ explicit Corner(unsigned columns) {
        const unsigned across = (columns + kTile - 1) / kTile;
        row = blockIdx.x / across * kTile, column = blockIdx.x % across * kTile;
    }
};

// Writes sums to rows of `columns` numbers; `place` is where a row is.
template <int kTile, typename Y, typename Place>
__device__ inline void store(const Sums<kTile>& sums, Y* y, Corner<kTile> from,
                             unsigned rows, unsigned columns, Place place) {
    const bool even = columns % 2 == 0;  // then pairs can be written at once
    const unsigned first = from.column + sums.column();
#pragma unroll
    for (int i = 0; i < 2 * sums.kM; ++i) {
        const unsigned row = from.row + sums.row(i);
        if (row >= rows) continue;
        Y* const to = y + place(row) * columns;
#pragma unroll
        for (int n = 0; n < sums.kN; ++n) {
            const unsigned column = first + 8 * n;
            const float* const two = sums.of[i / 2][n] + i % 2 * 2;
            const Pack<Y, 2> both{narrow<Y>(two[0]), narrow<Y>(two[1])};
            if (even && column < columns) write(to, column, both);
            if (!even && column < columns) to[column] = both.v[0];
            if (!even && column + 1 < columns) to[column + 1] = both.v[1];
        }
    }
}

// x (N, H, W, C), W (taps C, O), bias (O) or null; y (N, H', W', O). alpha 1: no f.
template <typename How, int V, int kTile>
__global__ void __launch_bounds__(kThreads<kTile>, kResident<kTile>)
fprop(const Stored<How>* x, const Stored<How>* W, const Stored<How>* bias,
      Stored<How>* y, float alpha, const Problem all) {
    DYNAMIC_SHARED(Stored<How>, shared);
    const Phase& phase = all.phase[0];
    const Corner<kTile> from(all.columns);
    Sums<kTile> sums;
    const Patches<How, V, kTile> a(x, all, phase, from.row);
    const Matrix<How, V, kTile> b(W, all.columns, from.column, phase.depth);
    multiply(sums, a, b, shared, 0, phase.depth);
    const auto place = [](unsigned row) { return static_cast<Index>(row); };
    activate(sums, bias, alpha, from.column, all.columns);
    store(sums, y, from, phase.rows, all.columns, place);
}

// dy (N, H', W', O), W (taps, C, O); dx (N, H, W, C). Phase blockIdx.y.
template <typename How, int V, int kTile>
__global__ void __launch_bounds__(kThreads<kTile>, kResident<kTile>)
dgrad(const Stored<How>* dy, const Stored<How>* W, Stored<How>* dx, const Problem all) {
    DYNAMIC_SHARED(Stored<How>, shared);
    const Phase& phase = all.phase[blockIdx.y];
    const Corner<kTile> from(all.columns);
    if (from.row >= phase.rows) return;
    Sums<kTile> sums;
    const Patches<How, V, kTile> a(dy, all, phase, from.row);
    const TurnedWeights<How, V, kTile> b(W, all, phase, from.column);
    multiply(sums, a, b, shared, 0, phase.depth);
    const auto place = [&](unsigned row) {
        const Split last = split(row, phase.out[1]);
        const Split next = split(last.whole, phase.out[0]);
        const unsigned i = phase.first[0] + all.to_stride[0] * next.rest;
        const unsigned j = phase.first[1] + all.to_stride[1] * last.rest;
        const unsigned to = (next.whole * all.to_size[0] + i) * all.to_size[1] + j;
        return static_cast<Index>(to);
    };
    store(sums, dx, from, phase.rows, all.columns, place);
}

// x (N, H, W, C), dy (N, H', W', O); dW (parts, taps C, O). Part blockIdx.y, of so many
// pixels.
template <typename How, int V, int kTile>
__global__ void __launch_bounds__(kThreads<kTile>, kResident<kTile>)
wgrad(const Stored<How>* x, const Stored<How>* dy, float* dW, unsigned pixels,
      const Problem all) {
    DYNAMIC_SHARED(Stored<How>, shared);
    const Phase& phase = all.phase[0];
    const Corner<kTile> from(all.columns);
    const unsigned begin = blockIdx.y * pixels, end = min(begin + pixels, phase.rows);
    Sums<kTile> sums;
    const TurnedPatches<How, V, kTile> a(x, all, phase, from.row, end);
    const Matrix<How, V, kTile> b(dy, all.columns, from.column, end);
    multiply(sums, a, b, shared, begin, end);
    const auto place = [](unsigned row) { return static_cast<Index>(row); };
    float* const part = dW + static_cast<Index>(blockIdx.y) * phase.depth * all.columns;
    store(sums, part, from, phase.depth, all.columns, place);
}
