// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "client/cli/command.h"

namespace detloss::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CredentialOptionsTest : public testing::Test {
 protected:
  CredentialOptionsTest() { unsetenv("DETLOSS_TOKEN"); }
  ~CredentialOptionsTest() override {
    unsetenv("DETLOSS_TOKEN");
    unlink(path_.c_str());
  }

  std::string Write(const std::string& contents) const {
    std::ofstream(path_) << contents;
    return path_;
  }

  // "" or what is wrong with the command line.
  std::string Parse(const std::string& line) {
    CLI::App app;
    options_ = {};
    AddCredentialOptions(app, options_);
    try {
      app.parse(line);
    } catch (const CLI::ParseError& error) {
      return error.what();
    }
    return "";
  }

  const std::string path_ = testing::TempDir() + "/credential_options." + std::to_string(getpid());
  client::ClientOptions options_;
};

TEST_F(CredentialOptionsTest, AreNoneByDefault) {
  EXPECT_EQ(Parse(""), "");
  EXPECT_FALSE(options_.tls.has_value());
  EXPECT_EQ(options_.token, "");
}

TEST_F(CredentialOptionsTest, TakeTheTokenOfAFileOrElseOfTheEnvironment) {
  setenv("DETLOSS_TOKEN", "from_environment\n", 1);
  EXPECT_EQ(Parse(""), "");
  EXPECT_EQ(options_.token, "from_environment");
  EXPECT_EQ(Parse("--token_file " + Write("from_file\n")), "");
  EXPECT_EQ(options_.token, "from_file");
}

TEST_F(CredentialOptionsTest, DoNotShowWhatIsNoToken) {
  setenv("DETLOSS_TOKEN", "hunter 2", 1);
  EXPECT_THAT(Parse(""), HasSubstr("DETLOSS_TOKEN"));
  EXPECT_THAT(Parse(""), Not(HasSubstr("hunter")));
  EXPECT_THAT(Parse("--token_file " + Write("hunter 2")), Not(HasSubstr("hunter")));
}

TEST_F(CredentialOptionsTest, EncryptOnDemand) {
  EXPECT_EQ(Parse("--tls"), "");
  ASSERT_TRUE(options_.tls.has_value());
  EXPECT_EQ(options_.tls->ca, "");
  const std::string pem = "-----BEGIN CERTIFICATE-----\n";
  EXPECT_EQ(Parse("--tls_ca " + Write(pem)), "");
  ASSERT_TRUE(options_.tls.has_value());
  EXPECT_EQ(options_.tls->ca, pem);
  EXPECT_EQ(Parse("--tls_cert " + path_ + " --tls_key " + path_), "");
  ASSERT_TRUE(options_.tls.has_value());
  EXPECT_EQ(options_.tls->certificate, pem);
  EXPECT_EQ(options_.tls->key, pem);
}

TEST_F(CredentialOptionsTest, TellWhatIsMissing) {
  EXPECT_THAT(Parse("--tls_cert " + Write("x")), HasSubstr("--tls_key"));
  EXPECT_THAT(Parse("--tls_key " + path_), HasSubstr("--tls_cert"));
  EXPECT_THAT(Parse("--tls_ca " + path_), HasSubstr(path_ + ": PEM is required"));
  EXPECT_THAT(Parse("--tls_ca /nonexistent"), HasSubstr("/nonexistent"));
  EXPECT_THAT(Parse("--token_file /nonexistent"), HasSubstr("/nonexistent"));
}

}  // namespace
}  // namespace detloss::cli
