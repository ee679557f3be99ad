// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The documents say what the code says, and their links lead somewhere.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "detloss/violation.h"
#include "server/metrics.h"
#include "server/options.h"
#include "server/status.h"
#include "tests/docs/written_documents.h"

namespace detloss {
namespace {

using ::testing::IsEmpty;

const std::filesystem::path kRoot = DETLOSS_SOURCE_DIR;

std::string Read(const std::filesystem::path& path) {
  std::ostringstream contents;
  contents << std::ifstream(kRoot / path, std::ios::binary).rdbuf();
  EXPECT_FALSE(contents.str().empty()) << path << " is missing or empty";
  return std::move(contents).str();
}

// Every match of the only group of `pattern`.
std::set<std::string> Matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::set<std::string> matches;
  for (std::sregex_iterator i(text.begin(), text.end(), regex), end; i != end; ++i) {
    matches.insert((*i)[1]);
  }
  return matches;
}

TEST(WrittenDocuments, AreWhatTheCodeSays) {
  for (const WrittenDocument& document : WrittenDocuments()) {
    EXPECT_EQ(Read(document.path), document.text)
        << document.path << " is stale: run bin/write_docs of the build";
  }
}

TEST(ErrorsTest, HaveEveryReasonWithItsCode) {
  const std::string text = Read("docs/errors.md");
  std::set<std::string> documented = Matches(text, "\n\\| `([A-Z_]+)` \\|");
  for (const Reason reason : AllReasons()) {
    const std::string name(Name(reason));
    const std::string row = absl::StrCat("\n| `", name, "` | ", CodeName(CodeOf(reason)), " | ");
    EXPECT_TRUE(absl::StrContains(text, row)) << "docs/errors.md lacks the row" << row;
    documented.erase(name);
  }
  EXPECT_THAT(documented, IsEmpty()) << "docs/errors.md has reasons that do not exist";
}

// The tables that write_docs fills are there to be filled.
TEST(OperationsTest, HasEveryFlagAndMetric) {
  const std::string text = Read("docs/operations.md");
  for (const OptionText& option : ServerOptions().ToText()) {
    EXPECT_TRUE(absl::StrContains(text, absl::StrCat("\n| `--", option.name, "` | ")))
        << option.name;
  }
  for (const MetricDefinition& metric : AllMetrics()) {
    EXPECT_TRUE(absl::StrContains(text, absl::StrCat("\n| `", metric.name, "` | "))) << metric.name;
  }
}

// The files that a person reads from the top.
std::vector<std::filesystem::path> Documents() {
  std::vector<std::filesystem::path> paths = {"README.md", "HACKING.md", "CHANGELOG.md",
                                              "SECURITY.md"};
  for (const auto& entry : std::filesystem::directory_iterator(kRoot / "docs")) {
    paths.push_back(std::filesystem::relative(entry.path(), kRoot));
  }
  return paths;
}

TEST(DocumentsTest, LinksLeadToFiles) {
  for (const std::filesystem::path& path : Documents()) {
    if (path.extension() != ".md") continue;
    for (const std::string& link : Matches(Read(path), R"(\]\(([^)#]+)[^)]*\))")) {
      if (absl::StrContains(link, "://")) continue;
      EXPECT_TRUE(std::filesystem::exists(kRoot / path.parent_path() / link))
          << path << " links to " << link;
    }
  }
}

// Paths in code quotes that start with a directory of the repository.
TEST(DocumentsTest, PathsExist) {
  const std::string pattern =
      "`((?:common|core|server|client|proto|tests|cmake|script|docs)/[a-z0-9_./-]*)`";
  for (const std::filesystem::path& path : Documents()) {
    if (path.extension() != ".md") continue;
    for (const std::string& name : Matches(Read(path), pattern)) {
      EXPECT_TRUE(std::filesystem::exists(kRoot / name)) << path << " names " << name;
    }
  }
}

}  // namespace
}  // namespace detloss
