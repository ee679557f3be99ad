// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/parameters.h"

#include <google/protobuf/descriptor.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace detloss::cli {
namespace {

using absl::string_view;
using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const auto kAppendName = [](std::string* out, const auto* element) {
  out->append(element->name());
};

std::string KnownLosses() {
  const auto& losses = *v1::LossTerm::descriptor()->FindOneofByName("loss");
  std::vector<const FieldDescriptor*> fields;
  for (int i = 0; i < losses.field_count(); ++i) fields.push_back(losses.field(i));
  return absl::StrJoin(fields, ", ", kAppendName);
}

std::string KnownParameters(const Descriptor& loss) {
  if (loss.field_count() == 0) return "it has none";
  std::vector<const FieldDescriptor*> fields;
  for (int i = 0; i < loss.field_count(); ++i) fields.push_back(loss.field(i));
  return absl::StrCat("known: ", absl::StrJoin(fields, ", ", kAppendName));
}

absl::Status WrongValue(const FieldDescriptor& field, string_view required, string_view got) {
  return absl::InvalidArgumentError(
      absl::StrCat(field.name(), ": ", required, " is required, got ", got));
}

absl::Status SetNumber(const FieldDescriptor& field, string_view text, Message& loss) {
  double value;
  if (!absl::SimpleAtod(text, &value)) return WrongValue(field, "a number", text);
  loss.GetReflection()->SetDouble(&loss, &field, value);
  return absl::OkStatus();
}

absl::Status SetInteger(const FieldDescriptor& field, string_view text, Message& loss) {
  int64_t value;
  if (!absl::SimpleAtoi(text, &value)) return WrongValue(field, "an integer", text);
  loss.GetReflection()->SetInt64(&loss, &field, value);
  return absl::OkStatus();
}

absl::Status SetNumbers(const FieldDescriptor& field, string_view text, Message& loss) {
  for (const string_view part : absl::StrSplit(text, ',')) {
    double value;
    if (!absl::SimpleAtod(part, &value)) return WrongValue(field, "a list of numbers", text);
    loss.GetReflection()->AddDouble(&loss, &field, value);
  }
  return absl::OkStatus();
}

absl::Status SetChoice(const FieldDescriptor& field, string_view text, Message& loss) {
  const absl::StatusOr<int> value = ParseChoice(text, *field.enum_type());
  if (!value.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(field.name(), ": ", value.status().message()));
  }
  loss.GetReflection()->SetEnumValue(&loss, &field, *value);
  return absl::OkStatus();
}

bool IsSet(const FieldDescriptor& field, const Message& loss) {
  return field.is_repeated() ? loss.GetReflection()->FieldSize(loss, &field) > 0
                             : loss.GetReflection()->HasField(loss, &field);
}

// What the values of an enum start with: BOX_FORMAT_.
string_view PrefixOf(const EnumDescriptor& type) {
  return absl::StripSuffix(type.value(0)->name(), "UNSPECIFIED");
}

}  // namespace

absl::StatusOr<LossMessage> NewLoss(const std::string& name) {
  const FieldDescriptor* field = v1::LossTerm::descriptor()->FindFieldByName(name);
  if (field == nullptr || field->containing_oneof() == nullptr ||
      field->real_containing_oneof() == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no loss ", name, "; known: ", KnownLosses()));
  }
  return LossMessage(google::protobuf::MessageFactory::generated_factory()
                         ->GetPrototype(field->message_type())
                         ->New());
}

absl::Status SetParameter(string_view assignment, Message& loss) {
  if (!absl::StrContains(assignment, '=')) {
    return absl::InvalidArgumentError(
        absl::StrCat(assignment, ": name=value is required, got no value"));
  }
  const std::pair<string_view, string_view> parts =
      absl::StrSplit(assignment, absl::MaxSplits('=', 1));
  const auto [name, text] = parts;
  const FieldDescriptor* field = loss.GetDescriptor()->FindFieldByName(std::string(name));
  if (field == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": there is no such parameter; ",
                                                   KnownParameters(*loss.GetDescriptor())));
  }
  if (IsSet(*field, loss)) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": is given twice"));
  }
  if (field->is_repeated()) return SetNumbers(*field, text, loss);
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return SetNumber(*field, text, loss);
    case FieldDescriptor::CPPTYPE_INT64:
      return SetInteger(*field, text, loss);
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetChoice(*field, text, loss);
    default:
      return absl::UnimplementedError(absl::StrCat(name, ": has an unknown type"));
  }
}

absl::StatusOr<LossMessage> MakeLoss(const std::string& name,
                                     const std::vector<std::string>& assignments) {
  absl::StatusOr<LossMessage> loss = NewLoss(name);
  if (!loss.ok()) return loss;
  for (const std::string& assignment : assignments) {
    const absl::Status status = SetParameter(assignment, **loss);
    if (!status.ok()) {
      return absl::Status(status.code(), absl::StrCat(name, ".", status.message()));
    }
  }
  return loss;
}

std::vector<std::string> ChoicesOf(const EnumDescriptor& type) {
  std::vector<std::string> choices;
  for (int i = 1; i < type.value_count(); ++i) {
    choices.push_back(ChoiceName(type.value(i)->number(), type));
  }
  return choices;
}

std::string ChoiceName(int number, const EnumDescriptor& type) {
  return absl::AsciiStrToLower(
      absl::StripPrefix(type.FindValueByNumber(number)->name(), PrefixOf(type)));
}

absl::StatusOr<int> ParseChoice(string_view name, const EnumDescriptor& type) {
  const std::string upper = absl::AsciiStrToUpper(name);
  const auto* value = type.FindValueByName(absl::StrCat(PrefixOf(type), upper));
  if (value == nullptr || value->number() == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("one of ", absl::StrJoin(ChoicesOf(type), ", "), " is required, got ", name));
  }
  return value->number();
}

}  // namespace detloss::cli
