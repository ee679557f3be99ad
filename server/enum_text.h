// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_ENUM_TEXT_H_
#define DETLOSS_SERVER_ENUM_TEXT_H_

#include <google/protobuf/descriptor.h>

#include <string>

namespace detloss {

// What an error says of a number that is no value of the enum: "must be one of NONE, MEAN, SUM, got
// the number 9".
std::string UnknownValueText(const google::protobuf::EnumDescriptor& type, int number);

}  // namespace detloss

#endif  // DETLOSS_SERVER_ENUM_TEXT_H_
