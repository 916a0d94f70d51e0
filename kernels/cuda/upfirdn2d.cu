// upfirdn2d: zeros between the pixels, a margin, a FIR filter, and every d-th result.
//
// Channels last and each by itself; on every axis, with rates u and d, K taps of f, and p
// zeros before (or cut off, if negative):
//
//     y[m] = sum_i f[z - u i] x[i]             z = d m + K - 1 - p
//
// The taps that meet a pixel, and not a zero between pixels, are those of one residue:
//
//     k = z mod u + u j,   i = floor(z / u) - j     for every j with k < K and i inside
//
// so that an output costs K/u products on an axis (polyphase). A thread computes V
// channels of one output pixel; the sum runs over j from below, the last axis fastest. The
// adjoint is another upfirdn2d (`Filter.adjoint`). The twin is `kernels.upfirdn2d`.
//
// The filters of StyleGAN2, K = 4 on the last two axes, are compiled with their rates: no
// division, and all reads of a row are under way at once. UP = 0 is any filter on up to
// three axes. The sums are the same, number by number.
#include "common.cuh"
#include "division.cuh"

struct Axis {
    int size, taps, up, down, before;
    Divisor out;
};

// Channels are counted in packs. An image of y has less than 2^31 of them.
struct Filter {
    Index images;
    unsigned packs;  // of an image of y
    Divisor channels;
    Axis axis[3];
};

// The taps `tap + step j` and the pixels `pixel - j`, for j in [from, to).
struct Meeting { int tap, step, pixel, from, to; };

// Rates and taps that are not 0 are those of the axis.
template <int UP, int DOWN, int K>
__host__ __device__ inline Meeting meeting(const Axis& axis, int m) {
    const int up = UP ? UP : axis.up, taps = K ? K : axis.taps;
    const int z = (DOWN ? DOWN : axis.down) * m + taps - 1 - axis.before;
    if (z < 0) return {};  // before the first pixel
    const int tap = z % up, pixel = z / up;
    const int most = (taps - tap + up - 1) / up;
    return {tap, up, pixel, max(0, pixel - axis.size + 1), min(pixel + 1, most)};
}

// x (images, *S, C), f of one number a tap, y (images, *S', C). Blocks along y of the grid
// take images.
template <typename T, int V, int UP, int DOWN, int K>
__global__ void upfirdn2d(const T* x, const Wide<T>* f, T* y, Filter how) {
    constexpr int kStill = UP ? 1 : 0;  // two axes are known: nothing happens on the first
    constexpr int kMost = UP ? (K + UP - 1) / (UP ? UP : 1) : 1;  // taps of a residue
    const Index pack = first<1>(blockIdx.x, blockDim.x, threadIdx.x);
    if (pack >= how.packs) return;
    const Split channel = split(static_cast<unsigned>(pack), how.channels);
    const Split column = split(channel.whole, how.axis[2].out);
    const Split row = split(column.whole, how.axis[1].out);
    const auto deep = meeting<kStill, kStill, kStill>(how.axis[0], row.whole);
    const auto down = meeting<UP, DOWN, K>(how.axis[1], row.rest);
    const auto across = meeting<UP, DOWN, K>(how.axis[2], column.rest);
    const int rows = K ? K : how.axis[1].taps, columns = K ? K : how.axis[2].taps;
    for (Index image = blockIdx.y; image < how.images; image += gridDim.y) {
        Wide<T> sum[V] = {};
        for (int l = deep.from; l < deep.to; ++l) {
            const Index plane = image * how.axis[0].size + deep.pixel - l;
#pragma unroll 1
            for (int i = down.from; i < down.to; ++i) {
                const Index line = plane * how.axis[1].size + down.pixel - i;
                const int tap = ((deep.tap + deep.step * l) * rows + down.tap + down.step * i)
                              * columns + across.tap;
#pragma unroll kMost
                for (int j = UP ? 0 : across.from; j < (UP ? kMost : across.to); ++j) {
                    Pack<T, V> seen{};
                    Wide<T> weight = 0;
                    if (across.from <= j && j < across.to) {
                        const Index at = line * how.axis[2].size + across.pixel - j;
                        seen = read<T, V>(x, (at * how.channels.by + channel.rest) * V);
                        weight = f[tap + across.step * j];
                    }
#pragma unroll
                    for (int v = 0; v < V; ++v) sum[v] += weight * widen(seen.v[v]);
                }
            }
        }
        Pack<T, V> found;
#pragma unroll
        for (int v = 0; v < V; ++v) found.v[v] = narrow<T>(sum[v]);
        write(y, (image * how.packs + pack) * V, found);
    }
}
