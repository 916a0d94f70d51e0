// Of many tensors at once: sums of squares, and copies.
//
//     squares    sum of x^2 in double, for every tensor: in two launches, in one order
//     copy       y <- x, as bytes
//
// A sum of squares tells the norm of a gradient, and whether all of its numbers are finite:
// squares of floats cannot overflow in double.
#include "tensors.cuh"

template <typename T> struct Squares {
    const T* x;
    double found = 0;

    template <int V> __device__ void at(int i) {
        const auto read_here = read<T, V>(x, i);
#pragma unroll
        for (int j = 0; j < V; ++j) {
            const double xj = static_cast<double>(widen(read_here.v[j]));
            found += xj * xj;
        }
    }
};

// part (chunks,).
template <typename T> __global__ void squares(Tensors all, int chunk, double* part) {
    const Work my = work(all, chunk);
    Squares<T> sum{column<const T>(all, my, 0)};
    over<16 / sizeof(T)>(all, my, sum);
    const double found = block_sum(sum.found);
    if (threadIdx.x == 0) part[blockIdx.x] = found;
}

// The sum over the chunks of tensor number blockIdx.x, to total[blockIdx.x].
__global__ void totals(Tensors all, const double* part, double* total) {
    const int tensor = static_cast<int>(blockIdx.x);
    double found = 0;
    for (int i = all.first[tensor] + static_cast<int>(threadIdx.x);
         i < all.first[tensor + 1]; i += static_cast<int>(blockDim.x))
        found += part[i];
    found = block_sum(found);
    if (threadIdx.x == 0) total[tensor] = found;
}

struct Copy {
    const unsigned char* x;
    unsigned char* y;

    template <int V> __device__ void at(int i) {
        write(y, i, read<unsigned char, V>(x, i));
    }
};

// Columns x and y; sizes in bytes.
__global__ void copy(Tensors all, int chunk) {
    const Work my = work(all, chunk);
    Copy rule{column<unsigned char>(all, my, 0), column<unsigned char>(all, my, 1)};
    over<16>(all, my, rule);
}
