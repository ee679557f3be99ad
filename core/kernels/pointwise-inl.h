// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The driver of losses whose elements are independent: it owns the loop, the tail, the weights and
// the sum; the loss is a functor on lanes that returns the value and writes the gradient.

#include <cstddef>

#include "core/kernels/kernels.h"

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

// Runs over a block group by group. Holds by value what the loop needs, so that nothing is read
// again after a store.
template <bool kGradient, class Loss, class T>
class PointwiseLoop {
  using D = GroupTag<T>;
  using V = hn::Vec<D>;

 public:
  HWY_INLINE PointwiseLoop(const Loss& loss, const Block<T>& block) : loss_(loss), scales_(block) {}

  HWY_INLINE BlockSum Run(const Block<T>& block) {
    ForEachGroup<1>(block, *this);
    return {sum_.Total(), predictions_.AllFinite() && targets_.AllFinite() && weights_.AllFinite()};
  }

  // The 16 elements from `begin` on.
  HWY_INLINE void Group(const Block<T>& block, size_t begin) {
    const D d;
    for (size_t lane = 0; lane < kGroup; lane += hn::MaxLanes(d)) {
      const size_t i = begin + lane;
      PrefetchAfter<1>(block.prediction + i, d);
      PrefetchAfter<1>(block.target + i, d);
      if constexpr (kGradient) PrefetchAfter<1>(block.gradient + i, d);
      const V prediction = LoadAll(d, block.prediction + i);
      const V target = LoadAll(d, block.target + i);
      predictions_.See(prediction);
      targets_.See(target);
      V gradient = hn::Zero(d);
      V value = loss_(d, prediction, target,
                      block.class_parameter ? block.class_parameter + i : nullptr, gradient);
      if (block.weight != nullptr) {
        const V weight = LoadAll(d, block.weight + i);
        weights_.See(weight);
        value = Weighted(d, weight, value);
        if constexpr (kGradient) gradient = Weighted(d, weight, gradient);
      }
      sum_.Add(d, lane, value);
      if (block.value) hn::StoreU(Scaled(d, scales_.value, value), d, block.value + i);
      if constexpr (kGradient) {
        hn::StoreU(Scaled(d, scales_.gradient, gradient), d, block.gradient + i);
      }
    }
  }

 private:
  const Loss loss_;
  const Scales<T> scales_;
  LaneSum sum_;
  FiniteCheck<T> predictions_, targets_, weights_;
};

template <class Loss, class T>
BlockSum RunPointwise(const ParameterValues& parameters, const Block<T>& block) {
  const Loss loss(parameters);
  const Block<T> local = block;
  if (local.gradient) return PointwiseLoop<true, Loss, T>(loss, local).Run(local);
  return PointwiseLoop<false, Loss, T>(loss, local).Run(local);
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
