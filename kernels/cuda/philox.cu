// Philox4x32-10: random numbers as a pure function of a counter and a key.
//
//     (hi0, lo0) = M0 c0            (hi1, lo1) = M1 c2              32 x 32 -> 64 bits
//     (c0, c1, c2, c3) <- (hi1 ^ c1 ^ k0, lo1, hi0 ^ c3 ^ k1, lo0)
//     (k0, k1) <- (k0 + W0, k1 + W1)                                ten times
//
// The counter is (index of the block: 64 bits, tick: 64 bits), low words first. A thread
// computes one block, four words, and all that is made of them:
//
//     words     themselves
//     uniform   (a >> 8) 2^-24                                      of one word
//     normal    sqrt(-2 ln u) cos 2 pi v,  sqrt(-2 ln u) sin 2 pi v
//               with u = (a + 1/2) 2^-32,  v = b 2^-32              of two words
//     integers  floor((a 2^32 + b) high / 2^64)                     of two words
//
// kernels/philox.py and `Stream` of scratchgan/rng.py are the twins. The tick lies in
// device memory, so that a captured step draws other numbers at every replay.
#include "common.cuh"

using Word = unsigned;
using Long = unsigned long long;  // 64 bits, as NumPy's uint64

constexpr int kWords = 4;  // of a block
using Words = Pack<Word, kWords>;

// A product of 32 x 32 -> 64 bits is one instruction, which gives both halves.
__host__ __device__ inline Words philox(Long block, Long tick, Word k0, Word k1) {
    constexpr Long kM0 = 0xD2511F53u, kM1 = 0xCD9E8D57u;
    constexpr Word kW0 = 0x9E3779B9u, kW1 = 0xBB67AE85u;  // golden ratio, sqrt(3) - 1
    Word c0 = static_cast<Word>(block), c1 = static_cast<Word>(block >> 32);
    Word c2 = static_cast<Word>(tick), c3 = static_cast<Word>(tick >> 32);
#pragma unroll
    for (int round = 0; round < 10; ++round) {
        const Long p0 = kM0 * c0, p1 = kM1 * c2;
        c0 = static_cast<Word>(p1 >> 32) ^ c1 ^ k0;
        c1 = static_cast<Word>(p1);
        c2 = static_cast<Word>(p0 >> 32) ^ c3 ^ k1;
        c3 = static_cast<Word>(p0);
        k0 += kW0;
        k1 += kW1;
    }
    return {{c0, c1, c2, c3}};
}

// Which block a thread computes: more than 2^32 of them fit into a grid.
__device__ inline Index my_block() { return first<1>(blockIdx.x, blockDim.x, threadIdx.x); }

// The N numbers of block number `block`, in packs of at most 16 bytes; y starts at a
// multiple of 16 bytes, as memory does that was just allocated. The last block may be
// wanted in part.
template <typename T, int N>
__device__ inline void store(T* y, Index n, Index block, const T (&x)[N]) {
    constexpr int V = N * sizeof(T) <= 16 ? N : 16 / sizeof(T);
    const Index at = block * N;
    if (at + N <= n) {
#pragma unroll
        for (int i = 0; i < N; i += V) {
            Pack<T, V> pack;
#pragma unroll
            for (int j = 0; j < V; ++j) pack.v[j] = x[i + j];
            write(y, at + i, pack);
        }
    } else {
#pragma unroll
        for (int i = 0; i < N; ++i)
            if (at + i < n) y[at + i] = x[i];
    }
}

// y has n words.
__global__ void words(Word* y, Index n, Word k0, Word k1, const Long* tick) {
    const Index block = my_block();
    if (block * kWords >= n) return;
    store(y, n, block, philox(block, *tick, k0, k1).v);
}

// y has n numbers. A multiple of 2^-24 is rounded once at most, to half, where the
// largest become one, as in NumPy.
template <typename T>
__global__ void uniform(T* y, Index n, Word k0, Word k1, const Long* tick) {
    const Index block = my_block();
    if (block * kWords >= n) return;
    const Words drawn = philox(block, *tick, k0, k1);
    T x[kWords];
#pragma unroll
    for (int i = 0; i < kWords; ++i)
        x[i] = narrow<T>(Wide<T>(drawn.v[i] >> 8) * Wide<T>(0x1p-24));
    store(y, n, block, x);
}

// y has n numbers, computed in double and rounded once: `narrow` would round to float
// before it rounds to half. sincospi(2 v) needs no reduction of its argument by 2 pi.
template <typename T>
__global__ void normal(T* y, Index n, Word k0, Word k1, const Long* tick) {
    const Index block = my_block();
    if (block * kWords >= n) return;
    const Words drawn = philox(block, *tick, k0, k1);
    T x[kWords];
#pragma unroll
    for (int i = 0; i < kWords; i += 2) {
        const double radius = sqrt(-2 * log((drawn.v[i] + 0.5) * 0x1p-32));
        double sine, cosine;
        sincospi(drawn.v[i + 1] * 0x1p-31, &sine, &cosine);
        x[i] = static_cast<T>(radius * cosine);
        x[i + 1] = static_cast<T>(radius * sine);
    }
    store(y, n, block, x);
}

// y has n integers in [0, high), high at most 2^32: no sum below exceeds 64 bits.
__global__ void integers(Index* y, Index n, Long high, Word k0, Word k1, const Long* tick) {
    constexpr int kIntegers = kWords / 2;
    const Index block = my_block();
    if (block * kIntegers >= n) return;
    const Words drawn = philox(block, *tick, k0, k1);
    Index x[kIntegers];
#pragma unroll
    for (int i = 0; i < kIntegers; ++i) {
        const Long a = drawn.v[2 * i], b = drawn.v[2 * i + 1];
        x[i] = static_cast<Index>((a * high + (b * high >> 32)) >> 32);
    }
    store(y, n, block, x);
}
