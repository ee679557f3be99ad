// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

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
  ~Pipe() { close(ends_[0]); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  std::FILE* file() { return file_; }
  void CloseFile() { std::fclose(file_); }

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
                      writer.AddAlways("two");
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

TEST(LineWriter, HasAlwaysRoomForSomeLines) {
  const std::string text = Written(0, [](LineWriter& writer) {
    writer.Add("dropped");
    writer.AddAlways("kept");
    EXPECT_EQ(writer.dropped_count(), 1);
  });
  EXPECT_EQ(text, "kept\n");
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
