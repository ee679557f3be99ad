// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The samples of a block of a classification loss by difficulty.

#include <cstddef>

#include "core/kernels/kernels.h"
#include "core/kernels/statistics.h"

#if defined(DETLOSS_CORE_KERNELS_SAMPLE_STATISTICS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_SAMPLE_STATISTICS_INL_H_
#undef DETLOSS_CORE_KERNELS_SAMPLE_STATISTICS_INL_H_
#else
#define DETLOSS_CORE_KERNELS_SAMPLE_STATISTICS_INL_H_
#endif

#include "core/kernels/group-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Lanes of samples, in binary64.
struct SampleLanes {
  using D = GroupTag<double>;
  hn::Mask<D> there, positive, probable;  // `positive` and `probable` also where none is there
  hn::Vec<D> loss, gradient;
};

// A SampleGroup, lane by lane.
class GroupLanes {
  using D = GroupTag<double>;

 public:
  HWY_INLINE GroupLanes() {}  // NOLINT: an implicit one is not compiled for the target

  HWY_INLINE void Add(size_t lane, hn::Mask<D> members, const SampleLanes& samples) {
    const D d;
    count_ += hn::CountTrue(d, members);
    losses_.AddWhere(d, lane, members, samples.loss);
    gradients_.AddWhere(d, lane, members, hn::Abs(samples.gradient));
  }

  HWY_INLINE SampleGroup Total() const {
    return {.count = static_cast<int64_t>(count_),
            .loss_sum = losses_.Total(),
            .gradient_abs_sum = gradients_.Total()};
  }

 private:
  size_t count_ = 0;
  LaneSum losses_, gradients_;
};

// The four groups.
class SampleSums {
  using D = GroupTag<double>;

 public:
  HWY_INLINE SampleSums() {}  // NOLINT: an implicit one is not compiled for the target

  HWY_INLINE void Add(size_t lane, const SampleLanes& samples) {
    const D d;
    const auto negative = hn::AndNot(samples.positive, samples.there);
    easy_negative_.Add(lane, hn::AndNot(samples.probable, negative), samples);
    hard_negative_.Add(lane, hn::And(negative, samples.probable), samples);
    const auto positive = hn::And(samples.there, samples.positive);
    if (HWY_LIKELY(hn::AllFalse(d, positive))) return;  // they are few
    easy_positive_.Add(lane, hn::And(positive, samples.probable), samples);
    hard_positive_.Add(lane, hn::AndNot(samples.probable, positive), samples);
  }

  HWY_INLINE void StoreTotals(Statistics& statistics) const {
    statistics.easy_positive = easy_positive_.Total();
    statistics.hard_positive = hard_positive_.Total();
    statistics.easy_negative = easy_negative_.Total();
    statistics.hard_negative = hard_negative_.Total();
  }

 private:
  GroupLanes easy_positive_, hard_positive_, easy_negative_, hard_negative_;
};

template <class T>
HWY_INLINE void SumSigmoidSamples(const StatisticsFacts& facts, const Block<T>& block,
                                  StatisticsSums& sums) {
  const GroupTag<double> d;
  const auto threshold = hn::Set(d, facts.logit_threshold), half = hn::Set(d, 0.5);
  SampleSums samples;
  ForEachVector(d, block.count, [&](size_t i, size_t lane, size_t left) HWY_ATTR {
    SampleLanes lanes;
    lanes.there = Included(d, block.weight, i, left);
    lanes.positive = hn::Ge(LoadPartAsDouble(d, block.target + i, left), half);
    lanes.probable = hn::Ge(LoadPartAsDouble(d, block.prediction + i, left), threshold);
    lanes.loss = LoadPartAsDouble(d, block.value + i, left);
    lanes.gradient = LoadPartAsDouble(d, block.gradient + i, left);
    samples.Add(lane, lanes);
  });
  samples.StoreTotals(sums.counts);
}

// The loss of row r is what its classes add to it.
template <class T>
HWY_INLINE void AddRow(const StatisticsFacts& facts, const Block<T>& block, size_t r,
                       SampleSums& samples) {
  const GroupTag<double> d;
  const LogNormalizer normalizer = block.log_normalizer[r];
  const auto max = hn::Set(d, normalizer.max), log_sum = hn::Set(d, normalizer.log_sum);
  const auto threshold = hn::Set(d, facts.log_threshold), half = hn::Set(d, 0.5);
  const auto label = hn::Set(d, block.target ? -1 : static_cast<double>(block.index[r]));
  const size_t first = r * block.width;
  ForEachVector(d, block.width, [&](size_t c, size_t lane, size_t left) HWY_ATTR {
    if (left == 0) return;
    const size_t at = first + c;
    const auto x = LoadPartAsDouble(d, block.prediction + at, left);
    SampleLanes lanes;
    lanes.there = hn::FirstN(d, left);
    lanes.positive = block.target ? hn::Ge(LoadPartAsDouble(d, block.target + at, left), half)
                                  : hn::Eq(hn::Iota(d, static_cast<double>(c)), label);
    lanes.probable = hn::Ge(hn::Sub(hn::Sub(x, max), log_sum), threshold);
    lanes.loss = LoadPartAsDouble(d, block.class_value + at, left);
    lanes.gradient = LoadPartAsDouble(d, block.gradient + at, left);
    samples.Add(lane, lanes);
  });
}

template <class T>
HWY_INLINE void SumSoftmaxSamples(const StatisticsFacts& facts, const Block<T>& block,
                                  StatisticsSums& sums) {
  SampleSums samples;
  for (size_t r = 0; r < block.count; ++r) {
    if (block.weight && block.weight[r] == 0) continue;
    AddRow(facts, block, r, samples);
  }
  samples.StoreTotals(sums.counts);
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#endif  // toggle
