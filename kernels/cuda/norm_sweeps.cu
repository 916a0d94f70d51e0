// Normalisations: the sweeps, for arrays seen as (G, P, C), channels last.
//
// With h and r of norms.cu, m(.) the mean over the numbers that share a statistic, and
// u = gamma dy, tu = gamma tdy,
//
//     backward       dx  = P u  = r (u - a - h b)              a = m(u)    b = m(h u)
//     jvp            th  = P tx     ty = gamma th              c = m(tx)   d = m(h tx)
//     backward_jvp   tdx = -r d (P u) + r (tu - e - h f - th b)
//                                              e = m(tu)    f = m(h tu + th u)
//
// The last is the derivative of the first: r has the tangent -r^2 d (standardize.py), a
// has e, b has f. It is the sum of the twin's Pdot u and P tu. The sums behind a, b and d
// are those of the earlier sweeps. With dy for u, those behind a, b, e and f are also the
// gradients of gain and bias, and their tangents,
//
//     dbeta  = sum dy       dgamma  = sum h dy
//     tdbeta = sum tdy      tdgamma = sum (h tdy + th dy)
//
// so they are taken of dy, channel by channel. Where all that share a statistic have one
// gamma, P (gamma dy) = gamma (P dy) and the same sums serve both; else `weighted` adds
// them over the channels, gamma times. A sweep is one pass for its sums and one for the
// rest, which is linear in its arrays: a thread computes the coefficients of its channels
// once.
//
// NumPy twins: `project` and `project_tangent` of standardize.py, and gain_and_bias.py.
#include "channels_last.cuh"

// found (2, G, parts, C): the sums of u, and of h u + th w. u may be null, an exact
// zero, or th and w.
template <typename T, int V>
__global__ void sums(const T* u, const T* h, const T* w, const T* th, Wide<T>* found,
                     View view) {
    using Sum = Sums<Wide<T>, 2>;
    DYNAMIC_SHARED(Sum, shared);
    const Place at = place<V>(view);
    Sum mine[V] = {};
#pragma unroll 2
    for (Index row = at.row; row < at.end; row += view.p_lanes) {
        const Index from = position(view, at, row);
        if (u) {
            const auto x = read<T, V>(u, from), y = read<T, V>(h, from);
#pragma unroll
            for (int i = 0; i < V; ++i) {
                mine[i].of[0] += widen(x.v[i]);
                mine[i].of[1] += widen(x.v[i]) * widen(y.v[i]);
            }
        }
        if (w) {
            const auto x = read<T, V>(w, from), y = read<T, V>(th, from);
#pragma unroll
            for (int i = 0; i < V; ++i) mine[i].of[1] += widen(x.v[i]) * widen(y.v[i]);
        }
    }
    merge_lanes(view, at, mine, shared);
    const Index all = sums_of(view);
    each_sum<V>(view, at, [&](int i, Index to) {
        found[to] = mine[i].of[0];
        found[all + to] = mine[i].of[1];
    });
}

// found (G): the sum over P of gamma_p s_gp, for s (G, P).
template <typename T>
__global__ void weighted(const Wide<T>* s, const T* gamma, Wide<T>* found, View view) {
    using Sum = Sums<Wide<T>, 1>;
    DYNAMIC_SHARED(Sum, shared);
    const Place at = place<1>(view);
    Sum mine[1] = {};
    for (Index row = at.row; row < at.end; row += view.p_lanes)
        mine[0].of[0] += widen(gamma[row]) * s[position(view, at, row)];
    merge_lanes(view, at, mine, shared);
    each_sum<1>(view, at, [&](int, Index to) { found[to] = mine[0].of[0]; });
}

// found = P u or P (gamma u), as `before` says, and y = gamma found; gamma, found and y
// may be null. s: the sums of u and h u, or of gamma u and h gamma u. share: one over the
// number of those that share a statistic.
template <typename T, int V>
__global__ void project(const T* u, const T* h, const Wide<T>* r, const Wide<T>* s,
                        const T* gamma, T* found, T* y, int before, int alone,
                        double share, View view) {
    using A = Wide<T>;
    const Place at = place<V>(view);
    if (!at.inside) return;
    const Index all = view.groups * (alone || view.together ? 1 : view.channels);
    A of_u[V], of_h[V], rest[V], gain[V];
#pragma unroll
    for (int i = 0; i < V; ++i) {
        const A scale = PerChannel<A>{r, alone}(view, at, i);
        gain[i] = gamma ? widen(gamma[channel(view, at, i)]) : A(1);
        of_u[i] = before ? scale * gain[i] : scale;
        rest[i] = -scale * A(share) * PerChannel<A>{s, alone}(view, at, i);
        of_h[i] = -scale * A(share) * PerChannel<A>{s + all, alone}(view, at, i);
    }
    for (Index row = at.row; row < at.end; row += view.p_lanes) {
        const Index from = position(view, at, row);
        auto pack = read<T, V>(u, from);
        const auto kept = read<T, V>(h, from);
        A projected[V];
#pragma unroll
        for (int i = 0; i < V; ++i) {
            projected[i] = of_u[i] * widen(pack.v[i]) + of_h[i] * widen(kept.v[i]) + rest[i];
            pack.v[i] = narrow<T>(projected[i]);
        }
        if (found) write(found, from, pack);
        if (!y) continue;
#pragma unroll
        for (int i = 0; i < V; ++i) pack.v[i] = narrow<T>(gain[i] * projected[i]);
        write(y, from, pack);
    }
}

// tdx as above, with gamma inside or outside of P as `before` says. s, ts, moved: the
// sums of backward, of jvp, and those behind e and f. tdy may be null, an exact zero.
template <typename T, int V>
__global__ void project_tangent(const T* dy, const T* h, const T* th, const T* tdy,
                                const Wide<T>* r, const Wide<T>* s, const Wide<T>* ts,
                                const Wide<T>* moved, const T* gamma, T* tdx, int before,
                                int alone, double share, View view) {
    using A = Wide<T>;
    const Place at = place<V>(view);
    if (!at.inside) return;
    const Index all = view.groups * (alone || view.together ? 1 : view.channels);
    A of_dy[V], of_h[V], of_th[V], of_tdy[V], rest[V];
#pragma unroll
    for (int i = 0; i < V; ++i) {
        const A scale = PerChannel<A>{r, alone}(view, at, i);
        const auto mean = [&](const A* of) {
            return A(share) * PerChannel<A>{of, alone}(view, at, i);
        };
        const A gain = gamma ? widen(gamma[channel(view, at, i)]) : A(1);
        const A outside = before ? scale : scale * gain, inside = before ? gain : A(1);
        const A a = mean(s), b = mean(s + all), e = mean(moved), f = mean(moved + all);
        const A rd = scale * mean(ts + all);
        of_dy[i] = -outside * rd * inside;
        of_h[i] = outside * (rd * b - f);
        of_th[i] = -outside * b;
        of_tdy[i] = outside * inside;
        rest[i] = outside * (rd * a - e);
    }
    for (Index row = at.row; row < at.end; row += view.p_lanes) {
        const Index from = position(view, at, row);
        auto pack = read<T, V>(dy, from);
        const auto kept = read<T, V>(h, from), along = read<T, V>(th, from);
        Pack<T, V> second{};
        if (tdy) second = read<T, V>(tdy, from);
#pragma unroll
        for (int i = 0; i < V; ++i)
            pack.v[i] = narrow<T>(of_dy[i] * widen(pack.v[i]) + of_h[i] * widen(kept.v[i]) +
                                  of_th[i] * widen(along.v[i]) +
                                  of_tdy[i] * widen(second.v[i]) + rest[i]);
        write(tdx, from, pack);
    }
}
