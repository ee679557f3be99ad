// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/json_records.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace detloss::cli {
namespace {

using nlohmann::json;

// The members of `JsonRecord` by name.
struct Field {
  absl::string_view name;
  std::optional<int64_t> JsonRecord::*integer = nullptr;
  std::optional<double> JsonRecord::*number = nullptr;
  std::optional<std::string> JsonRecord::*text = nullptr;
  std::optional<std::vector<double>> JsonRecord::*numbers = nullptr;
};
constexpr Field kFields[] = {
    {.name = "id", .integer = &JsonRecord::id},
    {.name = "image_id", .integer = &JsonRecord::image_id},
    {.name = "category_id", .integer = &JsonRecord::category_id},
    {.name = "iscrowd", .integer = &JsonRecord::iscrowd},
    {.name = "score", .number = &JsonRecord::score},
    {.name = "name", .text = &JsonRecord::name},
    {.name = "file_name", .text = &JsonRecord::file_name},
    {.name = "bbox", .numbers = &JsonRecord::bbox},
};

const Field* FindField(absl::string_view name) {
  for (const Field& field : kFields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

// The text of an error without the library's name for it: "[json.exception.parse_error.101] ".
absl::string_view WithoutName(absl::string_view text) {
  const size_t end = text.find("] ");
  return end == absl::string_view::npos ? text : text.substr(end + 2);
}

// Follows the parser. `depth_` counts the containers around a value: those around a record are
// `record_depth_`, around its fields one more, around the elements of a field two more.
class RecordParser : public nlohmann::json_sax<json> {
 public:
  RecordParser(JsonLayout layout, const JsonRecordSink& sink)
      : record_depth_(layout == JsonLayout::kArray ? 1 : 2), sink_(sink) {}

  const absl::Status& status() const { return status_; }

  bool null() override { return Other("null"); }
  bool boolean(bool) override { return Other("a boolean"); }
  bool number_integer(number_integer_t value) override { return Integer(value); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Number(static_cast<double>(value));
    }
    return Integer(static_cast<int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t&) override { return Number(value); }
  bool string(string_t& value) override {
    if (!IsField()) return Other("a string");
    if (field_->text == nullptr) return Wrong("a string");
    record_.*field_->text = value;
    return true;
  }
  bool binary(binary_t&) override { return true; }

  bool start_object(std::size_t) override {
    if (!CheckContainer("an object")) return false;
    if (depth_ == record_depth_ && in_records_) {
      in_record_ = true;
      record_ = {};
    }
    ++depth_;
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ == 1 && record_depth_ == 2) {
      section_ = name;
      index_ = -1;
    }
    if (depth_ == record_depth_ + 1) field_ = FindField(name);
    return true;
  }
  bool end_object() override {
    --depth_;
    if (depth_ != record_depth_ || !in_record_) return true;
    in_record_ = false;
    ++index_;
    status_ = sink_(section_, index_, record_);
    return status_.ok();
  }
  bool start_array(std::size_t) override {
    if (IsField() && field_->numbers != nullptr) {
      (record_.*field_->numbers).emplace();
    } else if (!CheckContainer("an array")) {
      return false;
    }
    ++depth_;
    in_records_ |= depth_ == record_depth_;
    return true;
  }
  bool end_array() override {
    in_records_ &= depth_ != record_depth_;
    --depth_;
    Count();
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    return Fail(absl::StrCat("byte ", position, ": ", WithoutName(error.what())));
  }

 private:
  // Whether the next value is that of a field that we use, or an element of it.
  bool IsField() const { return in_record_ && depth_ == record_depth_ + 1 && field_ != nullptr; }
  bool IsElement() const {
    return in_record_ && depth_ == record_depth_ + 2 && field_ != nullptr &&
           field_->numbers != nullptr;
  }

  bool Integer(int64_t value) {
    if (!IsField() || field_->integer == nullptr) return Number(static_cast<double>(value));
    record_.*field_->integer = value;
    return true;
  }

  bool Number(double value) {
    if (IsElement()) {
      (record_.*field_->numbers)->push_back(value);
      return true;
    }
    if (!IsField()) return Other("a number");
    if (field_->number == nullptr) return Wrong("a number");
    record_.*field_->number = value;
    return true;
  }

  // Skips a value unless another one is required.
  bool Other(absl::string_view got) {
    if (!CheckContainer(got)) return false;
    Count();
    return true;
  }
  bool CheckContainer(absl::string_view got) {
    return IsField() || IsElement() ? Wrong(got) : CheckPlace(got);
  }

  // Whether the whole text, and in an array of records each element, is what the layout requires.
  bool CheckPlace(absl::string_view got) {
    const bool is_array = record_depth_ == 1;
    if (depth_ == 0 && got != (is_array ? "an array" : "an object")) {
      return Fail(absl::StrCat(is_array ? "an array of objects" : "an object of arrays",
                               " is required, got ", got));
    }
    if (depth_ == 1 && is_array && got != "an object") {
      return Fail(absl::StrCat("[", index_ + 1, "]: an object is required, got ", got));
    }
    return true;
  }

  // Values that are not records have an index too.
  void Count() {
    if (depth_ == record_depth_ && in_records_) ++index_;
  }

  bool Wrong(absl::string_view got) {
    const absl::string_view required = field_->integer != nullptr  ? "an integer"
                                       : field_->number != nullptr ? "a number"
                                       : field_->text != nullptr   ? "a string"
                                                                   : "an array of numbers";
    return Fail(absl::StrCat(section_, "[", index_ + 1, "].", field_->name, ": ", required,
                             " is required, got ", got));
  }

  bool Fail(const std::string& message) {
    status_ = absl::InvalidArgumentError(message);
    return false;
  }

  const int record_depth_;
  const JsonRecordSink& sink_;
  absl::Status status_;
  int depth_ = 0;
  // Whether the array whose objects are records is open, and whether one of them is.
  bool in_records_ = false;
  bool in_record_ = false;
  std::string section_;
  int64_t index_ = -1;
  const Field* field_ = nullptr;
  JsonRecord record_;
};

}  // namespace

absl::Status ReadJsonRecords(std::istream& in, JsonLayout layout, const JsonRecordSink& sink) {
  RecordParser parser(layout, sink);
  if (json::sax_parse(in, &parser)) return absl::OkStatus();
  return parser.status();
}

}  // namespace detloss::cli
