// y_gc = sum_p a_gpc, or sum_p a_gpc b_gpc, for arrays seen as (G, P, C).
//
// Sums over the last axis of (R, C) are those of (R, C, 1), over the first axis those of
// (1, R, C). Added in Wide<T>; NumPy twins `total` and `inner` of accumulate.py.
#include "channels_last.cuh"

// a, b (G, P, C); y (G, parts, C). b may be null, all ones.
template <typename T, typename Y, int V>
__global__ void sums(const T* a, const T* b, Y* y, View view) {
    using Sum = Sums<Wide<T>, 1>;
    DYNAMIC_SHARED(Sum, shared);
    const Place at = place<V>(view);
    Sum sum[V] = {};
    if (b) {
#pragma unroll 4
        for (Index row = at.row; row < at.end; row += view.p_lanes) {
            const auto x = read<T, V>(a, position(view, at, row));
            const auto w = read<T, V>(b, position(view, at, row));
#pragma unroll
            for (int i = 0; i < V; ++i) sum[i].of[0] += widen(x.v[i]) * widen(w.v[i]);
        }
    } else {
#pragma unroll 4
        for (Index row = at.row; row < at.end; row += view.p_lanes) {
            const auto x = read<T, V>(a, position(view, at, row));
#pragma unroll
            for (int i = 0; i < V; ++i) sum[i].of[0] += widen(x.v[i]);
        }
    }
    merge_lanes(view, at, sum, shared);
    each_sum<V>(view, at, [&](int i, Index to) { y[to] = static_cast<Y>(sum[i].of[0]); });
}
