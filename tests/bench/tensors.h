// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The tensors of a benchmark: random, the same each time.

#ifndef DETLOSS_TESTS_BENCH_TENSORS_H_
#define DETLOSS_TESTS_BENCH_TENSORS_H_

#include <cstddef>
#include <memory>
#include <new>
#include <optional>

#include "tests/bench/bench_case.h"

namespace detloss::bench {

// Bytes that begin a cache line. All have been written, so that their pages are there.
class AlignedBytes {
 public:
  explicit AlignedBytes(size_t size);

  std::byte* data() const { return bytes_.get(); }
  size_t size() const { return size_; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(std::byte* bytes) const { ::operator delete[](bytes, kAlignment); }
  };

  size_t size_;
  std::unique_ptr<std::byte[], Free> bytes_;
};

class Tensor {
 public:
  // Uninteresting elements.
  Tensor(DataType type, Shape shape);

  DataType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  const AlignedBytes& bytes() const { return bytes_; }
  TensorView view() const { return TensorView::Of(type_, shape_, bytes_.data()); }

 private:
  DataType type_;
  Shape shape_;
  AlignedBytes bytes_;
};

// Logits in [-4, 4] with targets of which a quarter is positive; values in [-3, 3]; boxes of which
// most overlap. Softmax targets that are not indices are distributions.
class CaseTensors {
 public:
  explicit CaseTensors(const BenchCase& bench_case);

  const Tensor& prediction() const { return prediction_; }
  const Tensor& target() const { return target_; }

  // Bytes of prediction, target and weight.
  size_t ByteCount() const;

  // Refers to the tensors.
  Problem problem() const;

 private:
  BenchCase case_;
  Tensor prediction_;
  Tensor target_;
  std::optional<Tensor> weight_;
};

}  // namespace detloss::bench

#endif  // DETLOSS_TESTS_BENCH_TENSORS_H_
