// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/decode_tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "detloss/convert.h"
#include "server/enum_text.h"

namespace detloss {
namespace {

using Numbers = absl::Span<const double>;

// Numbers that are converted before it is asked again whether the request is cancelled.
constexpr size_t kPart = 1 << 14;

// Converts numbers to integers of type I. Returns how many fit before the first that does not.
template <class I>
size_t ToIntegers(Numbers numbers, std::byte* to) {
  // The bounds are exact in binary64 as a half-open interval.
  const auto low = static_cast<double>(std::numeric_limits<I>::min());
  const double high = std::ldexp(1.0, std::numeric_limits<I>::digits);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const double number = numbers[i];
    if (!(number >= low && number < high) || number != std::trunc(number)) return i;
    const I integer = static_cast<I>(number);
    std::memcpy(to + i * sizeof(I), &integer, sizeof integer);
  }
  return numbers.size();
}

size_t ConvertPart(Numbers numbers, DataType type, std::byte* to) {
  switch (type) {
    case DataType::kInt32:
      return ToIntegers<int32_t>(numbers, to);
    case DataType::kInt64:
      return ToIntegers<int64_t>(numbers, to);
    case DataType::kUint8:
      return ToIntegers<uint8_t>(numbers, to);
    default:
      ConvertFrom(numbers.data(), numbers.size(), type, to);
      return numbers.size();
  }
}

// Returns the index of the first number that does not fit, or how many there are.
size_t ConvertNumbers(Numbers numbers, DataType type, const Cancellation& cancellation,
                      std::byte* to) {
  for (size_t i = 0; i < numbers.size() && !cancellation.Ask(); i += kPart) {
    const Numbers part = numbers.subspan(i, kPart);
    const size_t fit = ConvertPart(part, type, to + i * SizeOf(type));
    if (fit < part.size()) return i + fit;
  }
  return numbers.size();
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

bool CheckRank(int64_t axes, int64_t rank_max, absl::string_view path,
               std::vector<Violation>& violations) {
  if (axes <= rank_max) return true;
  violations.push_back({absl::StrCat(path, ".shape"), Reason::kLimitExceeded,
                        absl::StrCat("must have at most ", rank_max, " axes, got ", axes)});
  return false;
}

// Whether the numbers are as many as the shape says. A shape that is wrong is left to the core.
bool CheckCount(const TensorView& view, size_t got, const std::string& field,
                std::vector<Violation>& violations) {
  const std::optional<int64_t> count = ElementCount(view.shape);
  if (!count || static_cast<size_t>(*count) == got) return true;
  violations.push_back({field, Reason::kSizeMismatch,
                        absl::StrCat("must have ", *count, " numbers for shape ",
                                     ToString(view.shape), ", got ", got)});
  return false;
}

}  // namespace

bool DecodeTensor(const v1::Tensor& tensor, const Payload& payload, int64_t axes,
                  absl::string_view path, int64_t rank_max, TensorView& view,
                  const Cancellation& cancellation,
                  std::vector<std::unique_ptr<std::byte[]>>& converted,
                  std::vector<Violation>& violations) {
  if (!CheckDataType(tensor.data_type(), path, violations)) return false;
  view.data_type = static_cast<DataType>(tensor.data_type());
  if (!CheckRank(std::max<int64_t>(axes, tensor.shape_size()), rank_max, path, violations)) {
    return false;
  }
  view.shape.assign(tensor.shape().begin(), tensor.shape().end());
  if (!tensor.has_values()) {
    if (tensor.has_data()) view.bytes = Bytes(payload);
    return true;
  }
  const Numbers numbers = tensor.values().values();
  const std::string field = absl::StrCat(path, ".values");
  if (!CheckCount(view, numbers.size(), field, violations)) return false;
  const size_t size = numbers.size() * SizeOf(view.data_type);
  converted.push_back(std::make_unique_for_overwrite<std::byte[]>(size));
  view.bytes = Bytes(converted.back().get(), size);
  const size_t fit = ConvertNumbers(numbers, view.data_type, cancellation, converted.back().get());
  if (fit == numbers.size()) return true;
  violations.push_back({absl::StrCat(field, ".values[", fit, "]"), Reason::kParameterOutOfRange,
                        absl::StrCat("must be an integer that ", Name(view.data_type),
                                     " can hold, got another number")});
  return false;
}

}  // namespace detloss
