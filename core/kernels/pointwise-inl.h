// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The driver of losses whose elements are independent: it owns the loop, the tail, the weights and
// the sum; the loss is a functor on lanes that returns the value and writes the gradient.

#include <algorithm>
#include <cstddef>

#include "core/kernels/kernels.h"

#if defined(DETLOSS_CORE_KERNELS_POINTWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_POINTWISE_INL_H_
#undef DETLOSS_CORE_KERNELS_POINTWISE_INL_H_
#else
#define DETLOSS_CORE_KERNELS_POINTWISE_INL_H_
#endif

#include "core/kernels/sum-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// One group of 16 elements; the optional pointers are null as in Block.
template <class Loss, class T>
HWY_INLINE void PointwiseGroup(const Loss& loss, const Block<T>& block, LaneSum& sum) {
  const GroupTag<T> d;
  alignas(64) T values[kGroup];
  const auto value_scale = hn::Set(d, static_cast<T>(block.value_scale));
  const auto gradient_scale = hn::Set(d, static_cast<T>(block.gradient_scale));
  for (size_t i = 0; i < kGroup; i += hn::MaxLanes(d)) {
    auto gradient = hn::Zero(d);
    auto value = loss(d, hn::LoadU(d, block.prediction + i), hn::LoadU(d, block.target + i),
                      block.class_parameter ? block.class_parameter + i : nullptr, gradient);
    if (block.weight != nullptr) {
      const auto weight = hn::LoadU(d, block.weight + i);
      value = Weighted(d, weight, value);
      gradient = Weighted(d, weight, gradient);
    }
    hn::Store(value, d, values + i);
    if (block.value) hn::StoreU(hn::Mul(value, value_scale), d, block.value + i);
    if (block.gradient) hn::StoreU(hn::Mul(gradient, gradient_scale), d, block.gradient + i);
  }
  sum.Add(values);
}

template <class T>
HWY_INLINE Block<T> Advance(Block<T> block, size_t i) {
  block.prediction += i;
  block.target += i;
  if (block.weight) block.weight += i;
  if (block.class_parameter) block.class_parameter += i;
  if (block.value) block.value += i;
  if (block.gradient) block.gradient += i;
  return block;
}

// The last `count` < 16 elements, padded with elements of weight 0.
template <class Loss, class T>
HWY_INLINE void PointwiseTail(const Loss& loss, const Block<T>& block, size_t count, LaneSum& sum) {
  T prediction[kGroup] = {}, target[kGroup] = {}, weight[kGroup] = {}, parameter[kGroup] = {};
  T value[kGroup], gradient[kGroup];
  std::copy_n(block.prediction, count, prediction);
  std::copy_n(block.target, count, target);
  if (block.weight) {
    std::copy_n(block.weight, count, weight);
  } else {
    std::fill_n(weight, count, T{1});
  }
  if (block.class_parameter) std::copy_n(block.class_parameter, count, parameter);
  Block<T> padded = block;
  padded.prediction = prediction;
  padded.target = target;
  padded.weight = weight;
  if (block.class_parameter) padded.class_parameter = parameter;
  if (block.value) padded.value = value;
  if (block.gradient) padded.gradient = gradient;
  PointwiseGroup(loss, padded, sum);
  if (block.value) std::copy_n(value, count, block.value);
  if (block.gradient) std::copy_n(gradient, count, block.gradient);
}

template <class Loss, class T>
double RunPointwise(const ParameterValues& parameters, const Block<T>& block) {
  const Loss loss(parameters);
  LaneSum sum;
  size_t i = 0;
  for (; i + kGroup <= block.count; i += kGroup) PointwiseGroup(loss, Advance(block, i), sum);
  if (i < block.count) PointwiseTail(loss, Advance(block, i), block.count - i, sum);
  return sum.Total();
}

template <class Loss>
const LossKernels& PointwiseKernels() {
  static constexpr LossKernels kKernels = {&RunPointwise<Loss, float>, &RunPointwise<Loss, double>};
  return kKernels;
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#endif  // toggle
