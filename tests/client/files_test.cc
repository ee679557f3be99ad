// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <optional>

#include "tests/client/status_matchers.h"

namespace detloss::cli {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;

class FilesTest : public ::testing::Test {
 protected:
  FilesTest() { EXPECT_NE(mkdtemp(directory_.data()), nullptr); }
  ~FilesTest() override { fs::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }

  static std::string Contents(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string directory_ = "/tmp/detloss_files_XXXXXX";
};

TEST_F(FilesTest, WritesNewFilesAndReplacesOldOnes) {
  EXPECT_THAT(WriteFile(Path("a"), "first"), IsOk());
  EXPECT_EQ(Contents(Path("a")), "first");
  // Who reads the old file goes on reading it.
  std::ifstream reader(Path("a"));
  EXPECT_THAT(WriteFile(Path("a"), "second"), IsOk());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(reader), {}), "first");
  EXPECT_EQ(Contents(Path("a")), "second");
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), {}), 1);
}

TEST_F(FilesTest, KeepsPermissions) {
  const mode_t mask = umask(027);
  EXPECT_THAT(WriteFile(Path("a"), ""), IsOk());
  umask(mask);
  EXPECT_EQ(fs::status(Path("a")).permissions(), fs::perms(0640));
  fs::permissions(Path("a"), fs::perms(0604));
  EXPECT_THAT(WriteFile(Path("a"), "x"), IsOk());
  EXPECT_EQ(fs::status(Path("a")).permissions(), fs::perms(0604));
}

TEST_F(FilesTest, FollowsSymbolicLinks) {
  fs::create_directory(Path("d"));
  fs::create_symlink("d/target", Path("link"));
  EXPECT_THAT(WriteFile(Path("link"), "new"), IsOk());
  EXPECT_THAT(WriteFile(Path("link"), "newer"), IsOk());
  EXPECT_TRUE(fs::is_symlink(Path("link")));
  EXPECT_EQ(Contents(Path("d/target")), "newer");
}

TEST_F(FilesTest, WritesDevicesInPlace) {
  EXPECT_THAT(CheckWritable("/dev/null"), IsOk());
  EXPECT_THAT(WriteFile("/dev/null", "x"), IsOk());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_THAT(WriteFile("/dev/full", "x"),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("/dev/full: No space")));
}

TEST_F(FilesTest, ChecksBeforeItWrites) {
  EXPECT_THAT(CheckWritable(Path("a")), IsOk());
  EXPECT_TRUE(fs::is_empty(directory_));
  EXPECT_THAT(CheckWritable(Path("none/a")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none/a: No such file")));
  EXPECT_THAT(CheckWritable(directory_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("got a directory")));
  EXPECT_THAT(WriteFile(Path("a"), "old"), IsOk());
  EXPECT_THAT(CheckWritable(Path("a")), IsOk());
  EXPECT_EQ(Contents(Path("a")), "old");
}

}  // namespace
}  // namespace detloss::cli
