// Every pixel's vector of channels scaled to unit mean square, and the sweeps.
//
// With m(.) the mean over the C channels of a row,
//
//     r = (m(x^2) + eps)^(-1/2)       h = x r
//
//     backward, jvp  dx  = P dy = r (dy - h m(h dy))
//     backward_jvp   tdx = -r m(h tx) P dy - r (th m(h dy) + h m(th dy)) + P tdy
//
// with th = P tx. r is kept in Wide<T>. NumPy twin: `pixel_norm` of the layers, where the
// derivation is.
#include "rows.cuh"

template <typename T, int V>
__global__ void forward(const T* x, T* h, Wide<T>* r, double eps, Index rows, Index size) {
    using A = Wide<T>;
    const Row row = row_of(rows, size);
    if (!row.inside) return;
    A sum = 0;
    each_pack<V>(row, [&](Index at) {
        const auto pack = read<T, V>(x, at);
        sum += inner(pack, pack);
    });
    const A scale = 1 / sqrt(warp_sum(sum) / A(size) + A(eps));
    each_pack<V>(row, [&](Index at) {
        auto pack = read<T, V>(x, at);
#pragma unroll
        for (int i = 0; i < V; ++i) pack.v[i] = narrow<T>(widen(pack.v[i]) * scale);
        write(h, at, pack);
    });
    if (threadIdx.x % kWarp == 0) r[row.from / size] = scale;
}

// dx = P dy; with tx for dy it is the jvp.
template <typename T, int V>
__global__ void backward(const T* h, const Wide<T>* r, const T* dy, T* dx, Index rows,
                         Index size) {
    using A = Wide<T>;
    const Row row = row_of(rows, size);
    if (!row.inside) return;
    A sum = 0;
    each_pack<V>(row, [&](Index at) { sum += inner(read<T, V>(h, at), read<T, V>(dy, at)); });
    const A scale = r[row.from / size], mean = warp_sum(sum) / A(size);
    each_pack<V>(row, [&](Index at) {
        const auto unit = read<T, V>(h, at);
        auto pack = read<T, V>(dy, at);
#pragma unroll
        for (int i = 0; i < V; ++i)
            pack.v[i] = narrow<T>(scale * (widen(pack.v[i]) - widen(unit.v[i]) * mean));
        write(dx, at, pack);
    });
}

// tdy may be null, an exact zero.
template <typename T, int V>
__global__ void backward_jvp(const T* h, const Wide<T>* r, const T* dy, const T* tx,
                             const T* th, const T* tdy, T* tdx, Index rows, Index size) {
    using A = Wide<T>;
    const Row row = row_of(rows, size);
    if (!row.inside) return;
    A h_dy = 0, h_tx = 0, th_dy = 0, h_tdy = 0;  // sums, then means, of products
    each_pack<V>(row, [&](Index at) {
        const auto unit = read<T, V>(h, at), cotangent = read<T, V>(dy, at);
        h_dy += inner(unit, cotangent);
        h_tx += inner(unit, read<T, V>(tx, at));
        th_dy += inner(read<T, V>(th, at), cotangent);
        if (tdy) h_tdy += inner(unit, read<T, V>(tdy, at));
    });
    const A scale = r[row.from / size];
    h_dy = warp_sum(h_dy) / A(size), h_tx = warp_sum(h_tx) / A(size);
    th_dy = warp_sum(th_dy) / A(size), h_tdy = warp_sum(h_tdy) / A(size);
    each_pack<V>(row, [&](Index at) {
        const auto unit = read<T, V>(h, at), cotangent = read<T, V>(dy, at);
        const auto tangent = read<T, V>(th, at);
        Pack<T, V> second{};
        if (tdy) second = read<T, V>(tdy, at);
#pragma unroll
        for (int i = 0; i < V; ++i) {
            const A u = widen(unit.v[i]);
            const A projected = scale * (widen(cotangent.v[i]) - u * h_dy);
            const A moved = widen(tangent.v[i]) * h_dy + u * th_dy;
            const A rest = widen(second.v[i]) - u * h_tdy;
            second.v[i] = narrow<T>(scale * (rest - h_tx * projected - moved));
        }
        write(tdx, at, second);
    });
}
