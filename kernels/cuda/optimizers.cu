// Updates of many tensors in one launch: Adam, RMSProp, and averages that follow.
//
//     adam       m <- b1 m + (1 - b1) g
//                s <- b2 s + (1 - b2) g^2
//                p <- p - lr (m / (sqrt(s) c + eps))      c = 1 / sqrt(1 - b2^t)
//     rmsprop    s <- a s + (1 - a) g^2
//                p <- p - lr g / (sqrt(s) + eps)
//     follow     q <- d q + (1 - d) p
//
// lr of Adam is already divided by 1 - b1^t; with b1 = 0 there is no m, and g takes its
// place. What changes from step to step, lr, c and d, is read from device memory, as a
// captured step needs it.
//
// Each number is read and written once; a result may lie where an argument does. Computed
// in the type of p, in the order of the NumPy twins kernels/adam.py, scratchgan/optim/
// rmsprop.py and ema.py. A gradient that is not finite makes p so, as it does there.
#include "tensors.cuh"

// Columns are p, g, m, s and where the new p, m and s go; of averages q, p and where.

template <typename P, typename G> struct Adam {
    const P* p;
    const G* g;
    const P* m;
    const P* s;
    P* to_p;
    P* to_m;
    P* to_s;
    P lr, correction, beta1, rest1, beta2, rest2, eps;

    template <int V> __device__ void at(int i) const {
        const auto g0 = read<G, V>(g, i);
        auto p0 = read<P, V>(p, i), s0 = read<P, V>(s, i);
        Pack<P, V> m0{};
        if (m) m0 = read<P, V>(m, i);
#pragma unroll
        for (int j = 0; j < V; ++j) {
            const P gj = widen(g0.v[j]);
            s0.v[j] = s0.v[j] * beta2 + gj * gj * rest2;
            m0.v[j] = m0.v[j] * beta1 + gj * rest1;  // gj without m: both are 0
            p0.v[j] = p0.v[j] - m0.v[j] / (sqrt(s0.v[j]) * correction + eps) * lr;
        }
        write(to_p, i, p0);
        write(to_s, i, s0);
        if (m) write(to_m, i, m0);
    }
};

template <typename P, typename G> struct RMSProp {
    const P* p;
    const G* g;
    const P* s;
    P* to_p;
    P* to_s;
    P lr, alpha, rest, eps;

    template <int V> __device__ void at(int i) const {
        const auto g0 = read<G, V>(g, i);
        auto p0 = read<P, V>(p, i), s0 = read<P, V>(s, i);
#pragma unroll
        for (int j = 0; j < V; ++j) {
            const P gj = widen(g0.v[j]);
            s0.v[j] = alpha * s0.v[j] + rest * (gj * gj);
            p0.v[j] = p0.v[j] - lr * gj / (sqrt(s0.v[j]) + eps);
        }
        write(to_p, i, p0);
        write(to_s, i, s0);
    }
};

template <typename P> struct Follow {
    const P* q;
    const P* p;
    P* to;
    P keep, rest;

    template <int V> __device__ void at(int i) const {
        auto q0 = read<P, V>(q, i);
        const auto p0 = read<P, V>(p, i);
#pragma unroll
        for (int j = 0; j < V; ++j) q0.v[j] = keep * q0.v[j] + rest * p0.v[j];
        write(to, i, q0);
    }
};

// constants: lr and c.
template <typename P, typename G>
__global__ void adam(Tensors all, int chunk, const double* constants, double beta1,
                     double beta2, double eps) {
    const Work my = work(all, chunk);
    const Adam<P, G> rule{
        column<P>(all, my, 0), column<G>(all, my, 1), column<P>(all, my, 2),
        column<P>(all, my, 3), column<P>(all, my, 4), column<P>(all, my, 5),
        column<P>(all, my, 6), P(constants[0]),       P(constants[1]),
        P(beta1),              P(1 - beta1),          P(beta2),
        P(1 - beta2),          P(eps)};
    over<16 / sizeof(P)>(all, my, rule);
}

// constants: lr.
template <typename P, typename G>
__global__ void rmsprop(Tensors all, int chunk, const double* constants, double alpha,
                        double eps) {
    const Work my = work(all, chunk);
    const RMSProp<P, G> rule{
        column<P>(all, my, 0), column<G>(all, my, 1), column<P>(all, my, 3),
        column<P>(all, my, 4), column<P>(all, my, 6), P(constants[0]),
        P(alpha),              P(1 - alpha),          P(eps)};
    over<16 / sizeof(P)>(all, my, rule);
}

// constants: d.
template <typename P>
__global__ void follow(Tensors all, int chunk, const double* constants) {
    const Work my = work(all, chunk);
    const Follow<P> rule{column<P>(all, my, 0), column<P>(all, my, 1),
                         column<P>(all, my, 2), P(constants[0]), P(1 - constants[0])};
    over<16 / sizeof(P)>(all, my, rule);
}
