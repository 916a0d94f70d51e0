// One update of all parameters in one launch: Adam or RMSProp, and what follows from it.
//
//     Adam       m <- b1 m + (1 - b1) g
//                s <- b2 s + (1 - b2) g^2
//                p <- p - lr (m / (sqrt(s) c + eps))      c = 1 / sqrt(1 - b2^t)
//     RMSProp    s <- a s + (1 - a) g^2
//                p <- p - lr g / (sqrt(s) + eps)
//     average    q <- d q + (1 - d) p
//     copy       half(p)
//
// lr of Adam is already divided by 1 - b1^t; with b1 = 0 there is no m, and g takes its
// place. Average and copy are of the new p, which then need not be read again. A tensor
// without a gradient keeps p, m and s; average and copy follow all the same, as they
// have to for running statistics.
//
// All tensors lie in one table of addresses, and every block takes one chunk of one
// tensor, so that a network of a hundred small tensors is one launch. Each number is
// read and written once. Computed in the type of p, in the order of the NumPy twins
// kernels/adam.py, scratchgan/optim/rmsprop.py and ema.py. A gradient that is not finite
// makes p so, as it does there: nothing is skipped and nothing is scaled.
#include "common.cuh"

using Address = unsigned long long;

// What changes from step to step; in device memory, as captured steps need it.
struct Constants {
    double lr, correction, keep;  // lr / (1 - b1^t), c and d
};

// A row of the table; null is what is not kept. P of parameters, G of gradients.
template <typename P, typename G> struct Tensor {
    P* p;
    const G* g;
    P* m;
    P* s;
    P* average;
    __half* copy;
};
constexpr int kColumns = 6;

// The address of element `at` of an array; null stays null.
template <typename T> __device__ inline T* shifted(Address array, Index at) {
    return array ? reinterpret_cast<T*>(array) + at : nullptr;
}

// Tensor number `number` from element `at` on.
template <typename P, typename G>
__device__ inline Tensor<P, G> tensor(const Address* table, Index number, Index at) {
    const Address* row = table + number * kColumns;
    return {shifted<P>(row[0], at), shifted<const G>(row[1], at), shifted<P>(row[2], at),
            shifted<P>(row[3], at), shifted<P>(row[4], at), shifted<__half>(row[5], at)};
}

template <typename P, typename G> __device__ inline bool aligned(const Tensor<P, G>& t) {
    return (reinterpret_cast<Address>(t.p) | reinterpret_cast<Address>(t.g) |
            reinterpret_cast<Address>(t.m) | reinterpret_cast<Address>(t.s) |
            reinterpret_cast<Address>(t.average) | reinterpret_cast<Address>(t.copy)) % 16 == 0;
}

template <typename A> struct Adam {
    A lr, correction, beta1, rest1, beta2, rest2, eps;
    __device__ void operator()(A& p, A g, A& m, A& s) const {
        s = s * beta2 + g * g * rest2;
        m = m * beta1 + g * rest1;  // g where there is none: m and beta1 are 0
        p = p - m / (sqrt(s) * correction + eps) * lr;
    }
};

template <typename A> struct RMSProp {
    A lr, alpha, rest, eps;
    __device__ void operator()(A& p, A g, A&, A& s) const {
        s = alpha * s + rest * (g * g);
        p = p - lr * g / (sqrt(s) + eps);
    }
};

// V numbers of a tensor from position `at` on.
template <int V, typename P, typename G, typename Rule>
__device__ inline void update(const Tensor<P, G>& t, const Rule& rule, P keep, P rest,
                              int at) {
    auto p = read<P, V>(t.p, at);
    if (t.g) {
        const auto g = read<G, V>(t.g, at);
        auto s = read<P, V>(t.s, at);
        Pack<P, V> m{};
        if (t.m) m = read<P, V>(t.m, at);
#pragma unroll
        for (int i = 0; i < V; ++i) rule(p.v[i], widen(g.v[i]), m.v[i], s.v[i]);
        write(t.p, at, p);
        write(t.s, at, s);
        if (t.m) write(t.m, at, m);
    }
    if (t.average) {
        auto average = read<P, V>(t.average, at);
#pragma unroll
        for (int i = 0; i < V; ++i) average.v[i] = keep * average.v[i] + rest * p.v[i];
        write(t.average, at, average);
    }
    if (t.copy) {
        Pack<__half, V> copy;
#pragma unroll
        for (int i = 0; i < V; ++i) copy.v[i] = static_cast<__half>(p.v[i]);
        write(t.copy, at, copy);
    }
}

// A block's `count` numbers, from the start of `t` on: as many packs as fit, and the rest
// one by one; all one by one where an array does not start at a multiple of 16 bytes.
template <typename P, typename G, typename Rule>
__device__ inline void update_chunk(const Tensor<P, G>& t, const Rule& rule, double keep,
                                    int count) {
    constexpr int V = 16 / sizeof(P);
    const P kept = P(keep), rest = P(1 - keep);
    const int packed = aligned(t) ? count / V * V : 0;
    const int thread = threadIdx.x, threads = blockDim.x;
    for (int at = thread * V; at < packed; at += threads * V)
        update<V>(t, rule, kept, rest, at);
    for (int at = packed + thread; at < count; at += threads)
        update<1>(t, rule, kept, rest, at);
}

// What block b does: of tensor chunks[b][0] the chunk of number chunks[b][1]. Each has
// `chunk` numbers, but for the last of a tensor.
struct Work {
    Index tensor, begin;
    int count;
};
__device__ inline Work work(const Index* sizes, const int* chunks, int chunk) {
    const int* mine = chunks + 2 * static_cast<Index>(blockIdx.x);
    const Index begin = static_cast<Index>(mine[1]) * chunk, left = sizes[mine[0]] - begin;
    return {mine[0], begin, static_cast<int>(min(left, static_cast<Index>(chunk)))};
}

// table (K, 6) of addresses, sizes (K,), chunks (blocks, 2), constants as above.
template <typename P, typename G>
__global__ void adam(const Address* table, const Index* sizes, const int* chunks,
                     int chunk, const double* constants, double beta1, double beta2,
                     double eps) {
    const Work my = work(sizes, chunks, chunk);
    const Constants now{constants[0], constants[1], constants[2]};
    const Adam<P> rule{P(now.lr), P(now.correction), P(beta1), P(1 - beta1),
                       P(beta2),  P(1 - beta2),      P(eps)};
    update_chunk(tensor<P, G>(table, my.tensor, my.begin), rule, now.keep, my.count);
}

// The same; there is no m, and c is not used.
template <typename P, typename G>
__global__ void rmsprop(const Address* table, const Index* sizes, const int* chunks,
                        int chunk, const double* constants, double alpha, double eps) {
    const Work my = work(sizes, chunks, chunk);
    const Constants now{constants[0], constants[1], constants[2]};
    const RMSProp<P> rule{P(now.lr), P(alpha), P(1 - alpha), P(eps)};
    update_chunk(tensor<P, G>(table, my.tensor, my.begin), rule, now.keep, my.count);
}
