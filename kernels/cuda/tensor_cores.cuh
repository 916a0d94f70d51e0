// Instructions of tensor cores and asynchronous copies, with twins for the tests'
// emulator, which defines CUDA_ON_CPU.
//
// Sections of NVIDIA's PTX ISA: "Matrix Fragments for mma.m16n8k8" and "... for
// mma.m16n8k16 with floating point type" (what the lanes hold), "Warp-level matrix load
// instruction: ldmatrix", "Data Movement and Conversion Instructions: cp.async".
//
// The twins are written from those pages and know nothing of the kernels: a kernel that
// loads a fragment wrongly multiplies wrongly here, too. They differ from the hardware
// in the rounding of sums: here every product is added by itself, to the nearest.
#pragma once
#include "common.cuh"

// How operands are rounded. All add in float32, and a lane holds four words of A (16 x
// kStep) and two of B (kStep x 8); a word is one operand of TF32, or two side by side.
struct TF32 { using Stored = float; static constexpr int kStep = 8; };
struct BF16 { using Stored = float; static constexpr int kStep = 16; };
struct F16 { using Stored = __half; static constexpr int kStep = 16; };
template <typename How> using Stored = typename How::Stored;

using Word = unsigned;

__device__ inline int lane() { return threadIdx.x % kWarp; }

// Two floats, each rounded to nearest even, the first in the lower half.
__device__ inline Word two_bf16(float low, float high) {
    const __nv_bfloat162 two = __floats2bfloat162_rn(low, high);
    return *reinterpret_cast<const Word*>(&two);
}

#ifndef CUDA_ON_CPU

// To 10 bits of mantissa, the nearest, ties away from zero.
__device__ inline Word tf32(float x) {
    Word y;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(y) : "f"(x));
    return y;
}

#define MMA(shape, type) \
    asm("mma.sync.aligned." shape ".row.col.f32." type "." type ".f32 " \
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]) \
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]))
using Four = Word[4];
using Two = Word[2];
__device__ inline void mma(TF32, float (&d)[4], const Four& a, const Two& b) {
    MMA("m16n8k8", "tf32");
}
__device__ inline void mma(BF16, float (&d)[4], const Four& a, const Two& b) {
    MMA("m16n8k16", "bf16");
}
__device__ inline void mma(F16, float (&d)[4], const Four& a, const Two& b) {
    MMA("m16n8k16", "f16");
}
#undef MMA

// d += a b, for all pairs of M matrices a and N matrices b.
template <typename How, int M, int N>
__device__ inline void mma(float (&d)[M][N][4], const Word (&a)[M][4],
                           const Word (&b)[N][2]) {
#pragma unroll
    for (int m = 0; m < M; ++m)
#pragma unroll
        for (int n = 0; n < N; ++n) mma(How{}, d[m][n], a[m], b[n]);
}

// Four matrices of 8 x 8 halves; lane i tells where row i % 8 of matrix i / 8 is, and
// receives of every matrix columns 2 (i % 4) and the next of row i / 4. Turned: of its
// transpose.
template <bool kTurned>
__device__ inline void ldmatrix(Word (&to)[4], const __half* row) {
    const Word at = static_cast<Word>(__cvta_generic_to_shared(row));
    if constexpr (kTurned)
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 "
                     "{%0, %1, %2, %3}, [%4];"
                     : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                     : "r"(at) : "memory");
    else
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 "
                     "{%0, %1, %2, %3}, [%4];"
                     : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                     : "r"(at) : "memory");
}

// Starts to copy 4 or 16 bytes to shared memory, or zeros if `inside` is false; 16 of
// them pass by the first-level cache.
template <int kBytes>
__device__ inline void copy_async(void* to, const void* from, bool inside) {
    const Word at = static_cast<Word>(__cvta_generic_to_shared(to));
    const Word bytes = inside ? kBytes : 0;
    if constexpr (kBytes == 16)
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                     :: "r"(at), "l"(from), "r"(bytes) : "memory");
    else
        asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;"
                     :: "r"(at), "l"(from), "n"(kBytes), "r"(bytes) : "memory");
}

// Closes a group of the copies that this thread has started.
__device__ inline void close_group() {
    asm volatile("cp.async.commit_group;" ::: "memory");
}

// Waits for all groups of this thread but the last kOpen.
template <int kOpen> __device__ inline void wait_groups() {
    asm volatile("cp.async.wait_group %0;" :: "n"(kOpen) : "memory");
}

#else

template <typename To, typename From> To bits(const From& from) {
    static_assert(sizeof(To) == sizeof(From), "a copy of all bits");
    To to;
    std::memcpy(&to, &from, sizeof(to));
    return to;
}

namespace on_cpu {

struct Copy { void* to; const void* from; int bytes, group; };  // from null: zeros

// What a thread shows to its warp, and the copies that it has started.
struct Own {
    unsigned long block = 0;
    int turn = 0, group = 0;
    alignas(16) unsigned char shown[2][256];
    std::vector<Copy> copies;
};

inline Own& own(size_t thread) {
    static std::vector<Own> all;
    if (all.size() < fibers.size()) all.resize(fibers.size());
    Own& found = all[thread];
    if (found.block != blocks_run) found = Own{}, found.block = blocks_run;
    return found;
}

// Shows `mine` to the warp, and gives all that its lanes show. They take turns with two
// boards: what is on one is read before all come to the next call.
template <typename T> struct Warp {
    int turn;
    explicit Warp(const T& mine) {
        static_assert(sizeof(T) <= sizeof(Own::shown[0]), "too much to show");
        turn = own(current).turn ^= 1;
        std::memcpy(own(current).shown[turn], &mine, sizeof(T));
        wait(State::at_warp, 0);
    }
    const T& operator[](int lane) const {
        const size_t thread = current / kLanes * kLanes + lane;
        return *reinterpret_cast<const T*>(own(thread).shown[turn]);
    }
};

template <typename T> float half_of(Word word, int which) {
    const auto half = static_cast<unsigned short>(word >> 16 * which);
    return static_cast<float>(bits<T>(half));
}

// Number k of a row of A, or of a column of B, of which each of four lanes has two
// words, `first` and the one after `next`: the first and the second half of the step.
inline float element(TF32, const Word* const (&lanes)[4], int first, int next, int k) {
    const Word word = lanes[k % 4][first + next * (k / 4)];
    if (word & 0x1fff) error = "an operand that is not rounded to TF32";
    return bits<float>(word);
}
inline float element(BF16, const Word* const (&lanes)[4], int first, int next, int k) {
    return half_of<__nv_bfloat16>(lanes[k % 8 / 2][first + next * (k / 8)], k % 2);
}
inline float element(F16, const Word* const (&lanes)[4], int first, int next, int k) {
    return half_of<__half>(lanes[k % 8 / 2][first + next * (k / 8)], k % 2);
}

template <typename How>
void row_of(float (&row)[How::kStep], const Word* const (&lanes)[4], int first,
            int next) {
    for (int k = 0; k < How::kStep; ++k) row[k] = element(How{}, lanes, first, next, k);
}

}  // namespace on_cpu

inline Word tf32(float x) {
    const Word all = bits<Word>(x);
    return (std::isnan(x) ? all | 0x400000 : all + 0x1000) & ~Word(0x1fff);
}

// Group g = lane / 4 holds rows g and g + 8 of A (words 0, 2 and 1, 3) and column g of
// B (words 0, 1). Number i of d is in row g + 8 (i / 2), column 2 (lane % 4) + i % 2.
template <typename How, int M, int N>
void mma(float (&d)[M][N][4], const Word (&a)[M][4], const Word (&b)[N][2]) {
    struct Operands { Word a[M][4], b[N][2]; } mine;
    std::memcpy(mine.a, a, sizeof(a)), std::memcpy(mine.b, b, sizeof(b));
    const on_cpu::Warp<Operands> warp(mine);
    const int group = lane() / 4, column = lane() % 4 * 2;
    float rows[2 * M][How::kStep], columns[2 * N][How::kStep];
    for (int i = 0; i < 2 * M; ++i) {
        const Word* lanes[4];
        for (int j = 0; j < 4; ++j) lanes[j] = warp[4 * group + j].a[i / 2];
        on_cpu::row_of<How>(rows[i], lanes, i % 2, 2);
    }
    for (int i = 0; i < 2 * N; ++i) {
        const Word* lanes[4];
        for (int j = 0; j < 4; ++j) lanes[j] = warp[4 * (column + i % 2) + j].b[i / 2];
        on_cpu::row_of<How>(columns[i], lanes, 0, 1);
    }
    for (int m = 0; m < M; ++m)
        for (int n = 0; n < N; ++n)
            for (int i = 0; i < 4; ++i)
                for (int k = 0; k < How::kStep; ++k)
                    d[m][n][i] += rows[2 * m + i / 2][k] * columns[2 * n + i % 2][k];
}

template <bool kTurned> void ldmatrix(Word (&to)[4], const __half* row) {
    if (reinterpret_cast<uintptr_t>(row) % 16) on_cpu::error = "ldmatrix off 16 bytes";
    const on_cpu::Warp<const __half*> rows(row);
    const int r = lane() / 4, c = lane() % 4 * 2;
    for (int i = 0; i < 4; ++i) {
        __half two[2];
        for (int j = 0; j < 2; ++j)
            two[j] = kTurned ? rows[8 * i + c + j][r] : rows[8 * i + r][c + j];
        to[i] = bits<Word>(two);
    }
}

// Nothing arrives before it is waited for, and what is there meanwhile is not a number.
template <int kBytes> void copy_async(void* to, const void* from, bool inside) {
    for (const void* p : {static_cast<const void*>(to), from})
        if (reinterpret_cast<uintptr_t>(p) % kBytes)
            on_cpu::error = "a copy that is not aligned";
    auto& own = on_cpu::own(on_cpu::current);
    std::memset(to, 0xff, kBytes);
    own.copies.push_back({to, inside ? from : nullptr, kBytes, own.group});
}
inline void close_group() { ++on_cpu::own(on_cpu::current).group; }
template <int kOpen> void wait_groups() {
    auto& own = on_cpu::own(on_cpu::current);
    for (auto& copy : own.copies) {
        if (copy.group >= own.group - kOpen || !copy.bytes) continue;
        if (copy.from) std::memcpy(copy.to, copy.from, copy.bytes);
        else std::memset(copy.to, 0, copy.bytes);
        copy.bytes = 0;
    }
    auto& all = own.copies;
    all.erase(std::remove_if(all.begin(), all.end(), [](auto& c) { return !c.bytes; }),
              all.end());
}

#endif
