// StyleGAN2's demodulation (Karras et al. 2020, eq. 3): what gives each output of a
// modulated convolution unit scale.
//
// Style s (N, C), weights W (taps, C, O), d (N, O). With the sums over taps and channels,
//
//     Q   = sum of W^2 (C, O)       p = s^2 Q + eps       d = p^(-1/2)
//
//     jvp            td  = -d^3 (s ts) Q
//     backward       dp  = -1/2 d^3 dd
//                    ds  = 2 s (dp Q')                  dW  = 2 W ((s^2)' dp)
//     backward_jvp   tdp = -1/2 (3 d^2 td dd + d^3 tdd)
//                    tds = 2 ts (dp Q') + 2 s (tdp Q')
//                    tdW = 2 W ((2 s ts)' dp + (s^2)' tdp)
//
// with ' for transposed. The matrices are small, N at most 64 and C, O at most 512, and
// each product here makes its operands from s and d as it goes and ends in what the layer
// asks for: a verb is one or two launches and no matrix but Q is kept. Sums run over
// Wide<T>, where d^3 does not overflow.
//
// NumPy twin: `demodulation` of the layers.
#include "common.cuh"

constexpr int kRows = 8;  // warps of a block

struct Sizes { Index samples, channels, outputs; };

template <typename A> __device__ inline A cotangent(A d, A dd) { return -d * d * d * dd / 2; }

template <typename A> __device__ inline A cotangent_tangent(A d, A dd, A td, A tdd) {
    return -(3 * d * d * td * dd + d * d * d * tdd) / 2;
}

// Q, of `size` = C O numbers.
template <typename T, int V>
__global__ void squares(const T* W, Wide<T>* Q, int taps, Index size) {
    const Index at = first<V>(blockIdx.x, blockDim.x, threadIdx.x);
    if (at >= size) return;
    Pack<Wide<T>, V> sum{};
    for (int tap = 0; tap < taps; ++tap) {
        const auto pack = read<T, V>(W, tap * size + at);
#pragma unroll
        for (int i = 0; i < V; ++i) sum.v[i] += widen(pack.v[i]) * widen(pack.v[i]);
    }
    write(Q, at, sum);
}

// A block's 8 samples and 32 outputs: warp w has every 8th channel from w on, for all
// samples, and what it adds up goes to warp n, which has sample n.
struct Output { Index sample, output; bool inside; };

__device__ inline Output output_of(const Sizes& sizes) {
    const unsigned across = (sizes.outputs + kWarp - 1) / kWarp;
    const Index sample = first<1>(blockIdx.x / across, kRows, threadIdx.x / kWarp);
    const Index output = first<1>(blockIdx.x % across, kWarp, threadIdx.x % kWarp);
    return {sample, output, sample < sizes.samples && output < sizes.outputs};
}

// ((a b) Q) of this thread's output. Synchronises the block.
template <typename T>
__device__ inline Wide<T> times_squares(const T* a, const T* b, const Wide<T>* Q,
                                        const Sizes& sizes, const Output& at) {
    using A = Wide<T>;
    __shared__ A shown[kRows][kRows][kWarp];
    const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp;
    const Index output = min(at.output, sizes.outputs - 1);  // where outside, any
    A sums[kRows] = {};
#pragma unroll 2
    for (Index c = warp; c < sizes.channels; c += kRows) {
        const A q = Q[c * sizes.outputs + output];
#pragma unroll
        for (int n = 0; n < kRows; ++n) {
            const Index sample = min(at.sample - warp + n, sizes.samples - 1);
            const Index from = sample * sizes.channels + c;
            sums[n] += widen(a[from]) * widen(b[from]) * q;
        }
    }
#pragma unroll
    for (int n = 0; n < kRows; ++n) shown[n][warp][lane] = sums[n];
    __syncthreads();
    A sum = 0;
#pragma unroll
    for (int w = 0; w < kRows; ++w) sum += shown[warp][w][lane];
    return sum;
}

template <typename T>
__global__ void forward(const T* s, const Wide<T>* Q, T* d, Index samples, Index channels,
                        Index outputs, double eps) {
    const Sizes sizes{samples, channels, outputs};
    const Output at = output_of(sizes);
    const Wide<T> p = times_squares(s, s, Q, sizes, at) + Wide<T>(eps);
    if (at.inside) d[at.sample * outputs + at.output] = narrow<T>(1 / sqrt(p));
}

template <typename T>
__global__ void jvp(const T* s, const Wide<T>* Q, const T* d, const T* ts, T* td,
                    Index samples, Index channels, Index outputs) {
    const Sizes sizes{samples, channels, outputs};
    const Output at = output_of(sizes);
    const Wide<T> half = times_squares(s, ts, Q, sizes, at);  // of tp
    if (!at.inside) return;
    const Index to = at.sample * outputs + at.output;
    td[to] = narrow<T>(cotangent(widen(d[to]), 2 * half));
}

// ds, or tds where kTangent, plus `more` (N, C), which may be null. A warp has 4 samples
// and 2 channels, and its lanes every 32nd output.
template <typename T, bool kTangent>
__global__ void style(const T* s, const Wide<T>* Q, const T* d, const T* dd, const T* ts,
                      const T* td, const T* tdd, const T* more, T* found, Index samples,
                      Index channels, Index outputs) {
    using A = Wide<T>;
    constexpr int kSamples = 4, kChannels = 2;
    const int lane = threadIdx.x % kWarp;
    const Index warp = first<1>(blockIdx.x, kRows, threadIdx.x / kWarp);
    const Index across = (channels + kChannels - 1) / kChannels;
    const Index sample = warp / across * kSamples, channel = warp % across * kChannels;
    A sums[kSamples][kChannels] = {}, moved[kSamples][kChannels] = {};
    for (Index o = lane; o < outputs; o += kWarp) {
        A q[kChannels];
#pragma unroll
        for (int c = 0; c < kChannels; ++c)
            q[c] = Q[min(channel + c, channels - 1) * outputs + o];
#pragma unroll
        for (int n = 0; n < kSamples; ++n) {
            const Index from = min(sample + n, samples - 1) * outputs + o;
            const A scale = widen(d[from]), pulled = widen(dd[from]);
            const A dp = cotangent(scale, pulled);
#pragma unroll
            for (int c = 0; c < kChannels; ++c) sums[n][c] += dp * q[c];
            if (!kTangent) continue;
            const A tdp = cotangent_tangent(scale, pulled, widen(td[from]), widen(tdd[from]));
#pragma unroll
            for (int c = 0; c < kChannels; ++c) moved[n][c] += tdp * q[c];
        }
    }
    A sum = 0, along = 0;  // of the sample and channel whose number is the lane's
#pragma unroll
    for (int i = 0; i < kSamples * kChannels; ++i) {
        const A whole = warp_sum(sums[i / kChannels][i % kChannels]);
        const A tangent = kTangent ? warp_sum(moved[i / kChannels][i % kChannels]) : A(0);
        if (lane == i) sum = whole, along = tangent;
    }
    const Index n = sample + lane / kChannels, c = channel + lane % kChannels;
    if (lane >= kSamples * kChannels || n >= samples || c >= channels) return;
    const Index to = n * channels + c;
    const A before = more ? widen(more[to]) : A(0), by = widen(s[to]);
    if constexpr (kTangent)
        found[to] = narrow<T>(2 * widen(ts[to]) * sum + 2 * by * along + before);
    else
        found[to] = narrow<T>(2 * by * sum + before);
}

// dW, or tdW where kTangent, plus `more`, which may be null. A thread has 4 channels of
// one output and all taps.
template <typename T, bool kTangent>
__global__ void weights(const T* s, const T* W, const T* d, const T* dd, const T* ts,
                        const T* td, const T* tdd, const T* more, T* found, int taps,
                        Index samples, Index channels, Index outputs) {
    using A = Wide<T>;
    constexpr int kChannels = 4;
    const unsigned across = (outputs + kWarp - 1) / kWarp;
    const Index o = first<1>(blockIdx.x % across, kWarp, threadIdx.x % kWarp);
    const Index channel = first<1>(blockIdx.x / across, kRows, threadIdx.x / kWarp) * kChannels;
    if (o >= outputs) return;
    A dQ[kChannels] = {};
#pragma unroll 2
    for (Index n = 0; n < samples; ++n) {
        const Index from = n * outputs + o;
        const A scale = widen(d[from]), pulled = widen(dd[from]);
        const A dp = cotangent(scale, pulled);
        A tdp = 0;
        if constexpr (kTangent)
            tdp = cotangent_tangent(scale, pulled, widen(td[from]), widen(tdd[from]));
#pragma unroll
        for (int c = 0; c < kChannels; ++c) {
            const Index at = n * channels + min(channel + c, channels - 1);
            const A by = widen(s[at]);
            if constexpr (kTangent)
                dQ[c] += 2 * by * widen(ts[at]) * dp + by * by * tdp;
            else
                dQ[c] += by * by * dp;
        }
    }
    for (int tap = 0; tap < taps; ++tap) {
#pragma unroll
        for (int c = 0; c < kChannels; ++c) {
            if (channel + c >= channels) continue;
            const Index to = (tap * channels + channel + c) * outputs + o;
            const A before = more ? widen(more[to]) : A(0);
            found[to] = narrow<T>(2 * widen(W[to]) * dQ[c] + before);
        }
    }
}
