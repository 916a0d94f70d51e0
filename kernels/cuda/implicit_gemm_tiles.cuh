// Tiles of the two operands in shared memory, and what lanes of a warp read of them.
//
// A tile has kRows rows (of A; columns of B) and kDepth places along the sum, in the
// order in which global memory has them: along the sum, or across it. Lines are apart by
// a few numbers more than they have, so that lanes which read at once read from
// different banks: the compiler checks it.
#pragma once
#include "tensor_cores.cuh"

constexpr int kLine = 128;  // bytes that the banks give at once
constexpr int kDeep = 64;   // bytes of a row in a tile
constexpr int kWide = 32;   // columns of a warp

template <int kTile> constexpr int kHigh = kTile / 2;  // rows of a warp
template <int kTile>
constexpr int kThreads = kTile / kHigh<kTile> * kTile / kWide * kWarp;

// Numbers more: along the sum, and across it.
template <typename How> constexpr int kMoreAlong = 8;
template <> inline constexpr int kMoreAlong<TF32> = 4;
template <typename How> constexpr int kMoreAcross = 8;
template <> inline constexpr int kMoreAcross<BF16> = 4;

template <typename How_, bool kAlong_, int kRows_> struct Tile {
    using How = How_;
    using T = typename How::Stored;
    static constexpr bool kAlong = kAlong_;
    static constexpr int kRows = kRows_, kDepth = kDeep / sizeof(T);
    static constexpr int kStride =
        kAlong ? kDepth + kMoreAlong<How> : kRows + kMoreAcross<How>;
    static constexpr int kSize = kStride * (kAlong ? kRows : kDepth);

    // Where number k of a row is.
    __host__ __device__ static constexpr int at(int row, int k) {
        return kAlong ? row * kStride + k : k * kStride + row;
    }
    // What a lane reads first of 8 rows (TF32, BF16), and where it says that a row of
    // one of four matrices begins (F16).
    __host__ __device__ static constexpr int of_lane(int lane) {
        if (sizeof(T) == 4) return at(lane / 4, lane % 4 * (How::kStep / 8));
        const int row = lane / 8 % 2 * 8, k = lane / 16 * 8;
        return kAlong ? at(row + lane % 8, k) : at(row, k + lane % 8);
    }
    // Bytes that a lane reads at once.
    static constexpr int kBytes = sizeof(T) == 2 ? 16 : kAlong ? How::kStep / 2 : 4;

    // Whether no two lanes of those that read at once meet at a bank.
    __host__ __device__ static constexpr bool apart() {
        constexpr int together = kLine / kBytes;
        for (int a = 0; a < kWarp; ++a)
            for (int b = a + 1; b < (a / together + 1) * together; ++b) {
                const int from = of_lane(a) * sizeof(T) % kLine;
                const int to = of_lane(b) * sizeof(T) % kLine;
                if (from / kBytes == to / kBytes) return false;
            }
        return true;
    }
};

// The words of 16 rows and one step of the sum: of rows 0 to 7, of rows 8 to 15, and of
// both again in the second half of the step. That is a fragment of A as it stands;
// words 0 and 2, 1 and 3 are those of B for two matrices side by side.
template <typename Tile>
__device__ inline void read_words(Word (&to)[4], const typename Tile::T* tile, int row,
                                  int k) {
    using How = typename Tile::How;
    static_assert(Tile::apart(), "lanes read from one bank");
    const auto* const mine = tile + Tile::at(row, k) + Tile::of_lane(lane());
    if constexpr (sizeof(typename Tile::T) == 2) {
        ldmatrix<!Tile::kAlong>(to, mine);
    } else {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const auto* const at = mine + Tile::at(i % 2 * 8, i / 2 * How::kStep / 2);
            if constexpr (How::kStep == 8) {
                to[i] = tf32(*at);
            } else if constexpr (Tile::kAlong) {
                const auto two = read<float, 2>(at, 0);
                to[i] = two_bf16(two.v[0], two.v[1]);
            } else {
                to[i] = two_bf16(at[0], at[Tile::at(0, 1)]);
            }
        }
    }
}
