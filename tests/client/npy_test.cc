// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/npy.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "tests/client/status_matchers.h"

namespace detloss::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A file with the given version, dictionary and elements.
std::string File(int version, const std::string& header, const std::string& data) {
  std::string file =
      absl::StrCat("\x93NUMPY", std::string(1, static_cast<char>(version)), std::string(1, '\0'));
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) {
    file.push_back(static_cast<char>(header.size() >> (8 * i) & 255));
  }
  return absl::StrCat(file, header, data);
}

std::string Header(const std::string& descr, const std::string& shape,
                   const std::string& fortran = "False") {
  return absl::StrCat("{'descr': ", descr, ", 'fortran_order': ", fortran, ", 'shape': ", shape,
                      ", }\n");
}

TEST(Npy, ReadsEveryTypeOfTheApi) {
  const std::pair<std::string, v1::DataType> types[] = {
      {"'<f2'", v1::DATA_TYPE_FLOAT16}, {"'<f4'", v1::DATA_TYPE_FLOAT32},
      {"'<f8'", v1::DATA_TYPE_FLOAT64}, {"'<i4'", v1::DATA_TYPE_INT32},
      {"'<i8'", v1::DATA_TYPE_INT64},   {"'|u1'", v1::DATA_TYPE_UINT8},
      {"'|b1'", v1::DATA_TYPE_UINT8}};
  for (const auto& [descr, type] : types) {
    const std::string data(6 * client::SizeOf(type), '\1');
    DETLOSS_ASSERT_OK_AND_ASSIGN(array, ParseNpy(File(1, Header(descr, "(2, 3)"), data)));
    EXPECT_EQ(array.data_type, type);
    EXPECT_THAT(array.shape, ElementsAre(2, 3));
    EXPECT_EQ(*array.data, data);
  }
}

TEST(Npy, ReadsEveryVersion) {
  for (const int version : {1, 2, 3}) {
    EXPECT_THAT(ParseNpy(File(version, Header("'<f4'", "(1,)"), "abcd")), IsOk());
  }
  EXPECT_THAT(ParseNpy(File(4, Header("'<f4'", "(1,)"), "abcd")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("version")));
}

TEST(Npy, ReadsScalarsAndEmptyArrays) {
  DETLOSS_ASSERT_OK_AND_ASSIGN(scalar, ParseNpy(File(1, Header("'<f4'", "()"), "abcd")));
  EXPECT_TRUE(scalar.shape.empty());
  DETLOSS_ASSERT_OK_AND_ASSIGN(empty, ParseNpy(File(1, Header("'<f8'", "(0, 4)"), "")));
  EXPECT_THAT(empty.shape, ElementsAre(0, 4));
  EXPECT_THAT(ParseNpy(File(1, Header("'<f8'", "(9223372036854775807, 9, 0)"), "")), IsOk());
}

TEST(Npy, ReadsFortranOrderOnlyWhereItIsCOrder) {
  EXPECT_THAT(ParseNpy(File(1, Header("'<f4'", "(1,)", "True"), "abcd")), IsOk());
  EXPECT_THAT(ParseNpy(File(1, Header("'<f4'", "(1, 1)", "True"), "abcd")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ascontiguousarray")));
}

TEST(Npy, RejectsWhatItCannotSend) {
  const std::pair<std::string, std::string> cases[] = {
      {File(1, Header("'>f4'", "(1,)"), "abcd"), "got >f4: save array.astype('<f4')"},
      {File(1, Header("'<c8'", "(1,)"), "abcdefgh"), "got <c8"},
      {File(1, Header("[('x', '<f4')]", "(1,)"), "abcd"), "structured"},
      {File(1, Header("'<f4'", "(2,)"), "abcd"), "requires 8 bytes, got 4"},
      {File(1, Header("'<f4'", "(-1,)"), "abcd"), "required in the shape, got -1"},
      {File(1, Header("'<f4'", "(9223372036854775808,)"), "abcd"), "got 9223372036854775808"},
      {File(1, Header("'<f4'", "(9223372036854775807, 9)"), "abcd"), "too many"},
      {File(1, Header("'<f4'", "1"), "abcd"), "no shape"},
      {File(1, "{}", ""), "plain numbers"},
      {File(2, Header("'<f4'", "(1,)"), "abcd").substr(0, 20), "cut short"},
      {"\x93NUMPY\1", "version"},
      {"PK", "a .npy file is required, got another format"},
      {"", "a .npy file is required, got an empty file"},
  };
  for (const auto& [bytes, message] : cases) {
    EXPECT_THAT(ParseNpy(bytes), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)));
  }
}

TEST(Npy, ReadsWhatItWrites) {
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{}, {6}, {2, 3}, {1, 2, 3}, {0}}) {
    v1::Tensor tensor;
    tensor.set_data_type(v1::DATA_TYPE_FLOAT32);
    tensor.mutable_shape()->Assign(shape.begin(), shape.end());
    tensor.set_data(std::string(shape.empty() ? 4 : shape[0] == 0 ? 0 : 24, 'x'));
    DETLOSS_ASSERT_OK_AND_ASSIGN(bytes, FormatNpy(tensor));
    EXPECT_EQ((bytes.size() - tensor.data().size()) % 64, 0u);
    DETLOSS_ASSERT_OK_AND_ASSIGN(array, ParseNpy(bytes));
    EXPECT_EQ(array.shape, shape);
    EXPECT_EQ(*array.data, tensor.data());
  }
}

TEST(Npy, CannotWriteBfloat16) {
  v1::Tensor tensor;
  tensor.set_data_type(v1::DATA_TYPE_BFLOAT16);
  EXPECT_THAT(FormatNpy(tensor),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("BFLOAT16")));
}

TEST(Npy, CannotWriteMoreAxesThanItsHeaderHolds) {
  v1::Tensor tensor;
  tensor.set_data_type(v1::DATA_TYPE_FLOAT32);
  for (int i = 0; i < 30000; ++i) tensor.add_shape(1);
  tensor.set_data("abcd");
  EXPECT_THAT(FormatNpy(tensor), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("30000")));
}

TEST(Npy, NamesTheFileInErrors) {
  EXPECT_THAT(ReadNpy("/nonexistent.npy"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nonexistent.npy: No such file")));
}

}  // namespace
}  // namespace detloss::cli
