// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The driver of box losses: it owns the loop, the tail, formats, weights, range safety and the sum;
// the loss is one formula over pairs of boxes, run on lanes for the value and on dual lanes for the
// value and the gradient by the corners.

#include <cstddef>
#include <limits>

#include "core/kernels/box_options.h"
#include "core/kernels/kernels.h"

#if defined(DETLOSS_CORE_KERNELS_BOX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_BOX_INL_H_
#undef DETLOSS_CORE_KERNELS_BOX_INL_H_
#else
#define DETLOSS_CORE_KERNELS_BOX_INL_H_
#endif

#include "core/kernels/box_pair-inl.h"
#include "core/kernels/group-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Lanes of boxes at `from`: four numbers each.
template <class D, class T, class V = hn::Vec<D>>
HWY_INLINE void LoadBoxes(D d, const Unaligned<T>* from, V* v) {
#if HWY_TARGET == HWY_SCALAR
  for (size_t k = 0; k < 4; ++k) v[k] = LoadAll(d, from + k);
#else
  constexpr size_t kLanes = hn::MaxLanes(D());
  const V a = LoadAll(d, from), b = LoadAll(d, from + kLanes);
  const V c = LoadAll(d, from + 2 * kLanes), e = LoadAll(d, from + 3 * kLanes);
  const V x_first = hn::ConcatEven(d, b, a), x_second = hn::ConcatEven(d, e, c);
  const V y_first = hn::ConcatOdd(d, b, a), y_second = hn::ConcatOdd(d, e, c);
  v[0] = hn::ConcatEven(d, x_second, x_first);
  v[1] = hn::ConcatEven(d, y_second, y_first);
  v[2] = hn::ConcatOdd(d, x_second, x_first);
  v[3] = hn::ConcatOdd(d, y_second, y_first);
#endif
}
template <class D, class T, class V = hn::Vec<D>>
HWY_INLINE void StoreBoxes(D d, const V* v, T* to) {
#if HWY_TARGET == HWY_SCALAR
  for (size_t k = 0; k < 4; ++k) hn::StoreU(v[k], d, to + k);
#else
  hn::StoreInterleaved4(v[0], v[1], v[2], v[3], d, to);
#endif
}

// Lanes of pairs of boxes as eight numbers, and what is computed of them.
template <class D>
struct BoxLanes {
  hn::Vec<D> v[8];
  hn::Vec<D> value, partial[4];
};

// The largest absolute number of each axis, whose numbers are every second of the eight.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V LargestOfAxis(D /*d*/, const V* v, size_t axis) {
  V largest = hn::Abs(v[axis]);
  for (size_t k = axis + 2; k < 8; k += 2) largest = hn::Max(largest, hn::Abs(v[k]));
  return largest;
}

template <class Loss, class D, bool kGradient>
struct BoxFormula {
  using V = hn::Vec<D>;
  using T = hn::TFromD<D>;

  // From corners to values, and to derivatives by the four numbers of the prediction. Returns where
  // they are right.
  template <BoxMode kMode>
  static HWY_INLINE hn::Mask<D> Run(const Loss& loss, const V* v, V x_unit, V y_unit, V& value,
                                    V* partial) {
    BoxPair<D, kGradient, kMode> boxes(v, x_unit, y_unit);
    const auto result = loss(boxes);
    value = result.value;
    for (size_t k = 0; k < (kGradient ? 4 : 0); ++k) partial[k] = result.partial[k];
    if constexpr (kGradient) FromCorners(D(), loss.options.format, partial);
    return boxes.IsRight(value);
  }

  // For any boxes: each axis has a scale of its own. Out of line: what has an address stays in no
  // register.
  static HWY_NOINLINE void RunCareful(Loss loss, BoxLanes<D>& lanes) {
    const D d;
    V scale[2];
    for (size_t axis = 0; axis < 2; ++axis) {
      scale[axis] = RangeScale(d, LargestOfAxis(d, lanes.v, axis));
    }
    for (size_t k = 0; k < 8; ++k) lanes.v[k] = hn::Mul(lanes.v[k], scale[k % 2]);
    ToCorners(d, loss.options.format, lanes.v);
    ToCorners(d, loss.options.format, lanes.v + 4);
    const V common = hn::Min(scale[0], scale[1]);
    // Not 0: an axis along which boxes are flat has a distance all the same.
    const V least = hn::Set(d, std::numeric_limits<T>::min());
    Run<BoxMode::kCareful>(loss, lanes.v, hn::Max(hn::Div(common, scale[0]), least),
                           hn::Max(hn::Div(common, scale[1]), least), lanes.value, lanes.partial);
    for (size_t k = 0; k < (kGradient ? 4 : 0); ++k) {
      lanes.partial[k] = hn::Mul(lanes.partial[k], scale[k % 2]);
    }
  }

  // EXACT: the fast way, and where it is not right the careful one. Which one it is depends on each
  // pair of boxes alone.
  static HWY_INLINE void RunExact(const Loss& loss, const V* v, V& value, V* partial) {
    const D d;
    const V one = hn::Set(d, 1);
    V corners[8];
    for (size_t k = 0; k < 8; ++k) corners[k] = v[k];
    ToCorners(d, loss.options.format, corners);
    ToCorners(d, loss.options.format, corners + 4);
    const auto right = Run<BoxMode::kOrdinary>(loss, corners, one, one, value, partial);
    if (HWY_LIKELY(hn::AllTrue(d, right))) return;
    BoxLanes<D> lanes;
    for (size_t k = 0; k < 8; ++k) lanes.v[k] = v[k];
    RunCareful(loss, lanes);
    value = hn::IfThenElse(right, value, lanes.value);
    for (size_t k = 0; k < (kGradient ? 4 : 0); ++k) {
      partial[k] = hn::IfThenElse(right, partial[k], lanes.partial[k]);
    }
  }

  static HWY_INLINE void RunTorchvision(const Loss& loss, V* v, V& value, V* partial) {
    const D d;
    ToCorners(d, loss.options.format, v);
    ToCorners(d, loss.options.format, v + 4);
    Run<BoxMode::kTorchvision>(loss, v, hn::Set(d, 1), hn::Set(d, 1), value, partial);
  }
};

// Runs over a block, group by group.
template <bool kGradient, bool kExact, class Loss, class T>
class BoxLoop {
  using D = GroupTag<T>;
  using V = hn::Vec<D>;
  using Formula = BoxFormula<Loss, D, kGradient>;

 public:
  HWY_INLINE BoxLoop(const Loss& loss, const Block<T>& block) : loss_(loss), scales_(block) {}

  HWY_INLINE BlockSum Run(const Block<T>& block) {
    ForEachGroup<4>(block, *this);
    return {sum_.Total(), check_.AllFinite()};
  }

  // The 16 boxes from `begin` on.
  HWY_INLINE void Group(const Block<T>& block, size_t begin) {
    const D d;
    for (size_t lane = 0; lane < kGroup; lane += hn::MaxLanes(d)) {
      const size_t i = begin + lane;
      PrefetchAfter<4>(block.prediction + 4 * i, d);
      PrefetchAfter<4>(block.target + 4 * i, d);
      if constexpr (kGradient) PrefetchAfter<4>(block.gradient + 4 * i, d);
      V v[8], partial[4];
      LoadBoxes(d, block.prediction + 4 * i, v);
      LoadBoxes(d, block.target + 4 * i, v + 4);
      // 0 for finite boxes, NaN for others: max and min would hide a NaN.
      V poison = hn::Zero(d);
      for (const V& number : v) poison = hn::MulAdd(number, hn::Zero(d), poison);
      check_.See(poison);
      V value = hn::Add(Lanes(v, partial), poison);
      V weight = hn::Set(d, 1);
      if (block.weight) {
        weight = LoadAll(d, block.weight + i);
        check_.See(weight);
        value = Weighted(d, weight, value);
      }
      sum_.Add(d, lane, value);
      if (block.value) hn::StoreU(Scaled(d, scales_.value, value), d, block.value + i);
      if constexpr (kGradient) {
        // A weight of 0 hides what is not finite, too.
        if (block.weight) poison = hn::IfThenZeroElse(hn::Eq(weight, hn::Zero(d)), poison);
        for (V& p : partial) p = block.weight ? Weighted(d, weight, p) : p;
        for (V& p : partial) p = Scaled(d, scales_.gradient, p, poison);
        StoreBoxes(d, partial, block.gradient + 4 * i);
      }
    }
  }

 private:
  // From the eight numbers of lanes of pairs to their values, unweighted; writes the derivatives by
  // the four numbers of the prediction.
  HWY_INLINE V Lanes(V* v, V* partial) {
    V value;
    if constexpr (kExact) {
      Formula::RunExact(loss_, v, value, partial);
    } else {
      Formula::RunTorchvision(loss_, v, value, partial);
    }
    return value;
  }

  const Loss loss_;
  const Scales<T> scales_;
  LaneSum sum_;
  FiniteCheck<T> check_;
};

template <bool kExact, class Loss, class T>
BlockSum RunBoxesOf(const Loss& loss, const Block<T>& block) {
  const Block<T> local = block;
  if (local.gradient) return BoxLoop<true, kExact, Loss, T>(loss, local).Run(local);
  return BoxLoop<false, kExact, Loss, T>(loss, local).Run(local);
}

template <class Loss, class T>
BlockSum RunBoxes(const ParameterValues& parameters, const Block<T>& block) {
  const Loss loss(parameters);
  if (loss.options.convention == Convention::kExact) return RunBoxesOf<true>(loss, block);
  return RunBoxesOf<false>(loss, block);
}

template <class Loss>
const LossKernels& BoxKernels() {
  static constexpr LossKernels kKernels = {&RunBoxes<Loss, float>, &RunBoxes<Loss, double>};
  return kKernels;
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#endif  // toggle
