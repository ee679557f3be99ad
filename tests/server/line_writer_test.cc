// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace detloss {
namespace {

// A pipe of one page, whose reader reads when it is told to.
class Pipe {
 public:
  Pipe() {
    EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0);
    EXPECT_GT(fcntl(ends_[1], F_SETPIPE_SZ, kBytes), 0);
    file_ = fdopen(ends_[1], "w");
  }
  ~Pipe() { CloseReader(); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  std::FILE* file() { return file_; }
  void CloseFile() { std::fclose(file_); }
  void CloseReader() {
    if (ends_[0] >= 0) close(ends_[0]);
    ends_[0] = -1;
  }

  std::string ReadSome(size_t size) const {
    std::string text(size, '\0');
    size_t got = 0;
    for (ssize_t part = 1; got < size && part > 0; got += static_cast<size_t>(part)) {
      part = read(ends_[0], text.data() + got, size - got);
    }
    return text.substr(0, got);
  }

  // Everything up to the end of the file.
  std::string ReadAll() const {
    std::string text;
    char part[kBytes];
    for (ssize_t size = 0; (size = read(ends_[0], part, sizeof part)) > 0;) {
      text.append(part, static_cast<size_t>(size));
    }
    return text;
  }

  static constexpr int kBytes = 4096;

 private:
  int ends_[2] = {-1, -1};
  std::FILE* file_ = nullptr;
};

// What a writer that holds `bytes_max` writes, if nobody reads before `write` is done.
template <class Function>
std::string Written(size_t bytes_max, Function write) {
  Pipe pipe;
  auto writer = std::make_unique<LineWriter>(pipe.file(), bytes_max);
  write(*writer);
  std::string text;
  std::thread reader([&] { text = pipe.ReadAll(); });
  writer.reset();
  pipe.CloseFile();
  reader.join();
  return text;
}

TEST(LineWriter, WritesWhatIsLeftWhenItEnds) {
  EXPECT_EQ(Written(100,
                    [](LineWriter& writer) {
                      writer.Add("one");
                      writer.Add("two");
                    }),
            "one\ntwo\n");
}

TEST(LineWriter, DropsAndCountsWhatFindsNoRoom) {
  const std::string line(99, 'x');
  constexpr int kLines = 1000;
  int64_t dropped = 0;
  const std::string text = Written(10 * (line.size() + 1), [&](LineWriter& writer) {
    for (int i = 0; i < kLines; ++i) writer.Add(line);
    dropped = writer.dropped_count();
  });
  // The pipe, what the thread is writing, and what waits for it.
  EXPECT_GE(dropped, kLines - 2 * 10 - Pipe::kBytes / 100);
  EXPECT_EQ(text.size(), static_cast<size_t>(kLines - dropped) * (line.size() + 1));
}

// Those that matter find room a little longer, but not for ever.
TEST(LineWriter, DropsImportantLinesLast) {
  const std::string line(99, 'x');
  const std::string text = Written(1000, [&](LineWriter& writer) {
    for (int i = 0; i < 100; ++i) writer.Add(line);
    const int64_t before = writer.dropped_count();
    writer.Add("important", /*important=*/true);
    EXPECT_EQ(writer.dropped_count(), before);
    for (int i = 0; i < 1000; ++i) writer.Add(line, /*important=*/true);
    EXPECT_GT(writer.dropped_count(), before + 900);
  });
  EXPECT_NE(text.find("important\n"), std::string::npos);
}

TEST(LineWriter, WritesLinesSoonHoweverLongItHasWaited) {
  Pipe pipe;
  LineWriter writer(pipe.file(), 100);
  for (const std::string line : {"one", "two"}) {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    writer.Add(line);
    EXPECT_EQ(pipe.ReadSome(line.size() + 1), line + "\n");
  }
}

TEST(LineWriter, CountsLinesThatNobodyCanReadAnyMore) {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.CloseReader();
  LineWriter writer(pipe.file(), 100);
  writer.Add("one");
  while (writer.dropped_count() == 0) std::this_thread::yield();
  EXPECT_EQ(writer.dropped_count(), 1);
}

TEST(LineWriter, TakesLinesFromManyThreads) {
  constexpr int kThreads = 4, kLines = 500;
  const std::string text = Written(1 << 20, [](LineWriter& writer) {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kLines; ++i) writer.Add("line");
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  EXPECT_EQ(text.size(), sizeof "line" * kThreads * kLines);
}

}  // namespace
}  // namespace detloss
