// How much the samples of a batch differ, as further channels; minibatch_stddev.py of the
// layers is the NumPy twin.
//
// x (N, *S, C) is seen as (G, M, L), L = S C numbers of each of the samples n = m, m + M,
// m + 2 M, ... of a group m. With m_G(.) the mean over the G samples and m_Q(.) that over
// the pixels and the C/F channels of feature f, Q numbers,
//
//     forward        c = x - m_G(x)   sigma = sqrt(m_G(c^2) + eps)   y = [x, m_Q(sigma)]
//     backward       dx  = dy|x + c ds / sigma        ds = sum of dy's features / (G Q)
//     jvp            tc = tx - m_G(tx)   tsigma = m_G(c tc) / sigma   ty = [tx, m_Q(tsigma)]
//     backward_jvp   tdx = tdy|x + c tds / sigma + (tc - c tsigma / sigma) ds / sigma
//
// dy|x are the channels of x, and the sums are over the pixels and samples of a group.
// Sums over Q are those of reductions.cu. The samples of a group are as many numbers M L
// apart, and a thread reads those of its own place twice: they are few.
#include "channels_last.cuh"

// The mean over G of V numbers side by side, which lie at `at`, at + each, ...
template <typename T, int V>
__device__ inline void mean_of_group(const T* x, Index at, int group, Index each,
                                     Wide<T> (&mean)[V]) {
#pragma unroll
    for (int i = 0; i < V; ++i) mean[i] = 0;
    for (int g = 0; g < group; ++g) {
        const auto pack = read<T, V>(x, at + g * each);
#pragma unroll
        for (int i = 0; i < V; ++i) mean[i] += widen(pack.v[i]);
    }
#pragma unroll
    for (int i = 0; i < V; ++i) mean[i] /= group;
}

// x, c (G, M, L); sigma (M, L); each = M L.
template <typename T, int V>
__global__ void deviations(const T* x, T* c, T* sigma, int group, Index each, double eps) {
    const Index at = first<V>(blockIdx.x, blockDim.x, threadIdx.x);
    if (at >= each) return;
    Wide<T> mean[V], square[V] = {};
    mean_of_group<T, V>(x, at, group, each, mean);
    Pack<T, V> pack;
    for (int g = 0; g < group; ++g) {
        pack = read<T, V>(x, at + g * each);
#pragma unroll
        for (int i = 0; i < V; ++i) {
            const Wide<T> off = widen(pack.v[i]) - mean[i];
            square[i] += off * off;
            pack.v[i] = narrow<T>(off);
        }
        write(c, at + g * each, pack);
    }
#pragma unroll
    for (int i = 0; i < V; ++i)
        pack.v[i] = narrow<T>(sqrt(square[i] / group + Wide<T>(eps)));
    write(sigma, at, pack);
}

// tx, c, tc (G, M, L); sigma, tsigma (M, L).
template <typename T, int V>
__global__ void tangents(const T* tx, const T* c, const T* sigma, T* tc, T* tsigma,
                         int group, Index each) {
    const Index at = first<V>(blockIdx.x, blockDim.x, threadIdx.x);
    if (at >= each) return;
    Wide<T> mean[V], product[V] = {};
    mean_of_group<T, V>(tx, at, group, each, mean);
    Pack<T, V> pack;
    for (int g = 0; g < group; ++g) {
        const auto kept = read<T, V>(c, at + g * each);
        pack = read<T, V>(tx, at + g * each);
#pragma unroll
        for (int i = 0; i < V; ++i) {
            const Wide<T> off = widen(pack.v[i]) - mean[i];
            product[i] += widen(kept.v[i]) * off;
            pack.v[i] = narrow<T>(off);
        }
        write(tc, at + g * each, pack);
    }
    const auto scale = read<T, V>(sigma, at);
#pragma unroll
    for (int i = 0; i < V; ++i)
        pack.v[i] = narrow<T>(product[i] / group / widen(scale.v[i]));
    write(tsigma, at, pack);
}

// y = [x, share s], for x (N, S, C), s (M, F) and y (N, S, C + F), which `view` is of.
template <typename T>
__global__ void append(const T* x, const Wide<T>* s, T* y, Index groups, int features,
                       double share, View view) {
    const Place at = place<1>(view);
    if (!at.inside) return;
    const Index channels = view.channels - features, feature = at.channel - channels;
    T more = T(0);
    if (feature >= 0)
        more = narrow<T>(Wide<T>(share) * s[at.group % groups * features + feature]);
    for (Index row = at.row; row < at.end; row += view.p_lanes) {
        const Index from = (at.group * view.rows + row) * channels + at.channel;
        y[position(view, at, row)] = feature < 0 ? x[from] : more;
    }
}

// ds (M, parts, F): the sums of the last F channels of dy (G, M, S, C + F) over G and S,
// as rows g S + s of `view` (M, G S, F).
template <typename T>
__global__ void features(const T* dy, Wide<T>* ds, Index pixels, int channels, View view) {
    using Sum = Sums<Wide<T>, 1>;
    DYNAMIC_SHARED(Sum, shared);
    const Place at = place<1>(view);
    Sum mine[1] = {};
    for (Index row = at.row; row < at.end; row += view.p_lanes) {
        const Index sample = row / pixels * view.groups + at.group;
        const Index pixel = sample * pixels + row % pixels;
        const Index all = channels + view.channels;
        mine[0].of[0] += widen(dy[pixel * all + channels + at.channel]);
    }
    merge_lanes(view, at, mine, shared);
    each_sum<1>(view, at, [&](int, Index to) { ds[to] = mine[0].of[0]; });
}

// dx = dy|x + (c ds + (tc - c tsigma / sigma) more) share / sigma, for `view` (N, S, C).
// dy and ds, or tc, tsigma and more, may be null, exact zeros. ds, more: (M, F).
template <typename T>
__global__ void spread(const T* dy, const T* c, const T* sigma, const Wide<T>* ds,
                       const T* tc, const T* tsigma, const Wide<T>* more, T* dx,
                       Index groups, int features, double share, View view) {
    using A = Wide<T>;
    const Place at = place<1>(view);
    if (!at.inside) return;
    const Index m = at.group % groups;
    const Index feature = m * features + at.channel / (view.channels / features);
    const A of_c = ds ? A(share) * ds[feature] : A(0);
    const A of_tc = more ? A(share) * more[feature] : A(0);
    for (Index row = at.row; row < at.end; row += view.p_lanes) {
        const Index here = position(view, at, row);
        const Index place = (m * view.rows + row) * view.channels + at.channel;
        const Index pixel = at.group * view.rows + row;
        const A scale = 1 / widen(sigma[place]), off = widen(c[here]);
        A sum = off * of_c;
        if (more) sum += (widen(tc[here]) - off * widen(tsigma[place]) * scale) * of_tc;
        sum *= scale;
        if (dy) sum += widen(dy[pixel * (view.channels + features) + at.channel]);
        dx[here] = narrow<T>(sum);
    }
}
