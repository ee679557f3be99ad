// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/cost_model.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "absl/functional/function_ref.h"
#include "detloss/loss.h"
#include "detloss/v1/loss_service.pb.h"
#include "server/compute.h"

namespace detloss {
namespace {

// Elements of the problem that is measured: a few blocks.
constexpr int64_t kRows = 1024;
constexpr int64_t kRowElements = 16;
constexpr int64_t kElements = kRows * kRowElements;

// The least of so many is free of what else the machine does.
constexpr int kRuns = 3;

// One row of every family: values that rise, which are boxes, too, and labels.
struct Data {
  std::vector<float> floats = std::vector<float>(kElements);
  std::vector<int32_t> labels = std::vector<int32_t>(kRows);
  std::vector<float> gradient = std::vector<float>(kElements);

  Data() {
    for (size_t i = 0; i < floats.size(); ++i) {
      floats[i] = static_cast<float>(i % kRowElements) / kRowElements;
    }
    for (size_t i = 0; i < labels.size(); ++i) {
      labels[i] = static_cast<int32_t>(i % kRowElements);
    }
  }
};

struct Wanted {
  bool gradient = false;
  bool statistics = false;
};

Problem ProblemOf(const LossInfo& loss, const Data& data, Wanted wanted) {
  Problem problem;
  problem.loss = &loss;
  const Shape shape =
      loss.family == Family::kBox ? Shape{kElements / 4, 4} : Shape{kRows, kRowElements};
  problem.prediction = {DataType::kFloat32, shape, Bytes(data.floats.data(), kElements * 4)};
  problem.target = problem.prediction;
  if (loss.family == Family::kSoftmax) {
    problem.target = {DataType::kInt32, {kRows}, Bytes(data.labels.data(), kRows * 4)};
  }
  problem.gradient = wanted.gradient;
  problem.statistics = wanted.statistics;
  return problem;
}

// The time of `run`, in nanoseconds.
double Nanoseconds(absl::FunctionRef<void()> run) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kRuns; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    best = std::min(best, time.count());
  }
  return best;
}

double NanosecondsPerElement(const LossInfo& loss, Data& data, Wanted wanted) {
  std::vector<Violation> violations;
  const std::optional<Plan> plan = MakePlan(ProblemOf(loss, data, wanted), Limits(), violations);
  float value = 0;
  return Nanoseconds([&] {
           float* const gradient = wanted.gradient ? data.gradient.data() : nullptr;
           (void)Execute(*plan, {&value, gradient}, {}, violations);
         }) /
         kElements;
}

// A term of four elements, from its bytes to those of its result.
double NanosecondsPerTerm() {
  constexpr int kTerms = 64;
  v1::ComputeLossRequest request;
  for (int i = 0; i < kTerms; ++i) {
    v1::LossTerm& term = *request.add_terms();
    term.mutable_l1();
    for (v1::Tensor* tensor : {term.mutable_prediction(), term.mutable_target()}) {
      tensor->set_data_type(v1::DATA_TYPE_FLOAT32);
      tensor->add_shape(4);
      tensor->set_data(std::string(4 * sizeof(float), '\0'));
    }
  }
  const grpc::Slice slice(request.SerializeAsString());
  const grpc::ByteBuffer bytes(&slice, 1);
  const Environment environment;
  return Nanoseconds([&] {
           RequestRecord record;
           (void)ComputeLossBytes(environment, bytes, nullptr, record);
         }) /
         kTerms;
}

}  // namespace

CostModel CostModel::Measure() {
  Data data;
  std::vector<Cost> costs;
  for (const LossInfo& loss : AllLosses()) {
    costs.push_back({.loss = NanosecondsPerElement(loss, data, {}),
                     .with_gradient = NanosecondsPerElement(loss, data, {.gradient = true}),
                     .with_statistics = NanosecondsPerElement(loss, data, {true, true})});
  }
  return CostModel(std::move(costs), NanosecondsPerTerm());
}

absl::Duration CostModel::WorkOf(const RequestOutline& outline) const {
  double nanoseconds = 0;
  for (const TermOutline& term : outline.terms) {
    nanoseconds += term_ns_;
    if (term.loss >= costs_.size()) continue;
    const Cost& cost = costs_[term.loss];
    // Half as many numbers of twice the size are computed at a time.
    const int width_factor = term.width == sizeof(double) ? 2 : 1;
    const double element = term.statistics ? cost.with_statistics
                           : term.gradient ? cost.with_gradient
                                           : cost.loss;
    nanoseconds += static_cast<double>(term.elements) * width_factor * element;
  }
  return absl::Nanoseconds(nanoseconds);
}

}  // namespace detloss
