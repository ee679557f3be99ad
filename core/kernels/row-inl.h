// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The driver of softmax losses: per row a maximum, the exponentials with their sum, and the
// gradient, which is made of these exponentials where it stands. All are cross entropy; a loss is a
// policy that says how the target is smoothed, and from the log-probability of the label what
// multiplies value and gradient. The driver owns targets, class weights and row weights.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "core/kernels/kernels.h"

#if defined(DETLOSS_CORE_KERNELS_ROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_ROW_INL_H_
#undef DETLOSS_CORE_KERNELS_ROW_INL_H_
#else
#define DETLOSS_CORE_KERNELS_ROW_INL_H_
#endif

#include "core/kernels/group-inl.h"
#include "core/kernels/math-inl.h"
#include "core/kernels/row_target-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The largest of `count` numbers. Of a row with a NaN anything: its exponential spoils the row.
template <class T>
HWY_INLINE T RowMax(const Unaligned<T>* row, size_t count, FiniteCheck<T>& check) {
  const GroupTag<T> d;
  FiniteCheck<T> local = check;
  auto max = hn::Neg(Infinity(d));
  // Where nothing is left it counts as the first, which changes no maximum.
  const auto first = hn::Set(d, row[0]);
  ForEachVector(d, count, [&](size_t c, size_t /*lane*/, size_t left) HWY_ATTR {
    PrefetchAfter<1>(row + c, d);
    const auto x = LoadPart(d, row + c, left, first);
    max = hn::Max(x, max);
    local.See(x);
  });
  check = local;
  return hn::GetLane(hn::MaxOfLanes(d, max));
}

// Writes e_c = e^(x_c - max) to `exp`, unless it is null, and returns their sum without one that is
// 1: added to it, those of a row that is nearly certain would be rounded away.
template <class T>
HWY_INLINE double SumOfOthers(const Unaligned<T>* row, size_t count, T max, T* exp) {
  const GroupTag<T> d;
  const auto one = hn::Set(d, 1);
  LaneSum below_one;
  size_t ones = 0;
  ForEachVector(d, count, [&](size_t c, size_t lane, size_t left) HWY_ATTR {
    const auto x = LoadPart(d, row + c, left, hn::Neg(Infinity(d)));
    // Infinity less itself is NaN, and stays.
    const auto e = Exponential(d, hn::Sub(x, hn::Set(d, max)));
    const auto is_one = hn::Eq(e, one);
    ones += hn::CountTrue(d, is_one);
    below_one.Add(d, lane, hn::IfThenZeroElse(is_one, e));
    if (exp == nullptr) return;
    PrefetchAfter<1>(exp + c, d);
    StorePart(d, e, exp + c, left);
  });
  return below_one.Total() + (static_cast<double>(ones) - 1);
}

// log(1 + x) of a group.
HWY_INLINE void LogSums(const double* HWY_RESTRICT others, double* HWY_RESTRICT log_sums) {
  const GroupTag<double> d;
  for (size_t i = 0; i < kGroup; i += hn::MaxLanes(d)) {
    hn::Store(Logarithm1p(d, hn::Load(d, others + i)), d, log_sums + i);
  }
}

// The product of finite factors is finite: what is nothing stays nothing when it multiplies it.
inline double FiniteProduct(double a, double b) {
  const double product = a * b;
  const bool beyond = std::isinf(product) && std::isfinite(a) && std::isfinite(b);
  return beyond ? std::copysign(std::numeric_limits<double>::max(), product) : product;
}

// Turns the e_c of a row with a label into gradients: those of the other classes are scale q p_c,
// and that of the label is scale q (p - 1).
template <class T>
HWY_INLINE void LabelGradient(const RowTarget<T>& target, size_t classes, double others,
                              double scale, T* gradient) {
  const GroupTag<T> d;
  const double factor = FiniteProduct(scale, target.LabelMass()) / (1 + others);
  const auto e = static_cast<double>(gradient[target.label]);
  const Factor<T> of_exp(factor);
  ForEachVector(d, classes, [&](size_t c, size_t /*lane*/, size_t left) HWY_ATTR {
    T* const part = gradient + c;
    StorePart(d, Scaled(d, of_exp, LoadPart(d, part, left, hn::Zero(d))), part, left);
  });
  // p - 1 without a difference where the row is nearly certain of its label, whose e is 1.
  gradient[target.label] = static_cast<T>(factor * ((e - 1) - others));
}

// Turns the e_c of a row into gradients scale (mass p_c - q_c), with p_c = e_c / (1 + others). What
// is nearly equal is subtracted first, so that a row that is nearly certain keeps its digits.
template <class T>
HWY_INLINE void DenseGradient(const RowTarget<T>& target, size_t classes, double others,
                              double mass, double scale, T* gradient) {
  const GroupTag<double> d;
  const auto factor = hn::Set(d, scale / (1 + others));
  ForEachVector(d, classes, [&](size_t c, size_t /*lane*/, size_t left) HWY_ATTR {
    const auto q = target.Masses(d, c, left);
    const auto e = LoadPartAsDouble(d, gradient + c, left);
    const auto difference = hn::MulSub(hn::Set(d, mass), e, q);
    const auto slope = hn::NegMulAdd(q, hn::Set(d, others), difference);
    StorePartOfDouble(d, hn::Mul(factor, slope), gradient + c, left);
  });
}

// What multiplies value and gradient of cross entropy.
struct Focus {
  double value = 1;
  double gradient = 1;
};

// Runs over a block, 16 rows at a time: so their logarithms fill vectors, and the sum runs over 16
// virtual lanes as in the other families.
template <class Loss, class T>
class RowLoop {
 public:
  RowLoop(const Loss& loss, const Block<T>& block) : loss_(loss), block_(block) {}

  BlockSum Run() {
    const GroupTag<double> d;
    LaneSum sum;
    for (size_t first = 0; first < block_.count; first += kGroup) {
      alignas(64) double values[kGroup] = {};
      Rows(first, std::min(block_.count - first, kGroup), values);
      for (size_t lane = 0; lane < kGroup; lane += hn::MaxLanes(d)) {
        sum.Add(d, lane, hn::Load(d, values + lane));
      }
    }
    return {sum.Total(), finite_weights_ && check_.AllFinite()};
  }

 private:
  HWY_INLINE void Rows(size_t first, size_t count, double* values) {
    T max[kGroup];
    alignas(64) double others[kGroup] = {}, log_sums[kGroup];
    for (size_t i = 0; i < count; ++i) {
      const auto* row = RowOf(block_.prediction, first + i);
      max[i] = RowMax(row, block_.width, check_);
      others[i] = SumOfOthers(row, block_.width, max[i], RowOf(block_.gradient, first + i));
    }
    LogSums(others, log_sums);
    for (size_t i = 0; i < count; ++i) {
      const LogNormalizer normalizer = {static_cast<double>(max[i]), log_sums[i]};
      values[i] = Finish(first + i, normalizer, others[i]);
    }
  }

  // The value of row r; writes whatever else is wanted of it.
  HWY_INLINE double Finish(size_t r, const LogNormalizer& normalizer, double others) {
    const RowTarget<T> target(block_, r, loss_.smoothing());
    if (target.distribution) SeeAll(target.distribution);
    const double weight = block_.weight ? static_cast<double>(block_.weight[r]) : 1;
    finite_weights_ = finite_weights_ && std::isfinite(weight);
    if (weight == 0) return Exclude(r);
    const auto* row = RowOf(block_.prediction, r);
    const RowSums sums = SumTarget(target, row, block_.width, normalizer);
    const Focus focus =
        target.dense() ? Focus() : loss_.FocusAt(normalizer.LogProbability(row[target.label]));
    const double value = weight * focus.value * sums.value;
    if (block_.value) block_.value[r] = static_cast<T>(block_.value_scale * value);
    if (T* gradient = RowOf(block_.gradient, r)) {
      const double scale =
          FiniteProduct(FiniteProduct(block_.gradient_scale, weight), focus.gradient);
      if (target.dense()) {
        DenseGradient(target, block_.width, others, sums.mass, scale, gradient);
      } else {
        LabelGradient(target, block_.width, others, scale, gradient);
      }
    }
    if (block_.log_normalizer) block_.log_normalizer[r] = normalizer;
    if (T* class_value = RowOf(block_.class_value, r)) {
      const double scale = FiniteProduct(FiniteProduct(block_.value_scale, weight), focus.value);
      RowClassValue(target, row, block_.width, normalizer, scale, class_value);
    }
    return value;
  }

  double Exclude(size_t r) {
    for (T* array : {RowOf(block_.gradient, r), RowOf(block_.class_value, r)}) {
      if (array) std::fill_n(array, block_.width, T{0});
    }
    if (block_.value) block_.value[r] = 0;
    return 0;
  }

  HWY_INLINE void SeeAll(const Unaligned<T>* row) {
    const GroupTag<T> d;
    FiniteCheck<T> local = check_;
    ForEachVector(d, block_.width, [&](size_t c, size_t /*lane*/, size_t left) HWY_ATTR {
      local.See(LoadPart(d, row + c, left, hn::Zero(d)));
    });
    check_ = local;
  }

  // Row r of an array [count, width] that may be null.
  template <class U>
  U* RowOf(U* array, size_t r) const {
    return array ? array + r * block_.width : nullptr;
  }

  const Loss loss_;
  const Block<T> block_;
  FiniteCheck<T> check_;  // of prediction and target
  bool finite_weights_ = true;
};

template <class Loss, class T>
BlockSum RunRows(const ParameterValues& parameters, const Block<T>& block) {
  return RowLoop<Loss, T>(Loss(parameters), block).Run();
}

template <class Loss>
const LossKernels& RowKernels() {
  static constexpr LossKernels kKernels = {&RunRows<Loss, float>, &RunRows<Loss, double>};
  return kKernels;
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#endif  // toggle
