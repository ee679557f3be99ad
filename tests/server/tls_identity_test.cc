// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/tls_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include <cstdlib>

#include "absl/time/clock.h"
#include "tests/server/tls_files.h"

namespace detloss {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class TlsIdentityTest : public testing::Test {
 protected:
  TlsIdentityTest() {
    files_.Write(pair_);
    files_.Write("client_ca", authority_.certificate());
  }

  std::string Error() const {
    const absl::Status status = ReadIdentity(files_.PathsWithClientCa()).status();
    EXPECT_EQ(ERR_peek_error(), 0u);
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr(files_.Path(""))));
    return std::string(status.message());
  }

  const CertificateAuthority authority_{"authority"};
  const KeyPair pair_ = authority_.MakeServer("server");
  const TlsFiles files_;
};

TEST_F(TlsIdentityTest, IsWhatIsInTheFiles) {
  const absl::StatusOr<CheckedIdentity> read = ReadIdentity(files_.PathsWithClientCa());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->identity.certificate, pair_.certificate);
  EXPECT_EQ(read->identity.key, pair_.key);
  EXPECT_EQ(read->identity.client_ca, authority_.certificate());
  EXPECT_GT(read->expiry, absl::Now() + absl::Hours(23));
  EXPECT_LT(read->expiry, absl::Now() + absl::Hours(25));
}

TEST_F(TlsIdentityTest, MayHaveAChainAndTextAround) {
  files_.Write("cert", "server:\n" + pair_.certificate + "\nauthority:\n" +
                           authority_.certificate() + "end\n");
  EXPECT_EQ(Error(), "");
}

TEST_F(TlsIdentityTest, TellsWhichFileCannotBeRead) {
  for (const auto& [file, flag] :
       {std::pair("cert", "--tls_cert"), {"key", "--tls_key"}, {"client_ca", "--tls_client_ca"}}) {
    std::filesystem::rename(files_.Path(file), files_.Path("away"));
    EXPECT_EQ(Error(), std::string(flag) + ": cannot be read: No such file or directory");
    std::filesystem::create_directory(files_.Path(file));
    EXPECT_EQ(Error(), std::string(flag) + ": must be a file, not a directory, a pipe or a device");
    std::filesystem::remove(files_.Path(file));
    std::filesystem::rename(files_.Path("away"), files_.Path(file));
  }
  EXPECT_EQ(Error(), "");
}

TEST_F(TlsIdentityTest, RefusesWhatIsNoCertificate) {
  const std::string half = pair_.certificate.substr(0, pair_.certificate.size() / 2);
  for (const std::string& contents : {std::string(), std::string("garbage\n"), half, pair_.key,
                                      pair_.certificate + half, std::string("\0", 1)}) {
    files_.Write("cert", contents);
    EXPECT_EQ(Error(), "--tls_cert: certificates in PEM are required") << contents;
  }
  files_.Write("cert", pair_.certificate);
  for (const std::string& contents : {std::string(), std::string("garbage\n"), half}) {
    files_.Write("client_ca", contents);
    EXPECT_EQ(Error(), "--tls_client_ca: certificates in PEM are required") << contents;
  }
}

TEST_F(TlsIdentityTest, RefusesWhatIsNoKey) {
  for (const std::string& contents :
       {std::string(), std::string("garbage\n"), pair_.key.substr(0, pair_.key.size() / 2),
        pair_.certificate}) {
    files_.Write("key", contents);
    EXPECT_EQ(Error(), "--tls_key: a private key in PEM without a password is required");
  }
}

TEST_F(TlsIdentityTest, RefusesTheKeyOfAnother) {
  files_.Write("key", authority_.MakeServer("other").key);
  EXPECT_EQ(Error(), "--tls_key: is not the key of the first certificate of --tls_cert");
}

TEST_F(TlsIdentityTest, RefusesWhatHasExpired) {
  files_.Write(authority_.MakeServer("old", -1));
  EXPECT_EQ(Error(), "--tls_cert: has expired");
}

TEST_F(TlsIdentityTest, RefusesFilesWithoutEnd) {
  files_.Write("cert", std::string((1 << 20) + 1, '\n'));
  EXPECT_EQ(Error(), "--tls_cert: at most 1048576 bytes are allowed");
}

}  // namespace
}  // namespace detloss
