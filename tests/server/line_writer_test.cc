// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <set>
#include <sstream>
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
    bytes_ = fcntl(ends_[1], F_SETPIPE_SZ, 4096);
    EXPECT_GT(bytes_, 0);
    file_ = fdopen(ends_[1], "w");
  }
  ~Pipe() {
    CloseFile();
    CloseReader();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  std::FILE* file() { return file_; }
  void CloseFile() {
    if (file_ != nullptr) std::fclose(file_);
    file_ = nullptr;
  }
  void CloseReader() {
    if (ends_[0] >= 0) close(ends_[0]);
    ends_[0] = -1;
  }

  // As much, or less if nothing more comes for half a minute.
  std::string ReadSome(size_t size) const {
    std::string text(size, '\0');
    size_t got = 0;
    pollfd readable = {.fd = ends_[0], .events = POLLIN, .revents = 0};
    while (got < size && poll(&readable, 1, 30000) == 1) {
      const ssize_t part = read(ends_[0], text.data() + got, size - got);
      if (part <= 0) break;
      got += static_cast<size_t>(part);
    }
    return text.substr(0, got);
  }

  // Everything up to the end of the file.
  std::string ReadAll() const {
    std::string text;
    char part[4096];
    for (ssize_t size = 0; (size = read(ends_[0], part, sizeof part)) > 0;) {
      text.append(part, static_cast<size_t>(size));
    }
    return text;
  }

  // What it holds: at least a page.
  int bytes() const { return bytes_; }

 private:
  int ends_[2] = {-1, -1};
  int bytes_ = 0;
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
  EXPECT_GE(dropped, kLines - 2 * 10 - Pipe().bytes() / 100);
  EXPECT_EQ(text.size(), static_cast<size_t>(kLines - dropped) * (line.size() + 1));
}

// Those that matter find room a little longer, but not for ever.
TEST(LineWriter, DropsImportantLinesLast) {
  const std::string line(99, 'x');
  const std::string text = Written(1000, [&](LineWriter& writer) {
    for (int i = 0; i < 2000; ++i) writer.Add(line);
    const int64_t before = writer.dropped_count();
    writer.Add("important", /*important=*/true);
    EXPECT_EQ(writer.dropped_count(), before);
    for (int i = 0; i < 10000; ++i) writer.Add(line, /*important=*/true);
    EXPECT_GT(writer.dropped_count(), before + 9000);
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
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  {
    Pipe pipe;
    pipe.CloseReader();
    LineWriter writer(pipe.file(), 100);
    writer.Add("one");
    for (int i = 0; i < 30000 && writer.dropped_count() == 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(writer.dropped_count(), 1);
  }
  std::signal(SIGPIPE, before);
}

TEST(LineWriter, TakesLinesFromManyThreads) {
  constexpr int kThreads = 4, kLines = 500;
  const std::string text = Written(1 << 20, [](LineWriter& writer) {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kLines; ++i) writer.Add(std::to_string(t * kLines + i));
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  std::set<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.insert(line);
  EXPECT_EQ(lines.size(), size_t{kThreads} * kLines);
  EXPECT_TRUE(lines.contains("1999"));
}

}  // namespace
}  // namespace detloss
