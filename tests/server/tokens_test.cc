// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace detloss {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// `printf %s one | sha256sum`, and so on.
constexpr char kOne[] = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
constexpr char kTwo[] = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";

Tokens Parsed(absl::string_view text) {
  absl::StatusOr<Tokens> tokens = Tokens::Parse(text);
  EXPECT_TRUE(tokens.ok()) << tokens.status();
  return *std::move(tokens);
}

std::string Error(absl::string_view text) {
  return std::string(Tokens::Parse(text).status().message());
}

TEST(Tokens, AreFoundByTheirText) {
  const Tokens tokens = Parsed(absl::StrCat("trainer ", kOne, "\nreader ", kTwo, "\n"));
  EXPECT_EQ(tokens.size(), 2u);
  ASSERT_NE(tokens.Find("one"), nullptr);
  EXPECT_EQ(tokens.Find("one")->name, "trainer");
  ASSERT_NE(tokens.Find("two"), nullptr);
  EXPECT_EQ(tokens.Find("two")->name, "reader");
  for (const char* unknown : {"", "three", "One", "one ", kOne}) {
    EXPECT_EQ(tokens.Find(unknown), nullptr) << unknown;
  }
}

TEST(Tokens, AreForAllMethodsOrThoseNamed) {
  const Tokens tokens =
      Parsed(absl::StrCat("a ", kOne, "\nb ", kTwo, " ComputeLoss ServerReflectionInfo"));
  EXPECT_THAT(tokens.Find("one")->methods, IsEmpty());
  EXPECT_TRUE(tokens.Find("one")->Allows("ListLosses"));
  EXPECT_THAT(tokens.Find("two")->methods, ElementsAre("ComputeLoss", "ServerReflectionInfo"));
  EXPECT_TRUE(tokens.Find("two")->Allows("ComputeLoss"));
  EXPECT_FALSE(tokens.Find("two")->Allows("ListLosses"));
  EXPECT_FALSE(tokens.Find("two")->Allows("Compute"));
}

TEST(Tokens, MayShareAName) {
  const Tokens tokens = Parsed(absl::StrCat("a ", kOne, "\na ", kTwo));
  EXPECT_EQ(tokens.Find("one")->name, tokens.Find("two")->name);
}

TEST(Tokens, TakeCommentsSpacesAndUpperCase) {
  const Tokens tokens =
      Parsed(absl::StrCat("# tokens\r\n\r\n  \t a.b-c_d@e/f\t", absl::AsciiStrToUpper(kOne),
                          "  # of one\r\n", "#b ", kTwo));
  EXPECT_EQ(tokens.size(), 1u);
  EXPECT_EQ(tokens.Find("one")->name, "a.b-c_d@e/f");
}

TEST(Tokens, ErrorsTellTheLineAndWhatIsRequired) {
  const std::string hash =
      "the SHA-256 of a token, 64 hexadecimal digits, is required after the "
      "name";
  EXPECT_EQ(Error("# none\nname"), "line 2: " + hash);
  EXPECT_EQ(Error("name one"), "line 1: " + hash);
  EXPECT_EQ(Error(absl::StrCat("a ", kOne, "0")), "line 1: " + hash);
  EXPECT_EQ(Error(absl::StrCat("a ", std::string(64, 'g'))), "line 1: " + hash);
  EXPECT_EQ(Error(absl::StrCat("a ", kOne, "\n\nb\"b ", kTwo)),
            "line 3: a name of 1 to 64 letters, digits and any of ._-@/ is required first");
  EXPECT_THAT(Error(absl::StrCat(std::string(65, 'n'), " ", kOne)), HasSubstr("a name of 1 to 64"));
  EXPECT_EQ(Error(absl::StrCat("a ", kOne, " ComputeLoss Compute")),
            "line 1: names of methods, such as ComputeLoss, are required after the hash");
  EXPECT_EQ(Error(absl::StrCat("a ", kOne, "\nb ", kOne)),
            "line 2: each token may stand on one line only");
}

TEST(Tokens, ErrorsHoldNothingOfTheFile) {
  const std::string secret = "hunter2";
  for (const std::string& text : {secret, "a " + secret, "a\"" + secret + " " + kOne,
                                  absl::StrCat("a ", kOne, " ", secret)}) {
    EXPECT_THAT(Error(text), Not(HasSubstr(secret)));
    EXPECT_THAT(Error(text), HasSubstr("required"));
  }
}

TEST(Tokens, AreNeitherNoneNorTooMany) {
  for (const char* text : {"", "\n\n", "# only\n"}) {
    EXPECT_EQ(Error(text), "a token is required, got none");
  }
  std::string text;
  for (size_t i = 0; i < Tokens::kCountMax; ++i) {
    absl::StrAppend(&text, "a ", absl::Hex(i + 1, absl::kZeroPad16), std::string(48, '0'), "\n");
  }
  EXPECT_EQ(Parsed(text).size(), Tokens::kCountMax);
  EXPECT_EQ(Error(absl::StrCat(text, "a ", kOne)), "line 1001: at most 1000 tokens are allowed");
  EXPECT_EQ(Error(std::string(Tokens::kTextBytesMax + 1, '\n')),
            "at most 1048576 bytes are allowed");
}

}  // namespace
}  // namespace detloss
