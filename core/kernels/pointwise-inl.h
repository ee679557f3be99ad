// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The driver of losses whose elements are independent: it owns the loop, the tail, the weights and
// the sum; the loss is a functor on lanes that returns the value and writes the gradient.

#include <cstddef>

#include "core/kernels/kernels.h"
#include "core/kernels/tail.h"

#if defined(DETLOSS_CORE_KERNELS_POINTWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_POINTWISE_INL_H_
#undef DETLOSS_CORE_KERNELS_POINTWISE_INL_H_
#else
#define DETLOSS_CORE_KERNELS_POINTWISE_INL_H_
#endif

#include "core/kernels/group-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// One group of 16 elements; the optional pointers are null as in Block.
template <class Loss, class T>
HWY_INLINE void PointwiseGroup(const Loss& loss, const Block<T>& block, const Scales<T>& scales,
                               LaneSum& sum) {
  const GroupTag<T> d;
  alignas(64) T values[kGroup];
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
    if (block.value) hn::StoreU(Scaled(d, scales.value, value), d, block.value + i);
    if (block.gradient) hn::StoreU(Scaled(d, scales.gradient, gradient), d, block.gradient + i);
  }
  sum.Add(values);
}

template <class Loss, class T>
double RunPointwise(const ParameterValues& parameters, const Block<T>& block) {
  const Loss loss(parameters);
  const Scales<T> scales(block);
  LaneSum sum;
  size_t i = 0;
  for (; i + kGroup <= block.count; i += kGroup) {
    PointwiseGroup(loss, block.From(i), scales, sum);
  }
  if (i < block.count) {
    const Block<T> rest = block.From(i);
    const PaddedTail<T, 1, kGroup> tail(rest);
    PointwiseGroup(loss, tail.block(), scales, sum);
    tail.StoreResults();
  }
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
