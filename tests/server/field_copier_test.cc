// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/field_copier.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace detloss {
namespace {

using google::protobuf::io::CodedInputStream;

// Runs over the fields of `bytes`, and returns what was written, or "no message".
std::string Copied(const std::string& bytes,
                   const std::function<bool(FieldCopier&, uint32_t tag)>& take) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  in.PushLimit(static_cast<int>(bytes.size()));
  SmallText to;
  FieldCopier fields(in, to);
  const bool complete = fields.ForEachField([&](uint32_t tag) { return take(fields, tag); });
  return complete ? std::string(to.view()) : "no message";
}

std::string AllCopied(const std::string& bytes) {
  return Copied(bytes, [](FieldCopier& fields, uint32_t tag) { return fields.Copy(tag); });
}

TEST(FieldCopier, CopiesEveryKindOfField) {
  const std::string fields[] = {
      {"\x08\x96\x01", 3},            // 1: a number
      {"\x11\1\2\3\4\5\6\7\x08", 9},  // 2: 64 bits
      {"\x1a\x03"
       "abc",
       5},                              // 3: bytes
      {"\x25\1\2\3\4", 5},              // 4: 32 bits
      {"\x2b\x08\x01\x33\x34\x2c", 6},  // 5: a group with one in it
      {"\x1a\x00", 2},                  // 3: no bytes
  };
  std::string all;
  for (const std::string& field : fields) {
    EXPECT_EQ(AllCopied(field), field);
    all += field;
  }
  EXPECT_EQ(AllCopied(all), all);
  EXPECT_EQ(AllCopied(""), "");
}

TEST(FieldCopier, WritesNumbersInTheirShortestForm) {
  EXPECT_EQ(AllCopied(std::string("\x08\x81\x80\x00", 4)), std::string("\x08\x01", 2));
}

TEST(FieldCopier, SaysWhereBytesAreNoMessage) {
  const std::string wrong[] = {
      {"\x08", 1},      // no number
      {"\x08\x80", 2},  // half a number
      {"\x1a\x05"
       "abc",
       5},                                  // too few bytes
      {"\x11\1\2\3", 4},                    // too few of 64 bits
      {"\x2b\x08\x01", 3},                  // a group without an end
      {"\x0f\x01", 2},                      // no such type
      {"\x00\x01", 2},                      // field 0
      {"\x1a\x80\x80\x80\x80\x80\x00", 7},  // a length of six bytes
  };
  for (const std::string& bytes : wrong) EXPECT_EQ(AllCopied(bytes), "no message");
}

TEST(FieldCopier, TakesBytesOut) {
  std::string taken;
  const auto take_out = [&](FieldCopier& fields, uint32_t tag) {
    if (tag != 0x1a) return fields.Copy(tag);
    return fields.TakeOut(tag, [&](const void* data, size_t size) {
      taken.append(static_cast<const char*>(data), size);
    });
  };
  EXPECT_EQ(Copied(std::string("\x08\x01\x1a\x03"
                               "abc"
                               "\x08\x02",
                               9),
                   take_out),
            std::string("\x08\x01\x1a\x00\x08\x02", 6));
  EXPECT_EQ(taken, "abc");
  EXPECT_EQ(Copied(std::string("\x1a\x04"
                               "abc",
                               5),
                   take_out),
            "no message");
}

// The length of what is nested becomes smaller, but its field keeps its bytes.
TEST(FieldCopier, NestsWhatBecomesSmaller) {
  const std::string bytes =
      std::string("\x1a\xc8\x01", 3) + std::string("\x1a\xc5\x01", 3) + std::string(197, 'x');
  const auto nest = [](FieldCopier& fields, uint32_t tag) {
    return fields.Nest(tag, [&] {
      return fields.ForEachField(
          [&](uint32_t inner) { return fields.TakeOut(inner, [](const void*, size_t) {}); });
    });
  };
  EXPECT_EQ(Copied(bytes, nest), std::string("\x1a\x82\x00\x1a\x00", 5));
}

}  // namespace
}  // namespace detloss
