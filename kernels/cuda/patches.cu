// Patches as rows of a matrix, channels last, and the pixels of one phase of a stride.
//
// On each of three axes (missing ones have one pixel), output pixel i and tap a stand for
//
//     p = s i + d a - b
//
// of an array x (N, *S, C). Row m is output pixel (n, i); of G groups of channels, g is the
// group and c the channel within it:
//
//     patches         y[g, m, a, c]          =  x[n, p, g C/G + c]     0 where p is outside
//     scatter_phase   x[n, p, g C/G + c]     =  y[g, m, c]             one tap
//
// Both for some consecutive rows, so that a matrix is made, multiplied and forgotten in
// pieces that stay in the L2 cache. y is written, or read, from end to end. x is met in
// runs of at least C/G numbers, and those of patches again by the rows nearby.
//
// Patches for a convolution have b = its padding. Its dgrad takes patches of dy, a matrix
// for each residue of the stride, with s = 1 and a b that may be negative; the product of
// each with its taps goes to the pixels p = s q + (first pixel) of dx. `kernels.phases`
// derives it. The twins are `columns` and `apart` of `kernels.patches`, and the gathering
// dgrad of `kernels.direct`.
#include "common.cuh"
#include "division.cuh"

// One axis: pixels of x, s, d and b, and into what rows and taps are divided.
struct Axis {
    int size, stride, dilation, before;
    Divisor out, kernel;
};

// A pack of V numbers never crosses a pixel or a group: channels are counted in packs. A
// launch has less than 2^31 packs and rows; images and positions in x have 64 bits.
struct Places {
    Index image;        // of the first row,
    unsigned pixel;     // and which output pixel of it
    unsigned packs;     // of y
    unsigned channels;  // C
    Divisor width;      // C/G
    Divisor taps, rows;
    Axis axis[3];
};

// Where a pack of y lies in x, and whether there is such a pixel.
struct Place { Index at; bool inside; };

__host__ __device__ inline Place place(const Places& all, unsigned pack) {
    const Split channel = split(pack, all.width);
    const Split tap = split(channel.whole, all.taps);
    const Split row = split(tap.whole, all.rows);
    unsigned output = all.pixel + row.rest, a = tap.rest;
    int p[3];
    bool inside = true;
#pragma unroll
    for (int i = 2; i >= 0; --i) {  // the last axis runs fastest
        const Axis& axis = all.axis[i];
        const Split pixel = split(output, axis.out), along = split(a, axis.kernel);
        p[i] = axis.stride * static_cast<int>(pixel.rest)
             + axis.dilation * static_cast<int>(along.rest) - axis.before;
        inside = inside && p[i] >= 0 && p[i] < axis.size;
        output = pixel.whole, a = along.whole;
    }
    Index at = all.image + output;  // images further on
#pragma unroll
    for (int i = 0; i < 3; ++i) at = at * all.axis[i].size + p[i];
    return {at * all.channels + row.whole * all.width.by + channel.rest, inside};
}

template <typename T, int V> __global__ void patches(const T* x, T* y, Places all) {
    const Index pack = first<1>(blockIdx.x, blockDim.x, threadIdx.x);
    if (pack >= all.packs) return;
    const Place from = place(all, static_cast<unsigned>(pack));
    Pack<T, V> found{};
    if (from.inside) found = read<T, V>(x, from.at * V);
    write(y, pack * V, found);
}

template <typename T, int V> __global__ void scatter_phase(const T* y, T* x, Places all) {
    const Index pack = first<1>(blockIdx.x, blockDim.x, threadIdx.x);
    if (pack >= all.packs) return;
    const Place to = place(all, static_cast<unsigned>(pack));
    write(x, to.at * V, read<T, V>(y, pack * V));
}
