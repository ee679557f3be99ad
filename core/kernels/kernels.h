// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What a kernel is: one function from a block of inputs to a block of outputs and a sum. Whatever
// else a request may ask for (storage types, broadcasting, reductions, segments, threads) is done
// before or after, once for all losses.

#ifndef DETLOSS_CORE_KERNELS_KERNELS_H_
#define DETLOSS_CORE_KERNELS_KERNELS_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "detloss/registry.h"

namespace detloss {

// The logarithm of the sum of the exponentials of a row, as two numbers: their sum would round the
// second one away where logits are large.
struct LogNormalizer {
  double max;      // the largest logit
  double log_sum;  // the logarithm of the sum relative to it

  // The logarithm of the probability of a class.
  template <class T>
  double LogProbability(T logit) const {
    return (static_cast<double>(logit) - max) - log_sum;
  }
};

// A number of type T at any address. Requests are read where the network left them, which need not
// be where a T may be.
template <class T>
struct Unaligned {
  std::byte bytes[sizeof(T)];

  operator T() const {
    T number;
    std::memcpy(&number, bytes, sizeof number);
    return number;
  }
};

template <class T>
const Unaligned<T>* AsUnaligned(const T* numbers) {
  static_assert(sizeof(Unaligned<T>) == sizeof(T) && alignof(Unaligned<T>) == 1);
  return reinterpret_cast<const Unaligned<T>*>(numbers);
}
template <class T>
const Unaligned<T>* AsUnaligned(const std::byte* bytes) {
  return reinterpret_cast<const Unaligned<T>*>(bytes);
}

// A block of items: elements of pointwise losses, rows of softmax losses, or boxes. T is the type
// of computation. What is written needs the alignment of T, what is read needs none.
template <class T>
struct Block {
  size_t count = 0;  // items
  size_t width = 1;  // elements of prediction for each item: 1, classes, or 4

  const Unaligned<T>* prediction = nullptr;  // [count, width]
  const Unaligned<T>* target = nullptr;      // [count, width]; null with class indices
  const int64_t* index = nullptr;            // [count] in [0, width); null unless class indices
  const Unaligned<T>* weight = nullptr;      // [count]; null is 1; 0 excludes the item
  const T* class_parameter = nullptr;        // pointwise [count], softmax [width]; null if absent

  // Finite.
  double value_scale = 1;     // multiplies what goes to `value` and `class_value`
  double gradient_scale = 1;  // multiplies what goes to `gradient`

  T* value = nullptr;     // [count], weighted; null if not wanted
  T* gradient = nullptr;  // [count, width], weighted; null if not wanted

  // Of softmax losses, for statistics; null if not wanted.
  LogNormalizer* log_normalizer = nullptr;  // [count]
  T* class_value = nullptr;                 // [count, width], what each class adds to the value

  // The items from `i` on of a pointwise or box block.
  Block From(size_t i) const {
    Block rest = *this;
    rest.count -= i;
    rest.prediction += i * width;
    if (target) rest.target += i * width;
    if (weight) rest.weight += i;
    if (class_parameter) rest.class_parameter += i;
    if (value) rest.value += i;
    if (gradient) rest.gradient += i * width;
    return rest;
  }
};

// A number of the request in the type of computation. Beyond that type's range it becomes the end
// of the range: what is finite stays finite, and what is not 0 stays so.
template <class T>
T InRange(double x) {
  if (x == 0) return T{0};
  constexpr auto kMin = static_cast<double>(std::numeric_limits<T>::min());
  constexpr auto kMax = static_cast<double>(std::numeric_limits<T>::max());
  return static_cast<T>(std::copysign(std::clamp(std::abs(x), kMin, kMax), x));
}

// A factor of any finite size as two numbers of T, which multiply one after the other: its own size
// may be beyond T where that of the product is not.
template <class T>
struct Factor {
  explicit Factor(double x) : first(static_cast<T>(x)) {
    const double size = std::abs(x);
    if (x == 0 || (size >= kMin && size <= kMax)) return;
    int exponent = 0;
    const double mantissa = std::frexp(x, &exponent);
    const int of_second = std::clamp(exponent, -kExponents, kExponents) / 2;
    first = static_cast<T>(
        std::ldexp(mantissa, std::clamp(exponent, -kExponents, kExponents) - of_second));
    second = static_cast<T>(std::ldexp(1.0, of_second));
  }

  T first, second = 1;

 private:
  static constexpr auto kMin = static_cast<double>(std::numeric_limits<T>::min());
  static constexpr auto kMax = static_cast<double>(std::numeric_limits<T>::max());
  // A number of T times more than this is beyond T, or nothing.
  static constexpr int kExponents = 2 * (std::numeric_limits<T>::max_exponent - 2);
};

// What a kernel returns.
struct BlockSum {
  double value = 0;    // the sum of the weighted values, without value_scale
  bool finite = true;  // whether all of prediction, target and weight are
};

// Computes a block.
template <class T>
using Kernel = BlockSum (*)(const ParameterValues&, const Block<T>&);

// The kernels of a loss for one SIMD target.
struct LossKernels {
  Kernel<float> float32;
  Kernel<double> float64;
};

// Items per block: the unit of work, of summation and of gathering. Part of the result's bits.
inline constexpr size_t kBlockElements = 4096;
inline constexpr size_t kBlockBoxes = 1024;

}  // namespace detloss

#endif  // DETLOSS_CORE_KERNELS_KERNELS_H_
