// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/decode_tensor.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "detloss/convert.h"
#include "server/enum_text.h"

namespace detloss {
namespace {

using Values = google::protobuf::RepeatedField<double>;

// Converts numbers to integers of type I. Returns the index of the first that does not fit, or -1.
template <class I>
int ToIntegers(const Values& values, std::byte* to) {
  // The bounds are exact in binary64 as a half-open interval.
  const auto low = static_cast<double>(std::numeric_limits<I>::min());
  const double high = std::ldexp(1.0, std::numeric_limits<I>::digits);
  for (int i = 0; i < values.size(); ++i) {
    const double value = values[i];
    if (!(value >= low && value < high) || value != std::trunc(value)) return i;
    const I integer = static_cast<I>(value);
    std::memcpy(to + static_cast<size_t>(i) * sizeof(I), &integer, sizeof integer);
  }
  return -1;
}

int ConvertValues(const Values& values, DataType type, std::byte* to) {
  switch (type) {
    case DataType::kInt32:
      return ToIntegers<int32_t>(values, to);
    case DataType::kInt64:
      return ToIntegers<int64_t>(values, to);
    case DataType::kUint8:
      return ToIntegers<uint8_t>(values, to);
    default:
      ConvertFrom(values.data(), static_cast<size_t>(values.size()), type, to);
      return -1;
  }
}

bool CheckDataType(int number, absl::string_view path, std::vector<Violation>& violations) {
  if (number == v1::DATA_TYPE_UNSPECIFIED) {
    violations.push_back(
        {absl::StrCat(path, ".data_type"), Reason::kRequired, "a data type is required, got none"});
    return false;
  }
  if (!v1::DataType_IsValid(number)) {
    violations.push_back({absl::StrCat(path, ".data_type"), Reason::kUnknownValue,
                          UnknownValueText(*v1::DataType_descriptor(), number)});
    return false;
  }
  return true;
}

// Whether the numbers are as many as the shape says. A shape that is wrong is left to the core.
bool CheckCount(const TensorView& view, int got, const std::string& field,
                std::vector<Violation>& violations) {
  const std::optional<int64_t> count = ElementCount(view.shape);
  if (!count || *count == got) return true;
  violations.push_back({field, Reason::kSizeMismatch,
                        absl::StrCat("must have ", *count, " numbers for shape ",
                                     ToString(view.shape), ", got ", got)});
  return false;
}

}  // namespace

bool DecodeTensor(const v1::Tensor& tensor, const Payload& payload, absl::string_view path,
                  int64_t rank_max, TensorView& view,
                  std::vector<std::unique_ptr<std::byte[]>>& converted,
                  std::vector<Violation>& violations) {
  if (!CheckDataType(tensor.data_type(), path, violations)) return false;
  view.data_type = static_cast<DataType>(tensor.data_type());
  view.shape.assign(tensor.shape().begin(), tensor.shape().end());
  if (tensor.shape_size() > rank_max) return true;
  if (!tensor.has_values()) {
    if (tensor.has_data()) view.bytes = Bytes(payload);
    return true;
  }
  const Values& values = tensor.values().values();
  const std::string field = absl::StrCat(path, ".values");
  if (!CheckCount(view, values.size(), field, violations)) return false;
  const size_t size = static_cast<size_t>(values.size()) * SizeOf(view.data_type);
  converted.push_back(std::make_unique_for_overwrite<std::byte[]>(size));
  view.bytes = Bytes(converted.back().get(), size);
  const int bad = ConvertValues(values, view.data_type, converted.back().get());
  if (bad < 0) return true;
  violations.push_back({absl::StrCat(field, ".values[", bad, "]"), Reason::kParameterOutOfRange,
                        absl::StrCat("must be an integer that ", Name(view.data_type),
                                     " can hold, got another number")});
  return false;
}

}  // namespace detloss
