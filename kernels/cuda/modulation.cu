// u = s x, one number s a sample and channel, with its sweeps: a bilinear map.
//
//     forward        u   = s x
//     jvp            tu  = s tx + ts x
//     backward       dx  = s du              ds  = sum of x du
//     backward_jvp   tdx = s tdu + ts du     tds = sum of x tdu + tx du
//
// x is seen as (G, P, C), s is (G, C), and the sums are over P. StyleGAN2's modulated
// convolution does so twice: with the style of each sample before the convolution, and
// with the demodulation after it, where x is the convolution's output. A thread reads its
// s once for all rows; the sums are taken in the pass that writes dx.
//
// NumPy twin: `layers/modulation.py`.
#include "channels_last.cuh"

// The numbers of s for a thread's pack.
template <typename T, int V> struct Scale {
    Wide<T> of[V];
    __device__ Scale(const T* s, const View& view, const Place& at) {
#pragma unroll
        for (int i = 0; i < V; ++i)
            of[i] = at.inside ? widen(PerChannel<T>{s, 0}(view, at, i)) : 0;
    }
};

template <typename T, int V>
__global__ void forward(const T* x, const T* s, T* u, View view) {
    const Place at = place<V>(view);
    const Scale<T, V> by(s, view, at);
#pragma unroll 4
    for (Index row = at.row; row < at.end; row += view.p_lanes) {
        auto pack = read<T, V>(x, position(view, at, row));
#pragma unroll
        for (int i = 0; i < V; ++i) pack.v[i] = narrow<T>(by.of[i] * widen(pack.v[i]));
        write(u, position(view, at, row), pack);
    }
}

template <typename T, int V>
__global__ void jvp(const T* x, const T* s, const T* tx, const T* ts, T* tu, View view) {
    const Place at = place<V>(view);
    const Scale<T, V> by(s, view, at), moved(ts, view, at);
    for (Index row = at.row; row < at.end; row += view.p_lanes) {
        const Index here = position(view, at, row);
        const auto value = read<T, V>(x, here);
        auto tangent = read<T, V>(tx, here);
#pragma unroll
        for (int i = 0; i < V; ++i)
            tangent.v[i] = narrow<T>(by.of[i] * widen(tangent.v[i]) +
                                     moved.of[i] * widen(value.v[i]));
        write(tu, here, tangent);
    }
}

// ds (G, parts, C)
template <typename T, typename Y, int V>
__global__ void backward(const T* x, const T* s, const T* du, T* dx, Y* ds, View view) {
    using Sum = Sums<Wide<T>, 1>;
    DYNAMIC_SHARED(Sum, shared);
    const Place at = place<V>(view);
    const Scale<T, V> by(s, view, at);
    Sum sum[V] = {};
    for (Index row = at.row; row < at.end; row += view.p_lanes) {
        const Index here = position(view, at, row);
        const auto value = read<T, V>(x, here);
        auto cotangent = read<T, V>(du, here);
#pragma unroll
        for (int i = 0; i < V; ++i) {
            sum[i].of[0] += widen(value.v[i]) * widen(cotangent.v[i]);
            cotangent.v[i] = narrow<T>(by.of[i] * widen(cotangent.v[i]));
        }
        write(dx, here, cotangent);
    }
    merge_lanes(view, at, sum, shared);
    each_sum<V>(view, at, [&](int i, Index to) { ds[to] = static_cast<Y>(sum[i].of[0]); });
}

// tds (G, parts, C); tx and tdu may be null, exact zeros.
template <typename T, typename Y, int V>
__global__ void backward_jvp(const T* x, const T* s, const T* du, const T* tx, const T* ts,
                             const T* tdu, T* tdx, Y* tds, View view) {
    using Sum = Sums<Wide<T>, 1>;
    DYNAMIC_SHARED(Sum, shared);
    const Place at = place<V>(view);
    const Scale<T, V> by(s, view, at), moved(ts, view, at);
    Sum sum[V] = {};
    for (Index row = at.row; row < at.end; row += view.p_lanes) {
        const Index here = position(view, at, row);
        const auto cotangent = read<T, V>(du, here);
        Pack<T, V> value{}, tangent{}, second{};
        if (tx) tangent = read<T, V>(tx, here);
        if (tdu) value = read<T, V>(x, here), second = read<T, V>(tdu, here);
#pragma unroll
        for (int i = 0; i < V; ++i) {
            const Wide<T> a = widen(cotangent.v[i]), b = widen(second.v[i]);
            sum[i].of[0] += widen(tangent.v[i]) * a + widen(value.v[i]) * b;
            second.v[i] = narrow<T>(moved.of[i] * a + by.of[i] * b);
        }
        write(tdx, here, second);
    }
    merge_lanes(view, at, sum, shared);
    each_sum<V>(view, at, [&](int i, Index to) { tds[to] = static_cast<Y>(sum[i].of[0]); });
}
