// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The registry and the API name the same losses, parameters and choices.

#include "detloss/registry.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "detloss/v1/loss_service.pb.h"

namespace detloss {
namespace {

using google::protobuf::FieldDescriptor;

const google::protobuf::OneofDescriptor& LossOneof() {
  return *v1::LossTerm::descriptor()->FindOneofByName("loss");
}

TEST(Registry, HasARowForEveryLossOfTheApi) {
  EXPECT_EQ(static_cast<size_t>(LossOneof().field_count()), AllLosses().size());
  for (int i = 0; i < LossOneof().field_count(); ++i) {
    EXPECT_NE(FindLoss(LossOneof().field(i)->name()), nullptr)
        << LossOneof().field(i)->name() << " has no row in core/losses.inc";
  }
}

void ExpectKind(const ParameterSpec& spec, const FieldDescriptor& field) {
  const bool repeated = spec.kind == ParameterKind::kNumbers;
  EXPECT_EQ(field.is_repeated(), repeated) << field.full_name();
  const FieldDescriptor::CppType types[] = {
      FieldDescriptor::CPPTYPE_DOUBLE, FieldDescriptor::CPPTYPE_INT64,
      FieldDescriptor::CPPTYPE_DOUBLE, FieldDescriptor::CPPTYPE_ENUM};
  EXPECT_EQ(field.cpp_type(), types[static_cast<size_t>(spec.kind) - 1]) << field.full_name();
}

void ExpectChoices(const ParameterSpec& spec, const FieldDescriptor& field) {
  const google::protobuf::EnumDescriptor& type = *field.enum_type();
  ASSERT_EQ(static_cast<size_t>(type.value_count()), spec.choices.size() + 1);
  for (size_t i = 0; i < spec.choices.size(); ++i) {
    const auto* value = type.FindValueByNumber(static_cast<int>(i) + 1);
    ASSERT_NE(value, nullptr);
    EXPECT_TRUE(value->name().ends_with("_" + std::string(spec.choices[i]))) << value->name();
  }
}

TEST(Registry, HasTheParametersOfTheApiInTheirOrder) {
  for (const LossInfo& loss : AllLosses()) {
    const FieldDescriptor* term =
        v1::LossTerm::descriptor()->FindFieldByName(std::string(loss.name));
    ASSERT_NE(term, nullptr) << loss.name << " is not in LossTerm.loss";
    const google::protobuf::Descriptor& message = *term->message_type();
    ASSERT_EQ(static_cast<size_t>(message.field_count()), loss.parameters.size()) << loss.name;
    for (int i = 0; i < message.field_count(); ++i) {
      const ParameterSpec& spec = loss.parameters[static_cast<size_t>(i)];
      EXPECT_EQ(message.field(i)->name(), spec.name);
      ExpectKind(spec, *message.field(i));
      if (spec.kind == ParameterKind::kChoice) ExpectChoices(spec, *message.field(i));
    }
  }
}

}  // namespace
}  // namespace detloss
