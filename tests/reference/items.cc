// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/reference/items.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace detloss::reference {
namespace {

template <class S>
S ReadAs(const std::byte* from) {
  S x;
  std::memcpy(&x, from, sizeof x);
  return x;
}

// A number of 1 sign bit, `exponent_bits` and `mantissa_bits`, from the definition of its format.
Real DecodeHalf(unsigned bits, int exponent_bits, int mantissa_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = static_cast<int>(bits >> mantissa_bits) & ((1 << exponent_bits) - 1);
  const int mantissa = static_cast<int>(bits) & ((1 << mantissa_bits) - 1);
  Real magnitude = 0;
  if (exponent == (1 << exponent_bits) - 1) {
    magnitude = mantissa ? std::nanl("") : HUGE_VALL;
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<Real>(mantissa), 1 - bias - mantissa_bits);
  } else {
    magnitude = std::ldexp(static_cast<Real>(mantissa + (1 << mantissa_bits)),
                           exponent - bias - mantissa_bits);
  }
  return bits & 0x8000u ? -magnitude : magnitude;
}

Real Decode(DataType type, const std::byte* from) {
  switch (type) {
    case DataType::kFloat32:
      return static_cast<Real>(ReadAs<float>(from));
    case DataType::kFloat64:
      return ReadAs<double>(from);
    case DataType::kFloat16:
      return DecodeHalf(ReadAs<uint16_t>(from), 5, 10);
    case DataType::kBfloat16:
      return DecodeHalf(ReadAs<uint16_t>(from), 8, 7);
    case DataType::kInt32:
      return ReadAs<int32_t>(from);
    case DataType::kInt64:
      return static_cast<Real>(ReadAs<int64_t>(from));
    case DataType::kUint8:
      return ReadAs<uint8_t>(from);
  }
  return 0;
}

std::vector<Real> ReadTensor(const TensorView& tensor, bool round_to_float) {
  const size_t size = SizeOf(tensor.data_type);
  std::vector<std::byte> scratch(tensor.bytes.size() + 1);
  const std::byte* bytes = tensor.bytes.Read(0, tensor.bytes.size(), scratch.data());
  std::vector<Real> values;
  for (size_t i = 0; i < tensor.bytes.size() / size; ++i) {
    const Real x = Decode(tensor.data_type, bytes + i * size);
    values.push_back(round_to_float ? static_cast<Real>(static_cast<float>(x)) : x);
  }
  return values;
}

int64_t CountNonFinite(const std::vector<Real>& values) {
  int64_t count = 0;
  for (const Real x : values) count += !std::isfinite(x);
  return count;
}

bool IsInteger(DataType type) {
  return type == DataType::kInt32 || type == DataType::kInt64 || type == DataType::kUint8;
}

bool HasClassIndices(const Problem& problem) {
  const Family family = problem.loss->family;
  return (family == Family::kSigmoid || family == Family::kSoftmax) &&
         IsInteger(problem.target.data_type) &&
         problem.target.shape.size() + 1 == problem.prediction.shape.size();
}

// The place in a tensor of `shape` that is broadcast to item i of `items`.
size_t BroadcastIndex(const Shape& shape, const Shape& items, size_t i) {
  size_t index = 0, stride = 1;
  for (size_t k = 1; k <= shape.size(); ++k) {
    const auto length = static_cast<size_t>(items[items.size() - k]);
    const auto own = static_cast<size_t>(shape[shape.size() - k]);
    if (own != 1) index += i % length * stride;
    stride *= own;
    i /= length;
  }
  return index;
}

void ReadWeight(const Problem& problem, bool round_to_float, Items& items) {
  items.weight.assign(items.count, 1);
  if (!problem.weight) return;
  const std::vector<Real> weight = ReadTensor(*problem.weight, round_to_float);
  items.non_finite_count += CountNonFinite(weight);
  for (size_t i = 0; i < items.count; ++i) {
    items.weight[i] = weight[BroadcastIndex(problem.weight->shape, items.shape, i)];
  }
}

// Class indices become one-hot targets; background has none.
void ReadIndices(const Problem& problem, size_t classes, Items& items) {
  const Parameters parameters(problem);
  const std::vector<Real> labels = ReadTensor(problem.target, false);
  const std::optional<int64_t> ignore = parameters.Integer("ignore_index");
  const bool weighs =
      parameters.Has("class_weights") && !parameters.Numbers("class_weights").empty();
  items.target.assign(items.count * items.width, 0);
  for (size_t i = 0; i < items.count; ++i) {
    const auto label = static_cast<int64_t>(labels[i / items.per_row]);
    const bool ignored = ignore && label == *ignore;
    const bool in_classes = label >= 0 && label < static_cast<int64_t>(classes);
    const size_t row = i * items.width / classes;
    if (in_classes && !ignored) {
      const size_t at = row * classes + static_cast<size_t>(label);
      if (at / items.width == i) items.target[at] = 1;
    }
    if (ignored) items.weight[i] = 0;
    items.mass[i] = 1;
    if (weighs && in_classes) {
      items.mass[i] = parameters.Numbers("class_weights")[static_cast<size_t>(label)];
    }
    if (ignored) items.mass[i] = 0;
  }
}

}  // namespace

Item Items::At(size_t i) const {
  return {absl::MakeConstSpan(prediction).subspan(i * width, width),
          absl::MakeConstSpan(target).subspan(i * width, width), i % classes};
}

Items ReadItems(const Problem& problem) {
  const Shape& shape = problem.prediction.shape;
  const Family family = problem.loss->family;
  const bool rows_are_items = family == Family::kSoftmax || family == Family::kBox;
  const bool indices = HasClassIndices(problem);
  const bool round_to_float = problem.prediction.data_type != DataType::kFloat64;
  const size_t classes = shape.empty() ? 1 : static_cast<size_t>(shape.back());
  Items items;
  items.prediction = ReadTensor(problem.prediction, round_to_float);
  items.non_finite_count = CountNonFinite(items.prediction);
  items.width = rows_are_items ? classes : 1;
  items.per_row = !rows_are_items && (shape.size() >= 2 || indices) ? classes : 1;
  items.classes = std::max<size_t>(classes, 1);
  items.count = items.prediction.size() / items.width;
  items.shape = shape;
  if (rows_are_items) items.shape.pop_back();
  items.mass.assign(items.count, 1);
  ReadWeight(problem, round_to_float, items);
  if (indices) {
    ReadIndices(problem, classes, items);
  } else {
    items.target = ReadTensor(problem.target, round_to_float);
    items.non_finite_count += CountNonFinite(items.target);
  }
  return items;
}

}  // namespace detloss::reference
