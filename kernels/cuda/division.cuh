// Division by a number that the launch knows: a product and a shift in place of it.
//
//     n / d  =  (n f / 2^32 + n) / 2^s      s = ceil(log2 d),  f = 2^32 (2^s - d) / d + 1
//
// all rounded down: exact for n < 2^31 (Granlund and Montgomery 1994, "Division by
// Invariant Integers using Multiplication"). The GPU has no instruction that divides; what
// the compiler writes for an unknown d is about five times as long, and kernels that only
// copy would spend their time on it. division.py makes d, f and s.
#pragma once

struct Divisor { unsigned by, factor, shift; };
struct Split { unsigned whole, rest; };  // n = whole * by + rest

__host__ __device__ inline Split split(unsigned n, Divisor d) {
    const unsigned high = (static_cast<unsigned long long>(n) * d.factor) >> 32;
    const unsigned whole = (high + n) >> d.shift;
    return {whole, n - whole * d.by};
}
