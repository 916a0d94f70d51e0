// y = f(x + b), and f' and f'' in the sweeps: one template for all activations.
//
//     forward        u   = x + b      y = f(u)
//     backward, jvp  dx  = f'(u) dy
//     backward_jvp   tdx = f''(u) tx dy + f'(u) tdy
//
// All are functions of u alone, which is kept. The equations are those of the layers'
// docstrings; their NumPy code is the twin. Which activation is one branch for all
// threads: the kernels wait for memory anyway.
#include "common.cuh"

// In the order of KINDS in activation.py.
enum Kind : int {
    kLeakyReLU, kTanh, kSigmoid, kSoftplus, kELU, kSmoothELU, kSiLU, kGELU, kTanhGELU
};

template <typename A> struct Function {
    int kind;
    A alpha, scale;  // of LeakyReLU and ELU
};

template <typename A> __device__ inline A sigmoid(A x) {
    const A e = exp(-abs(x));  // at most 1
    return (x < 0 ? e : A(1)) / (1 + e);
}

template <typename A> __device__ inline A softplus(A x) {
    return max(x, A(0)) + log1p(exp(-abs(x)));
}

// The normal distribution and its density.
template <typename A> __device__ inline A normal_cdf(A x) {
    return A(0.5) * erfc(x * A(-0.70710678118654752));
}
template <typename A> __device__ inline A normal_pdf(A x) {
    return A(0.39894228040143268) * exp(A(-0.5) * x * x);
}

// tanh(p) with p = c (x + a x^3), p' and p'': the gate of the approximate GELU.
template <typename A> struct Gate { A t, p1, p2; };
template <typename A> __device__ inline Gate<A> gate(A x) {
    const A c = A(0.79788456080286536), a = A(0.044715);
    return {tanh(c * (x + a * x * x * x)), c * (1 + 3 * a * x * x), 6 * a * c * x};
}

template <typename A> __device__ inline A value(Function<A> f, A x) {
    switch (f.kind) {
        case kLeakyReLU: return signbit(x) ? f.alpha * x : x;
        case kTanh: return tanh(x);
        case kSigmoid: return sigmoid(x);
        case kSoftplus: return softplus(x);
        case kELU: return f.scale * (x > 0 ? x : f.alpha * expm1(x));
        case kSmoothELU: return softplus(2 * x + 2) / 2 - 1;
        case kSiLU: return x * sigmoid(x);
        case kGELU: return x * normal_cdf(x);
        default: return A(0.5) * x * (1 + gate(x).t);
    }
}

template <typename A> __device__ inline A first_derivative(Function<A> f, A x) {
    switch (f.kind) {
        case kLeakyReLU: return signbit(x) ? f.alpha : A(1);
        case kTanh: { const A y = tanh(x); return 1 - y * y; }
        case kSigmoid: { const A s = sigmoid(x); return s * (1 - s); }
        case kSoftplus: return sigmoid(x);
        case kELU: return f.scale * (x > 0 ? A(1) : f.alpha * exp(x));
        case kSmoothELU: return sigmoid(2 * x + 2);
        case kSiLU: { const A s = sigmoid(x); return s * (1 + x * (1 - s)); }
        case kGELU: return normal_cdf(x) + x * normal_pdf(x);
        default: {
            const auto g = gate(x);
            return A(0.5) * (1 + g.t) + A(0.5) * x * (1 - g.t * g.t) * g.p1;
        }
    }
}

template <typename A> __device__ inline A second_derivative(Function<A> f, A x) {
    switch (f.kind) {
        case kLeakyReLU: return A(0);
        case kTanh: { const A y = tanh(x); return -2 * y * (1 - y * y); }
        case kSigmoid: { const A s = sigmoid(x); return s * (1 - s) * (1 - 2 * s); }
        case kSoftplus: { const A s = sigmoid(x); return s * (1 - s); }
        case kELU: return signbit(x) ? f.scale * f.alpha * exp(x) : A(0);
        case kSmoothELU: { const A s = sigmoid(2 * x + 2); return 2 * s * (1 - s); }
        case kSiLU: {
            const A s = sigmoid(x);
            return s * (1 - s) * (2 + x * (1 - 2 * s));
        }
        case kGELU: return normal_pdf(x) * (2 - x * x);
        default: {
            const auto g = gate(x);
            return (1 - g.t * g.t) * (g.p1 + x * (g.p2 / 2 - g.t * g.p1 * g.p1));
        }
    }
}

// x, u, y of n numbers, channels last; bias of one number a channel, or null: then u is
// x and is not written. A pack of V lies within one pixel's channels.
template <typename T, int V>
__global__ void forward(const T* x, const T* bias, T* u, T* y, Index n, int channels,
                        int kind, double alpha, double scale) {
    const Index at = first<V>(blockIdx.x, blockDim.x, threadIdx.x);
    if (at >= n) return;
    const Function<Wide<T>> f{kind, Wide<T>(alpha), Wide<T>(scale)};
    auto pack = read<T, V>(x, at);
    if (bias) {
        const auto add = read<T, V>(bias, at % channels);
        for (int i = 0; i < V; ++i)
            pack.v[i] = narrow<T>(widen(pack.v[i]) + widen(add.v[i]));
        write(u, at, pack);
    }
#pragma unroll
    for (int i = 0; i < V; ++i) pack.v[i] = narrow<T>(value(f, widen(pack.v[i])));
    write(y, at, pack);
}

// dx = f'(u) dy; with tx for dy it is the jvp.
template <typename T, int V>
__global__ void backward(const T* u, const T* dy, T* dx, Index n, int kind, double alpha,
                         double scale) {
    const Index at = first<V>(blockIdx.x, blockDim.x, threadIdx.x);
    if (at >= n) return;
    const Function<Wide<T>> f{kind, Wide<T>(alpha), Wide<T>(scale)};
    const auto x = read<T, V>(u, at), cotangent = read<T, V>(dy, at);
    Pack<T, V> found;
#pragma unroll
    for (int i = 0; i < V; ++i)
        found.v[i] = narrow<T>(first_derivative(f, widen(x.v[i])) * widen(cotangent.v[i]));
    write(dx, at, found);
}

// tdx = f''(u) tx dy + f'(u) tdy; tdy may be null, an exact zero.
template <typename T, int V>
__global__ void backward_jvp(const T* u, const T* dy, const T* tx, const T* tdy, T* tdx,
                             Index n, int kind, double alpha, double scale) {
    const Index at = first<V>(blockIdx.x, blockDim.x, threadIdx.x);
    if (at >= n) return;
    const Function<Wide<T>> f{kind, Wide<T>(alpha), Wide<T>(scale)};
    const auto x = read<T, V>(u, at), cotangent = read<T, V>(dy, at);
    const auto tangent = read<T, V>(tx, at);
    Pack<T, V> second{};
    if (tdy) second = read<T, V>(tdy, at);
#pragma unroll
    for (int i = 0; i < V; ++i) {
        const Wide<T> here = widen(x.v[i]);
        Wide<T> sum = second_derivative(f, here) * widen(tangent.v[i]) * widen(cotangent.v[i]);
        if (tdy) sum += first_derivative(f, here) * widen(second.v[i]);
        second.v[i] = narrow<T>(sum);
    }
    write(tdx, at, second);
}
