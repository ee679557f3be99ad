// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/result.h"

#include <google/protobuf/util/json_util.h>

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/print.h"
#include "detloss/client/tensor_ref.h"

namespace detloss::cli {
namespace {

using nlohmann::ordered_json;

// Of an array that is printed whole.
constexpr size_t kElementsMax = 8;

constexpr char kSegments[] = "segments";

// The elements from `next` on as arrays nested from `axis` on.
ordered_json Nest(const v1::Tensor& tensor, int axis, const double*& next) {
  if (axis == tensor.shape_size()) return *next++;
  ordered_json array = ordered_json::array();
  for (int64_t i = 0; i < tensor.shape(axis); ++i) array.push_back(Nest(tensor, axis + 1, next));
  return array;
}

absl::StatusOr<ordered_json> ToJson(const v1::Tensor& tensor) {
  const absl::StatusOr<std::vector<double>> values = client::ToDoubles(tensor);
  if (!values.ok()) return absl::InternalError(values.status().message());
  // An axis of length 0 ends the array: what is inside does not exist, and may be huge.
  if (values->empty()) return ordered_json::array();
  const double* next = values->data();
  return Nest(tensor, 0, next);
}

// Protocol buffers write int64 as strings, which would be a surprise here, and NaN too.
ordered_json ToNumbers(const ordered_json& json) {
  if (json.is_string()) {
    int64_t integer = 0;
    return absl::SimpleAtoi(json.get<std::string>(), &integer) ? ordered_json(integer)
                                                               : ordered_json();
  }
  if (!json.is_object()) return json;
  ordered_json numbers = ordered_json::object();
  for (const auto& [key, member] : json.items()) numbers[key] = ToNumbers(member);
  return numbers;
}

absl::StatusOr<ordered_json> ToJson(const v1::TermStatistics& statistics) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(statistics, &json, options).ok()) {
    return absl::InternalError("the statistics have no JSON form");
  }
  return ToNumbers(ordered_json::parse(json));
}

// The segments of a result of which `losses` are the losses.
absl::StatusOr<ordered_json> ToSegments(const v1::TermResult& term, const ordered_json& losses) {
  const int count = term.segment_loss_sums_size();
  if (term.segment_denominators_size() != count || std::cmp_not_equal(losses.size(), count)) {
    return absl::InternalError("the segments of the answer do not fit its loss");
  }
  ordered_json segments = ordered_json::array();
  for (int i = 0; i < count; ++i) {
    segments.push_back({{"loss", losses[static_cast<size_t>(i)]},
                        {"loss_sum", term.segment_loss_sums(i)},
                        {"denominator", term.segment_denominators(i)}});
  }
  return segments;
}

std::string Format(const ordered_json& value);

// The first and last elements of a long array, and all of a short one.
std::string FormatArray(const ordered_json& array) {
  std::vector<std::string> elements;
  for (size_t i = 0; i < array.size(); ++i) {
    if (array.size() > kElementsMax && i == kElementsMax / 2) {
      elements.emplace_back("..");
      i = array.size() - kElementsMax / 2;
    }
    elements.push_back(Format(array[i]));
  }
  return absl::StrCat("[", absl::StrJoin(elements, ", "), "]");
}

// Numbers without noise; everything else as JSON.
std::string Format(const ordered_json& value) {
  if (value.is_array()) return FormatArray(value);
  if (value.is_number_float()) return FormatNumber(value.get<double>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void Print(const std::string& path, const ordered_json& value, Table& rows) {
  if (!value.is_object()) {
    rows.push_back({path, Format(value)});
    return;
  }
  for (const auto& [key, member] : value.items()) {
    if (path.empty() && key == kSegments) continue;
    Print(path.empty() ? key : absl::StrCat(path, ".", key), member, rows);
  }
}

void PrintSegments(const ordered_json& segments, std::ostream& out) {
  Table rows = {{"SEGMENT", "LOSS", "SUM", "DENOMINATOR"}};
  for (const ordered_json& segment : segments) {
    rows.push_back({absl::StrCat(rows.size() - 1), Format(segment["loss"]),
                    Format(segment["loss_sum"]), Format(segment["denominator"])});
  }
  out << "\n";
  PrintTable(rows, rows[0].size(), out);
}

}  // namespace

absl::StatusOr<ordered_json> ToJson(const v1::TermResult& term, bool with_gradient) {
  const absl::StatusOr<ordered_json> loss = ToJson(term.loss());
  if (!loss.ok()) return loss;
  ordered_json json = {{"name", term.name()},
                       {"loss", *loss},
                       {"loss_sum", term.loss_sum()},
                       {"denominator", term.denominator()},
                       {"non_finite_count", term.non_finite_count()}};
  if (term.segment_loss_sums_size() > 0) {
    const absl::StatusOr<ordered_json> segments = ToSegments(term, *loss);
    if (!segments.ok()) return segments;
    json[kSegments] = *segments;
  }
  if (with_gradient) {
    const absl::StatusOr<ordered_json> gradient = ToJson(term.gradient());
    if (!gradient.ok()) return gradient;
    json["gradient"] = *gradient;
  }
  if (term.has_statistics()) {
    const absl::StatusOr<ordered_json> statistics = ToJson(term.statistics());
    if (!statistics.ok()) return statistics;
    json["statistics"] = *statistics;
  }
  return json;
}

void PrintResult(const ordered_json& result, std::ostream& out) {
  Table rows;
  Print("", result, rows);
  PrintTable(rows, 0, out);
  if (result.contains(kSegments)) PrintSegments(result[kSegments], out);
}

}  // namespace detloss::cli
