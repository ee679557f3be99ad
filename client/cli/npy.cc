// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/npy.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "client/cli/files.h"

namespace detloss::cli {
namespace {

using absl::string_view;

constexpr string_view kMagic("\x93NUMPY", 6);
// Magic and version.
constexpr size_t kPreambleSize = 8;
// Version 1 has two bytes for its length.
constexpr size_t kHeaderMax = 65535;

struct NpyType {
  string_view descr;
  v1::DataType data_type;
};
// The first row of a type is the one that is written.
constexpr NpyType kTypes[] = {
    {"<f4", v1::DATA_TYPE_FLOAT32}, {"<f8", v1::DATA_TYPE_FLOAT64}, {"<f2", v1::DATA_TYPE_FLOAT16},
    {"<i4", v1::DATA_TYPE_INT32},   {"<i8", v1::DATA_TYPE_INT64},   {"|u1", v1::DATA_TYPE_UINT8},
    {"|b1", v1::DATA_TYPE_UINT8},
};

absl::Status Invalid(string_view message) { return absl::InvalidArgumentError(message); }

// The text after `'key':` in the header, a Python dictionary. Empty when there is none.
string_view ValueOf(string_view header, string_view key) {
  const size_t start = header.find(absl::StrCat("'", key, "'"));
  if (start == string_view::npos) return {};
  header.remove_prefix(start + key.size() + 2);
  header = absl::StripLeadingAsciiWhitespace(header);
  if (!absl::ConsumePrefix(&header, ":")) return {};
  return absl::StripLeadingAsciiWhitespace(header);
}

absl::StatusOr<v1::DataType> ParseType(string_view header) {
  string_view descr = ValueOf(header, "descr");
  if (!absl::ConsumePrefix(&descr, "'")) {
    return Invalid("structured arrays are not supported: an array of plain numbers is required");
  }
  descr = descr.substr(0, descr.find('\''));
  for (const NpyType& type : kTypes) {
    if (type.descr == descr) return type.data_type;
  }
  if (absl::StartsWith(descr, ">")) {
    return Invalid(absl::StrCat("little-endian numbers are required, got ", descr,
                                ": save array.astype('<", descr.substr(1), "')"));
  }
  return Invalid(absl::StrCat("f2, f4, f8, i4, i8, u1 or bool is required, got ", descr));
}

absl::StatusOr<std::vector<int64_t>> ParseShape(string_view header) {
  string_view text = ValueOf(header, "shape");
  const size_t end = text.find(')');
  if (!absl::ConsumePrefix(&text, "(") || end == string_view::npos) {
    return Invalid("the header has no shape");
  }
  std::vector<int64_t> shape;
  for (const string_view part :
       absl::StrSplit(text.substr(0, end - 1), ',', absl::SkipWhitespace())) {
    if (!absl::SimpleAtoi(part, &shape.emplace_back()) || shape.back() < 0) {
      return Invalid(
          absl::StrCat("lengths from 0 to 2^63 - 1 are required in the shape, got ", part));
    }
  }
  return shape;
}

// Bytes of the elements; none when they cannot be counted.
std::optional<size_t> DataSize(const NpyArray& array) {
  if (std::ranges::count(array.shape, 0) > 0) return 0;
  size_t size = client::SizeOf(array.data_type);
  for (const int64_t length : array.shape) {
    if (__builtin_mul_overflow(size, length, &size)) return std::nullopt;
  }
  return size;
}

// A Fortran order that matters would transpose the array silently.
absl::Status CheckOrder(string_view header, const std::vector<int64_t>& shape) {
  const string_view order = ValueOf(header, "fortran_order");
  if (absl::StartsWith(order, "False")) return absl::OkStatus();
  if (absl::StartsWith(order, "True") && shape.size() <= 1) return absl::OkStatus();
  return Invalid("C order is required, got Fortran order: save numpy.ascontiguousarray(array)");
}

absl::StatusOr<NpyArray> ParseHeader(string_view header) {
  NpyArray array;
  absl::StatusOr<v1::DataType> type = ParseType(header);
  if (!type.ok()) return type.status();
  absl::StatusOr<std::vector<int64_t>> shape = ParseShape(header);
  if (!shape.ok()) return shape.status();
  const absl::Status order = CheckOrder(header, *shape);
  if (!order.ok()) return order;
  array.data_type = *type;
  array.shape = *std::move(shape);
  return array;
}

// Where the header starts and ends. The length has 2 bytes in version 1 and 4 since.
absl::StatusOr<std::pair<size_t, size_t>> HeaderRange(string_view bytes) {
  if (!absl::StartsWith(bytes, kMagic)) {
    return Invalid(absl::StrCat("a .npy file is required, got ",
                                bytes.empty() ? "an empty file" : "another format"));
  }
  const int version = bytes.size() < kPreambleSize ? 0 : bytes[6];
  if (version < 1 || version > 3) return Invalid("version 1, 2 or 3 of the format is required");
  const size_t start = kPreambleSize + (version == 1 ? 2 : 4);
  if (bytes.size() < start) return Invalid("the header is cut short");
  size_t length = 0;
  for (size_t i = start; i-- > kPreambleSize;)
    length = length << 8 | static_cast<uint8_t>(bytes[i]);
  if (bytes.size() - start < length) return Invalid("the header is cut short");
  return std::pair(start, start + length);
}

string_view DescrOf(v1::DataType data_type) {
  for (const NpyType& type : kTypes) {
    if (type.data_type == data_type) return type.descr;
  }
  return {};
}

}  // namespace

client::TensorRef NpyArray::ref() const {
  const auto* bytes = reinterpret_cast<const std::byte*>(data->data());
  return {data_type, shape, {bytes, data->size()}, data};
}

absl::StatusOr<NpyArray> ParseNpy(std::string bytes) {
  const absl::StatusOr<std::pair<size_t, size_t>> range = HeaderRange(bytes);
  if (!range.ok()) return range.status();
  const auto [start, end] = *range;
  absl::StatusOr<NpyArray> array = ParseHeader(string_view(bytes).substr(start, end - start));
  if (!array.ok()) return array;
  const std::optional<size_t> size = DataSize(*array);
  if (size != bytes.size() - end) {
    return Invalid(absl::StrCat("the shape [", absl::StrJoin(array->shape, ", "), "] requires ",
                                size.has_value() ? absl::StrCat(*size) : "too many", " bytes, got ",
                                bytes.size() - end));
  }
  bytes.erase(0, end);
  array->data = std::make_shared<const std::string>(std::move(bytes));
  return array;
}

absl::StatusOr<NpyArray> ReadNpy(const std::string& path) {
  const absl::StatusOr<std::ifstream> file = OpenFile(path);
  if (!file.ok()) return file.status();
  std::ostringstream bytes;
  bytes << file->rdbuf();
  absl::StatusOr<NpyArray> array = ParseNpy(std::move(bytes).str());
  if (!array.ok()) {
    return absl::Status(array.status().code(), absl::StrCat(path, ": ", array.status().message()));
  }
  return array;
}

absl::StatusOr<std::string> FormatNpy(const v1::Tensor& tensor) {
  const string_view descr = DescrOf(tensor.data_type());
  if (descr.empty()) {
    return Invalid(
        absl::StrCat("a .npy file cannot hold ", v1::DataType_Name(tensor.data_type()).substr(10)));
  }
  std::string header = absl::StrCat("{'descr': '", descr, "', 'fortran_order': False, 'shape': (",
                                    absl::StrJoin(tensor.shape(), ", "),
                                    tensor.shape_size() == 1 ? ",), }" : "), }");
  // The format aligns the elements to 64 bytes and ends the header with a newline.
  const size_t unpadded = kPreambleSize + 2 + header.size() + 1;
  header.append((64 - unpadded % 64) % 64, ' ').push_back('\n');
  if (header.size() > kHeaderMax) {
    return Invalid(absl::StrCat("a .npy file cannot hold ", tensor.shape_size(), " axes"));
  }
  const char length[] = {static_cast<char>(header.size() & 255),
                         static_cast<char>(header.size() >> 8)};
  return absl::StrCat(kMagic, string_view("\1\0", 2), string_view(length, 2), header,
                      tensor.data());
}

absl::Status WriteNpy(const std::string& path, const v1::Tensor& tensor) {
  const absl::StatusOr<std::string> bytes = FormatNpy(tensor);
  if (!bytes.ok()) return bytes.status();
  return WriteFile(path, *bytes);
}

}  // namespace detloss::cli
