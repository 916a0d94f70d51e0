// Normalisation, forward: for x seen as (G, P, C), channels last,
//
//     h = (x - m(x)) r        r = (m((x - m(x))^2) + eps)^(-1/2)        y = gamma h + beta
//
// with m(.) the mean over the P numbers of each (g, c), or over all P C of a g: BatchNorm
// is (1, N*H*W, C), InstanceNorm (N, H*W, C), LayerNorm (N, H*W, C) with one statistic a
// sample, for which `moments` sees x as (N, H*W*C, 1). The mean and r are taken in one
// pass, h and y in a second.
//
// NumPy twins: `standardize` and `gain_and_bias` of the layers; norm_sweeps.cu has the
// other verbs.
#include "channels_last.cuh"

// The number, the mean and the sum of squared deviations from it of some numbers:
// Welford 1962 for one more number, Chan, Golub and LeVeque 1983 for two such sets. In
// m(x^2) - m(x)^2 a large mean would cost the digits of the variance; here no squares are
// subtracted.
template <typename A> struct Moments {
    A count, mean, square;
    __device__ void add(A x, A share) {  // share = 1 / count, with x counted
        const A off = x - mean;
        mean += off * share;
        square += off * (x - mean);
    }
    __device__ void merge(const Moments& other) {
        if (other.count == 0) return;
        const A both = count + other.count, share = other.count / both;
        const A off = other.mean - mean;
        mean += off * share;
        square += other.square + off * off * (count * share);
        count = both;
    }
};

// found (3, G, parts, C): of every part.
template <typename T, int V>
__global__ void moments(const T* x, Wide<T>* found, View view) {
    using A = Wide<T>;
    DYNAMIC_SHARED(Moments<A>, shared);
    const Place at = place<V>(view);
    Moments<A> mine[V] = {};
    A count = 0;
#pragma unroll 4
    for (Index row = at.row; row < at.end; row += view.p_lanes) {
        const auto pack = read<T, V>(x, position(view, at, row));
        const A share = 1 / ++count;
#pragma unroll
        for (int i = 0; i < V; ++i) mine[i].add(widen(pack.v[i]), share);
    }
#pragma unroll
    for (int i = 0; i < V; ++i) mine[i].count = count;
    merge_lanes(view, at, mine, shared);
    const Index all = sums_of(view);
    each_sum<V>(view, at, [&](int i, Index to) {
        found[to] = mine[i].count;
        found[all + to] = mine[i].mean;
        found[2 * all + to] = mine[i].square;
    });
}

// From `part` (3, G, P, C), those of P parts: mean, r and variance (G, C). No numbers at
// all have the variance zero.
template <typename A>
__global__ void finish(const A* part, A* mean, A* r, A* variance, double eps, View view) {
    DYNAMIC_SHARED(Moments<A>, shared);
    const Place at = place<1>(view);
    const Index all = view.groups * view.rows * view.channels;
    Moments<A> mine[1] = {};
    for (Index row = at.row; row < at.end; row += view.p_lanes) {
        const Index from = position(view, at, row);
        mine[0].merge({part[from], part[all + from], part[2 * all + from]});
    }
    merge_lanes(view, at, mine, shared);
    each_sum<1>(view, at, [&](int, Index to) {
        const A v = mine[0].square / max(mine[0].count, A(1));
        mean[to] = mine[0].mean;
        variance[to] = v;
        r[to] = 1 / sqrt(v + A(eps));
    });
}

// h = (x - mean) r and y = gamma h + beta; gamma and beta (C) may be null, and y too.
template <typename T, int V>
__global__ void normalize(const T* x, const Wide<T>* mean, const Wide<T>* r,
                          const T* gamma, const T* beta, T* h, T* y, int alone,
                          View view) {
    using A = Wide<T>;
    const Place at = place<V>(view);
    if (!at.inside) return;
    A centre[V], scale[V], gain[V], bias[V];
#pragma unroll
    for (int i = 0; i < V; ++i) {
        centre[i] = PerChannel<A>{mean, alone}(view, at, i);
        scale[i] = PerChannel<A>{r, alone}(view, at, i);
        gain[i] = gamma ? widen(gamma[channel(view, at, i)]) : A(1);
        bias[i] = beta ? widen(beta[channel(view, at, i)]) : A(0);
    }
    for (Index row = at.row; row < at.end; row += view.p_lanes) {
        const Index from = position(view, at, row);
        auto pack = read<T, V>(x, from);
        A kept[V];
#pragma unroll
        for (int i = 0; i < V; ++i) {
            kept[i] = (widen(pack.v[i]) - centre[i]) * scale[i];
            pack.v[i] = narrow<T>(kept[i]);
        }
        write(h, from, pack);
        if (!y) continue;
#pragma unroll
        for (int i = 0; i < V; ++i) pack.v[i] = narrow<T>(gain[i] * kept[i] + bias[i]);
        write(y, from, pack);
    }
}
