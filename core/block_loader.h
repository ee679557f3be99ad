// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// From the tensors of a request to the blocks that kernels read.

#ifndef DETLOSS_CORE_BLOCK_LOADER_H_
#define DETLOSS_CORE_BLOCK_LOADER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/cancellation.h"
#include "core/kernels/kernels.h"
#include "core/scratch.h"
#include "detloss/plan.h"

namespace detloss {

// Where a block is.
struct BlockRange {
  size_t segment;
  int64_t first_item;
  int64_t count;
};

// What is wrong in a block.
struct BlockFindings {
  bool target_out_of_range = false;
  int64_t non_finite_count = 0;
};

// Loads blocks of one request. Thread-safe: a thread brings its own scratch.
template <class T>
class BlockLoader {
 public:
  // Loads nothing when the request is cancelled meanwhile.
  BlockLoader(const PlanDetails& plan, const Cancellation& cancellation);

  // Everything that the kernel reads. Refers to the request, the loader and the scratch.
  Block<T> LoadBlock(const BlockRange& range, Scratch<T>& scratch, BlockFindings& findings) const;

  // How many numbers of a block are not finite.
  int64_t CountNonFinite(const Block<T>& block) const;

  // The same of a weight that is broadcast: each of its elements counts once, however often it is
  // used.
  int64_t BroadcastNonFiniteCount() const { return broadcast_non_finite_count_; }

 private:
  // An axis of the items, and the step along it in a weight that is broadcast.
  struct Axis {
    int64_t length, stride;
  };

  void TakeClassParameter(const Cancellation& cancellation);
  void TakeBroadcastWeight(const Cancellation& cancellation);
  void MergeAxes();
  size_t BroadcastOffset(int64_t item) const;
  void SpreadWeight(const BlockRange& range, T* weight) const;

  const Unaligned<T>* LoadWeight(const BlockRange& range, Scratch<T>& scratch) const;
  void LoadDenseTarget(const BlockRange& range, Scratch<T>& scratch, Block<T>& block,
                       BlockFindings& findings) const;
  void LoadLabels(const BlockRange& range, Scratch<T>& scratch, Block<T>& block,
                  BlockFindings& findings) const;
  void LoadOneHot(const BlockRange& range, Scratch<T>& scratch, Block<T>& block,
                  BlockFindings& findings) const;
  bool Counts(int64_t label, BlockFindings& findings) const;
  void Exclude(int64_t begin, int64_t end, Scratch<T>& scratch, Block<T>& block,
               BlockFindings& findings) const;
  void LoadClassParameter(const BlockRange& range, Scratch<T>& scratch, Block<T>& block) const;

  const PlanDetails& plan_;
  // A weight that has a number for each item is read block by block; others are converted once.
  const bool weight_is_broadcast_;
  std::vector<T> class_parameter_;
  std::vector<T> broadcast_weight_;
  int64_t broadcast_non_finite_count_ = 0;
  std::vector<Axis> axes_;  // of the broadcast, innermost first
};

}  // namespace detloss

#endif  // DETLOSS_CORE_BLOCK_LOADER_H_
