// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Programs that a test runs.

#ifndef DETLOSS_TESTS_E2E_PROCESS_H_
#define DETLOSS_TESTS_E2E_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace detloss {

// A directory of the test's own, removed with all that is in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  // The path of a file in it.
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& contents);

// A program whose output goes to files of the test. Killed at the end of its scope.
class Process {
 public:
  // `environment` holds "NAME=value"; the rest of the environment is the test's. `output` is a
  // descriptor that takes the place of the file for the standard output.
  explicit Process(const std::vector<std::string>& command,
                   const std::vector<std::string>& environment = {}, int output = -1);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Signal(int signal) const;

  // Waits for its end. Returns its exit status, or 128 + the signal that ended it.
  int Wait();

  pid_t pid() const { return pid_; }

  // What it has written until now.
  std::string output() const { return ReadFile(directory_ / "output"); }
  std::string errors() const { return ReadFile(directory_ / "errors"); }

 private:
  TemporaryDirectory directory_;
  pid_t pid_ = -1;
};

// The path of a program of this build: "detlossd".
std::string Binary(const std::string& name);

}  // namespace detloss

#endif  // DETLOSS_TESTS_E2E_PROCESS_H_
