// Softmax over the last axis, and its sweeps.
//
//     y = e^(x - m) / sum of e^(x - m)        m the largest x of the row
//
// so that no exponential overflows. With sums over the row, the Jacobian is symmetric:
//
//     backward, jvp  dx  = J dy = y (dy - sum y dy)
//     backward_jvp   tdx = ty (dy - sum y dy) - y sum ty dy + J tdy
//
// NumPy twin: `softmax` of the layers.
#include "rows.cuh"

template <typename A> __device__ inline A warp_max(A x) {
    for (int lane = kWarp / 2; lane > 0; lane /= 2)
        x = max(x, __shfl_xor_sync(kAll, x, lane));
    return x;
}

template <typename T, int V>
__global__ void forward(const T* x, T* y, Index rows, Index size) {
    using A = Wide<T>;
    const Row row = row_of(rows, size);
    if (!row.inside) return;
    A most = widen(x[row.from]);
    each_pack<V>(row, [&](Index at) {
        const auto pack = read<T, V>(x, at);
#pragma unroll
        for (int i = 0; i < V; ++i) most = max(most, widen(pack.v[i]));
    });
    most = warp_max(most);
    A sum = 0;
    each_pack<V>(row, [&](Index at) {
        const auto pack = read<T, V>(x, at);
#pragma unroll
        for (int i = 0; i < V; ++i) sum += exp(widen(pack.v[i]) - most);
    });
    sum = warp_sum(sum);
    each_pack<V>(row, [&](Index at) {
        auto pack = read<T, V>(x, at);
#pragma unroll
        for (int i = 0; i < V; ++i) pack.v[i] = narrow<T>(exp(widen(pack.v[i]) - most) / sum);
        write(y, at, pack);
    });
}

// dx = J dy; with tx for dy it is the jvp.
template <typename T, int V>
__global__ void backward(const T* y, const T* dy, T* dx, Index rows, Index size) {
    const Row row = row_of(rows, size);
    if (!row.inside) return;
    Wide<T> sum = 0;
    each_pack<V>(row, [&](Index at) { sum += inner<T, V>(read<T, V>(y, at), read<T, V>(dy, at)); });
    sum = warp_sum(sum);
    each_pack<V>(row, [&](Index at) {
        const auto out = read<T, V>(y, at);
        auto pack = read<T, V>(dy, at);
#pragma unroll
        for (int i = 0; i < V; ++i)
            pack.v[i] = narrow<T>(widen(out.v[i]) * (widen(pack.v[i]) - sum));
        write(dx, at, pack);
    });
}

// tdy may be null, an exact zero.
template <typename T, int V>
__global__ void backward_jvp(const T* y, const T* dy, const T* ty, const T* tdy, T* tdx,
                             Index rows, Index size) {
    using A = Wide<T>;
    const Row row = row_of(rows, size);
    if (!row.inside) return;
    A of_dy = 0, moving = 0, of_tdy = 0;  // sums of y dy, ty dy and y tdy
    each_pack<V>(row, [&](Index at) {
        const auto out = read<T, V>(y, at), cotangent = read<T, V>(dy, at);
        of_dy += inner(out, cotangent);
        moving += inner(read<T, V>(ty, at), cotangent);
        if (tdy) of_tdy += inner(out, read<T, V>(tdy, at));
    });
    of_dy = warp_sum(of_dy), moving = warp_sum(moving), of_tdy = warp_sum(of_tdy);
    each_pack<V>(row, [&](Index at) {
        const auto out = read<T, V>(y, at), cotangent = read<T, V>(dy, at);
        const auto tangent = read<T, V>(ty, at);
        Pack<T, V> second{};
        if (tdy) second = read<T, V>(tdy, at);
#pragma unroll
        for (int i = 0; i < V; ++i) {
            const A along = widen(tangent.v[i]) * (widen(cotangent.v[i]) - of_dy);
            const A rest = widen(second.v[i]) - of_tdy - moving;
            second.v[i] = narrow<T>(along + widen(out.v[i]) * rest);
        }
        write(tdx, at, second);
    });
}
