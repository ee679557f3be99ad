// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/security.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/server/tls_files.h"

namespace detloss {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

// `printf %s one | sha256sum`, and so on.
constexpr char kOne[] = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
constexpr char kTwo[] = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";

class SecurityTest : public testing::Test {
 protected:
  SecurityTest() {
    files_.Write(authority_.MakeServer("server"));
    files_.Write("tokens", absl::StrCat("trainer ", kOne));
    options_.tls_cert = files_.Path("cert");
    options_.tls_key = files_.Path("key");
    options_.auth_token_file = files_.Path("tokens");
  }
  ~SecurityTest() override {
    security_.reset();
    log_.reset();
    std::fclose(output_);
    std::free(written_);
  }

  absl::Status Start() {
    auto security = Security::Create(options_, *log_, milliseconds(20));
    if (security.ok()) security_ = *std::move(security);
    return security.status();
  }

  std::string Written() {
    std::fflush(output_);
    return {written_, size_};
  }

  // Waits until the log holds `text`, for a long time if need be.
  bool Logs(const std::string& text) {
    for (int i = 0; i < 3000 && !absl::StrContains(Written(), text); ++i) {
      std::this_thread::sleep_for(milliseconds(10));
    }
    return absl::StrContains(Written(), text);
  }

  bool Admits(const std::string& token) const {
    const std::string value = absl::StrCat("Bearer ", token);
    const absl::string_view authorization[] = {value};
    return security_->access()
               .Admit("/detloss.v1.LossService/ComputeLoss", {authorization, ""})
               .outcome == AccessDecision::Outcome::kAdmitted;
  }

  const CertificateAuthority authority_{"authority"};
  const TlsFiles files_;
  ServerOptions options_;
  char* written_ = nullptr;
  size_t size_ = 0;
  std::FILE* output_ = open_memstream(&written_, &size_);
  std::unique_ptr<Log> log_ = std::make_unique<Log>(ServerOptions(), output_);
  std::unique_ptr<Security> security_;
};

TEST_F(SecurityTest, FollowsTheTokens) {
  ASSERT_TRUE(Start().ok());
  EXPECT_TRUE(Admits("one"));
  EXPECT_FALSE(Admits("two"));
  files_.Write("tokens", "trainer hunter2");
  EXPECT_TRUE(
      Logs(R"("event":"tokens_reload_failed","error":"--auth_token_file: line 1: the SHA)"));
  EXPECT_TRUE(Admits("one"));
  files_.Write("tokens", absl::StrCat("trainer ", kOne, "\ntrainer ", kTwo));
  EXPECT_TRUE(Logs(R"("event":"tokens_loaded","tokens":2)"));
  EXPECT_TRUE(Admits("one") && Admits("two"));
  EXPECT_THAT(Written(), Not(HasSubstr("hunter2")));
}

TEST_F(SecurityTest, FollowsTheCertificate) {
  ASSERT_TRUE(Start().ok());
  EXPECT_TRUE(Logs(R"("event":"tls_loaded","expires":")"));
  files_.Write("key", "garbage");
  EXPECT_TRUE(Logs(R"("event":"tls_reload_failed","error":"--tls_key: a private key)"));
  const std::string before = Written();
  files_.Write(authority_.MakeServer("server"));
  const auto loaded_again = [&] {
    return absl::StrContains(Written().substr(before.size()), "tls_loaded");
  };
  for (int i = 0; i < 3000 && !loaded_again(); ++i) std::this_thread::sleep_for(milliseconds(10));
  EXPECT_TRUE(loaded_again());
  EXPECT_THAT(Written(), Not(HasSubstr(files_.Path(""))));
}

TEST_F(SecurityTest, TellsAtTheStartWhatIsWrong) {
  files_.Write("tokens", "");
  EXPECT_EQ(Start().message(), "--auth_token_file: a token is required, got none");
  std::filesystem::remove(files_.Path("tokens"));
  EXPECT_EQ(Start().message(), "--auth_token_file: cannot be read: No such file or directory");
  std::filesystem::remove(files_.Path("key"));
  EXPECT_EQ(Start().message(), "--tls_key: cannot be read: No such file or directory");
}

TEST_F(SecurityTest, IsNothingUnlessAskedFor) {
  options_ = ServerOptions();
  ASSERT_TRUE(Start().ok());
  EXPECT_TRUE(Admits("whatever"));
  EXPECT_NE(security_->credentials(), nullptr);
  EXPECT_EQ(Written(), "");
}

}  // namespace
}  // namespace detloss
