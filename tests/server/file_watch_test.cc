// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/file_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"

namespace detloss {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kInterval{20};

// A directory with files, and a watch of two of them.
class FileWatchTest : public testing::Test {
 protected:
  FileWatchTest() {
    std::filesystem::create_directories(directory_);
    Write("a", "1");
    Write("b", "1");
  }
  ~FileWatchTest() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ / name; }

  // At once: a watch does not see the file half written.
  void Write(const std::string& name, const std::string& contents) const {
    std::ofstream(Path("new")) << contents;
    std::filesystem::rename(Path("new"), Path(name));
  }

  void Watch(std::vector<std::string> paths, milliseconds interval = kInterval) {
    FileWatch::Signatures seen = FileWatch::Look(paths);
    watch_ = std::make_unique<FileWatch>(std::move(paths), interval, std::move(seen), [this] {
      ++calls_;
      const bool takes = takes_;
      taken_ += takes;
      return takes;
    });
  }

  // Waits until the callback has been called so often, for a long time if need be.
  bool Calls(int count) const {
    for (int i = 0; i < 3000 && calls_ < count; ++i) std::this_thread::sleep_for(kInterval);
    return calls_ == count;
  }

  // Writes a file piece by piece, each sooner than a watch of that interval looks twice. False
  // where the machine did not let it.
  bool WriteInPieces(const std::string& name, milliseconds interval) const {
    using std::chrono::steady_clock;
    for (int i = 0; i < 20; ++i) {
      const steady_clock::time_point start = steady_clock::now();
      std::ofstream(Path(name), std::ios::app) << 'x';
      std::this_thread::sleep_for(interval / 10);
      if (steady_clock::now() - start > interval / 2) return false;
    }
    return true;
  }

  void Rest() const { std::this_thread::sleep_for(10 * kInterval); }

  const std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) / absl::StrCat("file_watch.", getpid());
  std::atomic<int> calls_ = 0;
  std::atomic<int> taken_ = 0;
  std::atomic<bool> takes_ = true;
  std::unique_ptr<FileWatch> watch_;
};

TEST_F(FileWatchTest, SeesEveryKindOfChange) {
  Watch({Path("a"), Path("b")});
  Rest();
  EXPECT_EQ(calls_, 0);
  Write("a", "22");
  EXPECT_TRUE(Calls(1));
  std::fstream(Path("b")) << "2";  // the same file, of the same size
  EXPECT_TRUE(Calls(2));
  Write("c", "3");
  std::filesystem::rename(Path("c"), Path("a"));
  EXPECT_TRUE(Calls(3));
  std::filesystem::remove(Path("b"));
  EXPECT_TRUE(Calls(4));
  Write("b", "4");
  EXPECT_TRUE(Calls(5));
  std::filesystem::permissions(Path("b"), std::filesystem::perms::owner_read);
  EXPECT_TRUE(Calls(6));
  Rest();
  EXPECT_EQ(calls_, 6);
}

// As Kubernetes does with a ConfigMap or Secret: file -> ..data/file, ..data -> directory.
TEST_F(FileWatchTest, FollowsLinksThatAreSwapped) {
  for (const char* version : {"one", "two"}) {
    std::filesystem::create_directory(directory_ / version);
    Write(absl::StrCat(version, "/file"), version);
  }
  std::filesystem::create_symlink("one", directory_ / "data");
  std::filesystem::create_symlink("data/file", directory_ / "file");
  Watch({Path("file")});
  std::filesystem::create_symlink("two", directory_ / "data.new");
  std::filesystem::rename(directory_ / "data.new", directory_ / "data");
  EXPECT_TRUE(Calls(1));
}

TEST_F(FileWatchTest, WaitsUntilChangesHaveCome) {
  constexpr milliseconds kLong{200};
  do {
    watch_.reset();
    calls_ = 0;
    Watch({Path("a")}, kLong);
  } while (!WriteInPieces("a", kLong));
  EXPECT_TRUE(Calls(1));
  std::this_thread::sleep_for(3 * kLong);
  EXPECT_EQ(calls_, 1);
}

TEST_F(FileWatchTest, TellsAgainOfWhatWasNotTaken) {
  Watch({Path("a")});
  takes_ = false;
  Write("a", "22");
  for (int i = 0; i < 3000 && calls_ < 3; ++i) std::this_thread::sleep_for(kInterval);
  EXPECT_GE(calls_, 3);
  takes_ = true;
  for (int i = 0; i < 3000 && taken_ == 0; ++i) std::this_thread::sleep_for(kInterval);
  const int calls = calls_;
  Rest();
  EXPECT_EQ(calls_, calls);
}

TEST_F(FileWatchTest, SeesWhatChangedBeforeItBegan) {
  const FileWatch::Signatures seen = FileWatch::Look({Path("a")});
  Write("a", "22");
  const FileWatch watch({Path("a")}, kInterval, seen, [this] { return ++calls_, true; });
  EXPECT_TRUE(Calls(1));
}

TEST_F(FileWatchTest, IsNothingWithoutFiles) {
  Watch({});
  Rest();
  EXPECT_EQ(calls_, 0);
}

TEST_F(FileWatchTest, EndsAtOnce) {
  const auto start = std::chrono::steady_clock::now();
  {
    const FileWatch watch({Path("a")}, std::chrono::hours(1), {}, [] { return true; });
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::minutes(1));
}

}  // namespace
}  // namespace detloss
