// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/print.h"

#include <gtest/gtest.h>

#include <sstream>

#include "detloss/client/error.h"

namespace detloss::cli {
namespace {

TEST(PrintError, ShowsCodeReasonAndEveryField) {
  v1::Error error;
  error.set_code(3);
  error.set_message("2 fields are wrong");
  error.set_reason("INVALID_FIELD");
  for (const char* field : {"terms[0].prediction", "terms[0].target"}) {
    v1::FieldViolation& violation = *error.add_field_violations();
    violation.set_field(field);
    violation.set_description("is required");
  }
  std::ostringstream out;
  PrintError(client::ToStatus(error), out);
  EXPECT_EQ(out.str(),
            "detloss: INVALID_ARGUMENT (INVALID_FIELD): 2 fields are wrong\n"
            "  terms[0].prediction: is required\n"
            "  terms[0].target: is required\n");
}

TEST(PrintError, DoesNotRepeatWhatTheMessageTells) {
  v1::Error error;
  error.set_code(3);
  error.set_message("terms[0].scale: must be finite, got inf");
  error.set_reason("PARAMETER_OUT_OF_RANGE");
  v1::FieldViolation& violation = *error.add_field_violations();
  violation.set_field("terms[0].scale");
  violation.set_description("must be finite, got inf");
  std::ostringstream out;
  PrintError(client::ToStatus(error), out);
  EXPECT_EQ(out.str(),
            "detloss: INVALID_ARGUMENT (PARAMETER_OUT_OF_RANGE): "
            "terms[0].scale: must be finite, got inf\n");
}

TEST(PrintError, ShowsStatusesWithoutDetails) {
  std::ostringstream out;
  PrintError(absl::NotFoundError("a.npy: no such file"), out);
  EXPECT_EQ(out.str(), "detloss: NOT_FOUND: a.npy: no such file\n");
}

TEST(PrintError, TellsWhoIsNotLetInWhatToDo) {
  v1::Error error;
  error.set_code(16);
  error.set_message("a token is required");
  error.set_reason("UNAUTHENTICATED");
  std::ostringstream out;
  PrintError(client::ToStatus(error), out);
  PrintError(absl::PermissionDeniedError("the token is not for ListLosses"), out);
  EXPECT_EQ(out.str(),
            "detloss: UNAUTHENTICATED: a token is required (--token_file or DETLOSS_TOKEN brings "
            "a token, --tls_cert and --tls_key a certificate)\n"
            "detloss: PERMISSION_DENIED: the token is not for ListLosses (who runs the server says "
            "what a token is for)\n");
}

TEST(PrintTable, AlignsColumns) {
  std::ostringstream out;
  PrintTable({{"NAME", "N"}, {"a", "10"}, {"abcdef", "1"}}, 1, out);
  EXPECT_EQ(out.str(), "NAME     N\na       10\nabcdef   1\n");
}

TEST(PrintTable, CountsCharactersInsteadOfBytes) {
  std::ostringstream out;
  PrintTable({{"é", "1"}, {"aa", "22"}}, 1, out);
  EXPECT_EQ(out.str(), "é    1\naa  22\n");
}

TEST(PrintTable, ShowsNoControlCharacters) {
  std::ostringstream out;
  PrintTable({{"a\x1b[31m\tb\nc\x7f", "1"}}, 0, out);
  EXPECT_EQ(out.str(), "a?[31m?b?c?  1\n");
}

TEST(FormatNumber, IsShort) {
  EXPECT_EQ(FormatNumber(0.1), "0.1");
  EXPECT_EQ(FormatNumber(1.0 / 3), "0.3333333333");
  EXPECT_EQ(FormatNumber(1e300), "1e+300");
}

TEST(FormatBytes, HasThreeDigitsAndAUnit) {
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(999), "999 B");
  EXPECT_EQ(FormatBytes(1000), "1 kB");
  EXPECT_EQ(FormatBytes(1536), "1.54 kB");
  EXPECT_EQ(FormatBytes(999999), "1 MB");
  EXPECT_EQ(FormatBytes(448123456), "448 MB");
  EXPECT_EQ(FormatBytes(123456789012345678), "1.23e+05 TB");
}

}  // namespace
}  // namespace detloss::cli
