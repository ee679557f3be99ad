// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/json_records.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace detloss::cli {
namespace {

using nlohmann::json;

// The members of `JsonRecord` by name.
struct Field {
  absl::string_view name;
  absl::string_view required;
  std::optional<int64_t> JsonRecord::*integer = nullptr;
  std::optional<bool> JsonRecord::*flag = nullptr;
  std::optional<double> JsonRecord::*number = nullptr;
  std::optional<std::string> JsonRecord::*text = nullptr;
  std::optional<std::vector<double>> JsonRecord::*numbers = nullptr;
};
constexpr Field kFields[] = {
    {.name = "id", .required = "an integer", .integer = &JsonRecord::id},
    {.name = "image_id", .required = "an integer", .integer = &JsonRecord::image_id},
    {.name = "category_id", .required = "an integer", .integer = &JsonRecord::category_id},
    {.name = "iscrowd", .required = "0, 1, true or false", .flag = &JsonRecord::iscrowd},
    {.name = "score", .required = "a number", .number = &JsonRecord::score},
    {.name = "name", .required = "a string", .text = &JsonRecord::name},
    {.name = "file_name", .required = "a string", .text = &JsonRecord::file_name},
    {.name = "bbox", .required = "an array of numbers", .numbers = &JsonRecord::bbox},
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

// Whether a floating-point number is an integer without doubt: from 2^53 on they lie apart.
bool IsInteger(double value) { return std::abs(value) < 0x1p53 && value == std::trunc(value); }

// Follows the parser. `depth_` counts the containers around a value: those around a record are
// `record_depth_`, around its fields one more, around the elements of a field two more.
class RecordParser : public nlohmann::json_sax<json> {
 public:
  // Without `sections` the text is one array.
  RecordParser(std::span<const std::string> sections, const JsonRecordSink& sink)
      : record_depth_(sections.empty() ? 1 : 2),
        sections_(sections),
        read_(sections.size()),
        sink_(sink) {}

  // After the end of the text.
  absl::Status Finish() const {
    if (!status_.ok()) return status_;
    for (size_t i = 0; i < sections_.size(); ++i) {
      if (!read_[i]) return absl::InvalidArgumentError(sections_[i] + ": is required");
    }
    return absl::OkStatus();
  }

  bool null() override { return IsField() || Other("null"); }
  bool boolean(bool value) override {
    if (!IsField() || field_->flag == nullptr) return Other(value ? "true" : "false");
    record_.*field_->flag = value;
    return true;
  }
  bool number_integer(number_integer_t value) override { return Integer(value); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Number(static_cast<double>(value));
    }
    return Integer(static_cast<int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    return IsInteger(value) ? Integer(static_cast<int64_t>(value)) : Number(value);
  }
  bool string(string_t& value) override {
    if (!IsField() || field_->text == nullptr) return Other("a string");
    record_.*field_->text = value;
    return true;
  }
  bool binary(binary_t& /*bytes*/) override { return true; }

  bool start_object(std::size_t /*size*/) override {
    if (!Other("an object")) return false;
    if (depth_ == record_depth_ && in_records_) {
      in_record_ = true;
      record_ = {};
    }
    ++depth_;
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ == 1 && record_depth_ == 2) return StartSection(name);
    if (depth_ == record_depth_ + 1) field_ = FindField(name);
    return true;
  }
  bool end_object() override {
    --depth_;
    if (depth_ != record_depth_ || !in_record_) return true;
    in_record_ = false;
    status_ = sink_(section_, index_++, record_);
    return status_.ok();
  }
  bool start_array(std::size_t /*size*/) override {
    if (IsField() && field_->numbers != nullptr) {
      (record_.*field_->numbers).emplace();
    } else if (!Other("an array")) {
      return false;
    }
    ++depth_;
    in_records_ |= depth_ == record_depth_ && IsUsed();
    return true;
  }
  bool end_array() override {
    in_records_ &= depth_ != record_depth_;
    --depth_;
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
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
  // Whether the array or section that is being read is one of records.
  bool IsUsed() const { return record_depth_ == 1 || Find(section_) < sections_.size(); }

  // The index of a section; their number when it is not used.
  size_t Find(absl::string_view section) const {
    return static_cast<size_t>(std::ranges::find(sections_, section) - sections_.begin());
  }

  bool StartSection(const std::string& name) {
    section_ = name;
    index_ = 0;
    const size_t index = Find(name);
    if (index == sections_.size()) return true;
    if (read_[index]) return Fail(name + ": occurs twice");
    read_[index] = true;
    return true;
  }

  bool Integer(int64_t value) {
    if (!IsField()) return Number(static_cast<double>(value));
    if (field_->integer != nullptr) {
      record_.*field_->integer = value;
    } else if (field_->flag != nullptr && (value == 0 || value == 1)) {
      record_.*field_->flag = value == 1;
    } else {
      return Number(static_cast<double>(value));
    }
    return true;
  }

  bool Number(double value) {
    if (IsElement()) {
      (record_.*field_->numbers)->push_back(value);
      return true;
    }
    if (!IsField()) return CheckPlace("a number");
    if (field_->number == nullptr) return Other(absl::StrCat(value));
    record_.*field_->number = value;
    return true;
  }

  // Skips a value unless another one is required.
  bool Other(absl::string_view got) {
    if (!IsField() && !IsElement()) return CheckPlace(got);
    return Fail(absl::StrCat(section_, "[", index_, "].", field_->name, ": ", field_->required,
                             " is required, got ", got));
  }

  // Whether the whole text, each section that is used, and each of its elements, is what the layout
  // requires.
  bool CheckPlace(absl::string_view got) {
    if (depth_ == record_depth_ && in_records_) {
      return Check(absl::StrCat(section_, "[", index_, "]: "), "an object", "", got);
    }
    if (depth_ == record_depth_ - 1 && IsUsed()) {
      return Check(section_.empty() ? "" : section_ + ": ", "an array", " of objects", got);
    }
    return depth_ > 0 || Check("", "an object", " of arrays", got);
  }
  bool Check(absl::string_view path, absl::string_view required, absl::string_view of,
             absl::string_view got) {
    return got == required || Fail(absl::StrCat(path, required, of, " is required, got ", got));
  }

  bool Fail(const std::string& message) {
    status_ = absl::InvalidArgumentError(message);
    return false;
  }

  const int record_depth_;
  const std::span<const std::string> sections_;
  // Which of them have begun.
  std::vector<bool> read_;
  const JsonRecordSink& sink_;
  absl::Status status_;
  int depth_ = 0;
  // Whether the array whose objects are records is open, and whether one of them is.
  bool in_records_ = false;
  bool in_record_ = false;
  std::string section_;
  int64_t index_ = 0;
  const Field* field_ = nullptr;
  JsonRecord record_;
};

absl::Status Read(std::istream& in, std::span<const std::string> sections,
                  const JsonRecordSink& sink) {
  RecordParser parser(sections, sink);
  json::sax_parse(in, &parser);
  return parser.Finish();
}

}  // namespace

absl::Status ReadJsonArray(std::istream& in, const JsonRecordSink& sink) {
  return Read(in, {}, sink);
}

absl::Status ReadJsonSections(std::istream& in, const std::vector<std::string>& sections,
                              const JsonRecordSink& sink) {
  return Read(in, sections, sink);
}

}  // namespace detloss::cli
