// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// detlossd with certificates and tokens, and the command `detloss` as its client.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/common/certificates.h"
#include "tests/e2e/daemon.h"

namespace detloss {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The SHA-256 of "one", "two" and "three".
constexpr char kOne[] = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
constexpr char kTwo[] = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";
constexpr char kThree[] = "8b5b9db0c13db24256c829aa364aa90c6d2eba318b9232a4ab9313b954d3555f";

struct Outcome {
  int exit_status;
  std::string errors;
};

Outcome OutcomeOf(const std::vector<std::string>& command) {
  Process process(command);
  const int exit_status = process.Wait();
  return {exit_status, process.errors()};
}

class SecurityTest : public ::testing::Test {
 protected:
  SecurityTest() {
    const KeyPair server = authority_.MakeServer("server");
    WriteFile(directory_ / "server.pem", server.certificate);
    WriteFile(directory_ / "server.key", server.key);
    WriteFile(directory_ / "ca.pem", authority_.certificate());
    WriteTokens(absl::StrCat("trainer ", kOne, "\nreader ", kTwo, " ListLosses\n"));
    for (const char* token : {"one", "two", "three"}) WriteFile(directory_ / token, token);
  }

  void WriteTokens(const std::string& text) const { WriteFile(directory_ / "tokens", text); }

  std::vector<std::string> ServerFlags() const {
    return {"--tls_cert=" + (directory_ / "server.pem"), "--tls_key=" + (directory_ / "server.key"),
            "--auth_token_file=" + (directory_ / "tokens")};
  }

  // What a server says that does not start.
  Outcome Start(std::vector<std::string> flags) const {
    flags.insert(flags.begin(), {Binary("detlossd"), "--listen=127.0.0.1:0"});
    return OutcomeOf(flags);
  }

  Outcome Run(const Daemon& daemon, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), Binary("detloss"));
    arguments.push_back("--address=" + daemon.address());
    return OutcomeOf(arguments);
  }

  // `detloss list` over TLS, with the token of a file.
  Outcome List(const Daemon& daemon, const std::string& token) const {
    return Run(daemon, {"list", "--tls_ca=" + (directory_ / "ca.pem"),
                        "--token_file=" + (directory_ / token)});
  }

  const CertificateAuthority authority_{"authority"};
  const TemporaryDirectory directory_;
};

TEST_F(SecurityTest, LetsInWhoIsKnown) {
  Daemon daemon(ServerFlags());
  EXPECT_EQ(List(daemon, "one").exit_status, 0);
  EXPECT_EQ(List(daemon, "two").exit_status, 0);
  const Outcome stranger = List(daemon, "three");
  EXPECT_EQ(stranger.exit_status, 1);
  EXPECT_THAT(stranger.errors, HasSubstr("UNAUTHENTICATED"));
  const Outcome nobody = Run(daemon, {"list", "--tls_ca=" + (directory_ / "ca.pem")});
  EXPECT_THAT(nobody.errors, HasSubstr("UNAUTHENTICATED"));
  const Outcome plain =
      Run(daemon, {"list", "--token_file=" + (directory_ / "one"), "--timeout=1s"});
  EXPECT_THAT(plain.errors, HasSubstr("UNAVAILABLE"));
  const Outcome probe = Run(daemon, {"health", "--tls_ca=" + (directory_ / "ca.pem")});
  EXPECT_EQ(probe.exit_status, 0) << probe.errors;
}

TEST_F(SecurityTest, RefusesMethodsThatATokenIsNotFor) {
  WriteTokens(absl::StrCat("reader ", kTwo, " GetServerInfo\n"));
  Daemon daemon(ServerFlags());
  const Outcome outcome = List(daemon, "two");
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_THAT(outcome.errors,
              AllOf(HasSubstr("PERMISSION_DENIED"), HasSubstr("not for ListLosses")));
}

TEST_F(SecurityTest, LogsNamesButNeitherSecretsNorPaths) {
  Daemon daemon(ServerFlags());
  EXPECT_EQ(List(daemon, "one").exit_status, 0);
  List(daemon, "three");
  WriteTokens("trainer nonsense\n");
  WriteFile(directory_ / "server.key", "nonsense");
  daemon.WaitForLine("tokens_reload_failed");
  daemon.WaitForLine("tls_reload_failed");
  EXPECT_EQ(daemon.Stop(SIGTERM), 0);
  const std::string log = daemon.process().output() + daemon.process().errors();
  EXPECT_EQ(daemon.Lines("request").at(0)["caller"], "trainer");
  EXPECT_EQ(daemon.Lines("request").at(1)["reason"], "UNAUTHENTICATED");
  const std::string place = absl::StrReplaceAll(directory_ / "", {{"//", "/"}});
  for (const std::string& secret : {std::string(kOne), std::string(kTwo), std::string("three"),
                                    std::string("PRIVATE KEY"), std::string("nonsense"), place}) {
    EXPECT_THAT(log, Not(HasSubstr(secret)));
  }
}

TEST_F(SecurityTest, FollowsItsTokens) {
  Daemon daemon(ServerFlags());
  EXPECT_EQ(List(daemon, "three").exit_status, 1);
  WriteTokens(absl::StrCat("other ", kThree, "\n"));
  for (int i = 0; i < 600 && List(daemon, "three").exit_status != 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(List(daemon, "three").exit_status, 0);
  EXPECT_EQ(List(daemon, "one").exit_status, 1);
}

TEST_F(SecurityTest, DoesNotStartWithoutItsFiles) {
  std::vector<std::string> flags = ServerFlags();
  flags.push_back("--tls_client_ca=" + (directory_ / "ca.pem"));
  for (const char* name : {"server.pem", "server.key", "ca.pem", "tokens"}) {
    SCOPED_TRACE(name);
    const std::string path = directory_ / name;
    const std::string right = ReadFile(path);
    const auto expect_refused = [&](const char* why) {
      const Outcome outcome = Start(flags);
      EXPECT_EQ(outcome.exit_status, 1) << why;
      EXPECT_THAT(outcome.errors, AllOf(HasSubstr("detlossd: --"), HasSubstr(why)));
    };
    WriteFile(path, "nonsense");
    expect_refused("");
    std::filesystem::remove(path);
    expect_refused("No such file");
    std::filesystem::create_directory(path);
    expect_refused("must be a file");
    std::filesystem::remove(path);
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    expect_refused("must be a file");
    std::filesystem::remove(path);
    WriteFile(path, right);
  }
}

TEST_F(SecurityTest, IsNotOpenToOthersUnlessToldSo) {
  const Outcome open = OutcomeOf({Binary("detlossd"), "--listen=0.0.0.0:0"});
  EXPECT_EQ(open.exit_status, 1);
  EXPECT_THAT(open.errors, HasSubstr("--insecure to serve whoever comes"));
  Daemon daemon({"--listen=0.0.0.0:0", "--insecure"});
  EXPECT_THAT(daemon.process().errors(), IsEmpty());
}

}  // namespace
}  // namespace detloss
