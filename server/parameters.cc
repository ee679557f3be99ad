// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/parameters.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/reflection.h>

#include "absl/strings/str_cat.h"
#include "detloss/v1/losses.pb.h"

namespace detloss {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

using Fields = std::vector<const FieldDescriptor*>;

// The fields of a loss's parameters, in the order of its table.
Fields FindFields(const LossInfo& loss) {
  const auto& message =
      *v1::LossTerm::descriptor()->FindFieldByName(std::string(loss.name))->message_type();
  Fields fields;
  for (const ParameterSpec& spec : loss.parameters) {
    fields.push_back(message.FindFieldByName(std::string(spec.name)));
  }
  return fields;
}

// The same, looked up once.
const Fields& FieldsOf(const LossInfo& loss) {
  static const auto& all = *new std::vector<Fields>([] {
    std::vector<Fields> fields;
    for (const LossInfo& each : AllLosses()) fields.push_back(FindFields(each));
    return fields;
  }());
  return all[IndexOf(loss)];
}

// One parameter of one message.
class Reader {
 public:
  Reader(const Message& message, const ParameterSpec& spec, const FieldDescriptor& field)
      : message_(message), spec_(spec), field_(field) {}

  void Read(ParameterValues::Value& value, absl::string_view loss,
            std::vector<Violation>& violations) const {
    const auto& reflection = *message_.GetReflection();
    if (spec_.kind == ParameterKind::kNumbers) return ReadNumbers(value);
    if (spec_.kind == ParameterKind::kChoice) return ReadChoice(value, loss, violations);
    if (!reflection.HasField(message_, &field_)) return;
    value.present = true;
    if (spec_.kind == ParameterKind::kInteger) {
      value.integer = reflection.GetInt64(message_, &field_);
    } else {
      value.number = reflection.GetDouble(message_, &field_);
    }
  }

 private:
  void ReadNumbers(ParameterValues::Value& value) const {
    if (message_.GetReflection()->FieldSize(message_, &field_) == 0) return;
    const auto numbers = message_.GetReflection()->GetRepeatedFieldRef<double>(message_, &field_);
    value.numbers.assign(numbers.begin(), numbers.end());
    value.present = true;
  }

  // 0 is the default; the choices are numbered from 1.
  void ReadChoice(ParameterValues::Value& value, absl::string_view loss,
                  std::vector<Violation>& violations) const {
    const int number = message_.GetReflection()->GetEnumValue(message_, &field_);
    if (number == 0) return;
    if (number < 0 || static_cast<size_t>(number) > spec_.choices.size()) {
      violations.push_back(
          {absl::StrCat(loss, ".", spec_.name), Reason::kUnknownValue,
           absl::StrCat("must be ", RequirementText(spec_), ", got the number ", number)});
      return;
    }
    value.present = true;
    value.number = number - 1;
  }

  const Message& message_;
  const ParameterSpec& spec_;
  const FieldDescriptor& field_;
};

}  // namespace

ParameterValues DecodeParameters(const LossInfo& loss, const Message& message,
                                 std::vector<Violation>& violations) {
  ParameterValues values(loss.parameters);
  const Fields& fields = FieldsOf(loss);
  for (size_t i = 0; i < fields.size(); ++i) {
    Reader(message, loss.parameters[i], *fields[i]).Read(values[i], loss.name, violations);
  }
  return values;
}

}  // namespace detloss
