// Penalties on a critic's input gradient g (N, D), and the points where WGAN-GP takes it.
//
// With the length r = c |g| of every sample, a penalty is P = 1/N sum of t, and v = dP/dg
// is along g: v = q g, with one number q a sample.
//
//     about a target a    t = w e^2  with  e = r - a            q = b e / |g|
//     one-sided           the same   with  e = max(0, r - a)
//     of the square       t = w r^2                             q = b
//
// where b = 2 w c / N, or 2 w c^2 / N of the square. WGAN-GP is about 1 with c = 1; the
// path length of StyleGAN2 about a running mean with c = 1 / sqrt(L); R1 of the square
// with w = gamma / 2. Where g = 0 the norm has no gradient, and v is 0, a subgradient.
// The twins are in `scratchgan.penalties`.
//
// Where the registers of a block hold a sample, `whole` reads g once. A larger sample is
// shared by several blocks: `squares` sums the block's slice, and `scale` adds the sums of
// all slices and reads g once more, from the L2 cache if it fits there.
#include "common.cuh"

// In the order of KINDS in penalty.py.
enum Kind : int { kAbout, kOneSided, kSquare };

template <typename A> struct Penalty {
    int kind;
    A rate, weight, along, target;  // c, w, b, a
};

template <typename A>
__device__ inline Penalty<A> penalty(int kind, double rate, double weight, double along,
                                     const A* target) {
    return {kind, A(rate), A(weight), A(along), target ? *target : A(1)};
}

template <typename A> struct Value { A length, term, factor; };  // r, t, q

// A NaN of the norm stays one.
template <typename A> __device__ inline Value<A> value(const Penalty<A>& p, A norm) {
    const A r = p.rate * norm;
    if (p.kind == kSquare) return {r, p.weight * r * r, p.along};
    A e = r - p.target;
    if (p.kind == kOneSided && e < 0) e = 0;
    return {r, p.weight * e * e, norm == 0 ? A(0) : p.along * (e / norm)};
}

template <typename T, int V> __device__ inline Wide<T> sum_of_squares(const Pack<T, V>& x) {
    Wide<T> sum = 0;
#pragma unroll
    for (int i = 0; i < V; ++i) sum += widen(x.v[i]) * widen(x.v[i]);
    return sum;
}

template <typename T, int V>
__device__ inline Pack<T, V> scaled(Wide<T> factor, Pack<T, V> x) {
#pragma unroll
    for (int i = 0; i < V; ++i) x.v[i] = narrow<T>(factor * widen(x.v[i]));
    return x;
}

// One block a sample, of which every thread keeps up to P packs.
template <typename T, int V, int P>
__global__ void __launch_bounds__(1024)
    whole(const T* g, T* v, Wide<T>* lengths, Wide<T>* terms, Index size, int kind,
          double rate, double weight, double along, const Wide<T>* target) {
    g += blockIdx.x * size, v += blockIdx.x * size;
    Pack<T, V> kept[P]{};
    Wide<T> sum = 0;
#pragma unroll
    for (int p = 0; p < P; ++p) {
        const Index at = first<V>(p, blockDim.x, threadIdx.x);
        if (at < size) kept[p] = read<T, V>(g, at);
        sum += sum_of_squares<T, V>(kept[p]);
    }
    const auto found = value(penalty(kind, rate, weight, along, target), sqrt(block_sum(sum)));
#pragma unroll
    for (int p = 0; p < P; ++p) {
        const Index at = first<V>(p, blockDim.x, threadIdx.x);
        if (at < size) write(v, at, scaled<T, V>(found.factor, kept[p]));
    }
    if (threadIdx.x > 0) return;
    lengths[blockIdx.x] = found.length;
    terms[blockIdx.x] = found.term;
}

// Where a block works if `slices` blocks share each sample: `share` numbers of it, or what
// is left. A share is a multiple of V.
struct Slice { Index sample, begin, end; };

__device__ inline Slice slice_of(Index size, Index share, int slices) {
    const Index begin = blockIdx.x % slices * share;
    return {blockIdx.x / slices, begin, min(begin + share, size)};
}

// sums (N, slices)
template <typename T, int V>
__global__ void squares(const T* g, Wide<T>* sums, Index size, Index share, int slices) {
    const Slice slice = slice_of(size, share, slices);
    g += slice.sample * size;
    Wide<T> sum = 0;
#pragma unroll 4
    for (Index at = slice.begin + threadIdx.x * V; at < slice.end; at += blockDim.x * V)
        sum += sum_of_squares<T, V>(read<T, V>(g, at));
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

// There are as many threads as slices at least.
template <typename T, int V>
__global__ void scale(const T* g, const Wide<T>* sums, T* v, Wide<T>* lengths, Wide<T>* terms,
                      Index size, Index share, int slices, int kind, double rate,
                      double weight, double along, const Wide<T>* target) {
    const Slice slice = slice_of(size, share, slices);
    g += slice.sample * size, v += slice.sample * size, sums += slice.sample * slices;
    const Wide<T> sum = static_cast<int>(threadIdx.x) < slices ? sums[threadIdx.x] : 0;
    const auto found = value(penalty(kind, rate, weight, along, target), sqrt(block_sum(sum)));
    for (Index at = slice.begin + threadIdx.x * V; at < slice.end; at += blockDim.x * V)
        write(v, at, scaled<T, V>(found.factor, read<T, V>(g, at)));
    if (threadIdx.x > 0 || slice.begin > 0) return;
    lengths[slice.sample] = found.length;
    terms[slice.sample] = found.term;
}

// x = eps x_real + (1 - eps) x_fake, one eps a sample.
template <typename T, int V>
__global__ void interpolate(const T* x_real, const T* x_fake, const T* eps, T* x, Index size,
                            Index share, int slices) {
    const Slice slice = slice_of(size, share, slices);
    const Index sample = slice.sample * size;
    const Wide<T> to_real = widen(eps[slice.sample]), to_fake = 1 - to_real;
    for (Index at = slice.begin + threadIdx.x * V; at < slice.end; at += blockDim.x * V) {
        auto real = read<T, V>(x_real, sample + at);
        const auto fake = read<T, V>(x_fake, sample + at);
#pragma unroll
        for (int i = 0; i < V; ++i)
            real.v[i] = narrow<T>(to_real * widen(real.v[i]) + to_fake * widen(fake.v[i]));
        write(x, sample + at, real);
    }
}
