// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/methods.h"
#include "server/status.h"

namespace detloss {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Outcome = AccessDecision::Outcome;

// `printf %s one | sha256sum`, and so on.
constexpr char kOne[] = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
constexpr char kTwo[] = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";

constexpr char kCompute[] = "/detloss.v1.LossService/ComputeLoss";
constexpr char kList[] = "/detloss.v1.LossService/ListLosses";
constexpr char kHealth[] = "/grpc.health.v1.Health/Check";
constexpr char kReflection[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
constexpr char kUnknown[] = "/detloss.v1.LossService/Other";

// "one" may call all, "two" only ComputeLoss.
Tokens TwoTokens() {
  return *Tokens::Parse(absl::StrCat("all ", kOne, "\nsome ", kTwo, " ComputeLoss"));
}

class Door : public Access {
 public:
  explicit Door(const AccessRules& rules) : Access(rules) {
    if (rules.tokens) SetTokens(TwoTokens());
  }

  AccessDecision Call(absl::string_view path, const std::vector<absl::string_view>& authorization,
                      absl::string_view certificate = "") const {
    return Admit(path, {authorization, certificate});
  }
};

void ExpectAdmitted(const AccessDecision& admission, const std::string& caller) {
  EXPECT_EQ(admission.outcome, Outcome::kAdmitted) << admission.error;
  EXPECT_EQ(admission.caller, caller);
  EXPECT_TRUE(admission.error.ok());
}

void ExpectRefused(const AccessDecision& admission, const std::string& reason,
                   const std::string& caller = "") {
  EXPECT_EQ(admission.outcome, Outcome::kRefused);
  EXPECT_EQ(ReasonOf(admission.error), reason);
  EXPECT_EQ(CodeName(admission.error.code()), reason);
  EXPECT_EQ(admission.caller, caller);
}

TEST(Access, IsOpenWhereNothingIsRequired) {
  const Door door({});
  for (const Method& method : AllMethods()) ExpectAdmitted(door.Call(method.path, {}), "");
  ExpectAdmitted(door.Call(kCompute, {"Bearer whatever"}, "name"), "");
  EXPECT_EQ(door.Call(kUnknown, {}).outcome, Outcome::kUnknownMethod);
}

TEST(Access, KnowsCallersByTheirTokens) {
  const Door door({.tokens = true});
  ExpectAdmitted(door.Call(kCompute, {"Bearer one"}), "all");
  ExpectAdmitted(door.Call(kList, {"bearer one"}), "all");
  ExpectAdmitted(door.Call(kCompute, {"BEARER  two"}), "some");
}

TEST(Access, RefusesEveryMethodWithoutAToken) {
  const Door door({.tokens = true, .open_health = false});
  for (const Method& method : AllMethods()) {
    ExpectRefused(door.Call(method.path, {}), "UNAUTHENTICATED");
  }
  ExpectRefused(door.Call(kUnknown, {}), "UNAUTHENTICATED");
  ExpectRefused(door.Call("", {}), "UNAUTHENTICATED");
}

TEST(Access, TellsWhatIsWrongWithATokenButNotTheToken) {
  const Door door({.tokens = true});
  const auto error = [&](const std::vector<absl::string_view>& authorization) {
    const AccessDecision admission = door.Call(kCompute, authorization);
    ExpectRefused(admission, "UNAUTHENTICATED");
    EXPECT_THAT(std::string(admission.error.message()), Not(HasSubstr("hunter2")));
    return std::string(admission.error.message());
  };
  const std::string required = "authorization: `Bearer` and a token are required, got ";
  EXPECT_EQ(error({}), required + "none");
  EXPECT_EQ(error({"Bearer one", "Bearer one"}), required + "several values");
  EXPECT_EQ(error({"Basic hunter2"}), required + "another scheme");
  EXPECT_EQ(error({"Bearer"}), required + "another scheme");
  EXPECT_EQ(error({""}), required + "another scheme");
  EXPECT_EQ(error({"Bearer "}), required + "what is no token");
  EXPECT_EQ(error({"Bearer hunter2 one"}), required + "what is no token");
  EXPECT_EQ(error({"Bearer one\x80"}), required + "what is no token");
  EXPECT_EQ(error({absl::StrCat("Bearer ", std::string(4097, 'x'))}),
            required + "what is no token");
  EXPECT_EQ(error({"Bearer hunter2"}), required + "a token that is not known");
}

TEST(Access, RefusesMethodsThatATokenIsNotFor) {
  const Door door({.tokens = true});
  for (const char* method : {kList, kReflection}) {
    const AccessDecision admission = door.Call(method, {"Bearer two"});
    ExpectRefused(admission, "PERMISSION_DENIED", "some");
  }
  EXPECT_EQ(door.Call(kList, {"Bearer two"}).error.message(), "the token is not for ListLosses");
}

TEST(Access, TellsOnlyWhoIsKnownThatThereIsNoSuchMethod) {
  const Door door({.tokens = true});
  ExpectRefused(door.Call(kUnknown, {"Bearer three"}), "UNAUTHENTICATED");
  for (const char* token : {"Bearer one", "Bearer two"}) {
    EXPECT_EQ(door.Call(kUnknown, {token}).outcome, Outcome::kUnknownMethod);
  }
}

TEST(Access, LeavesHealthOpenUnlessTold) {
  ExpectAdmitted(Door({.tokens = true}).Call(kHealth, {}), "");
  ExpectAdmitted(Door({.certificates = true}).Call(kHealth, {}), "");
  ExpectRefused(Door({.tokens = true, .open_health = false}).Call(kHealth, {}), "UNAUTHENTICATED");
  ExpectRefused(Door({.tokens = true}).Call(kReflection, {}), "UNAUTHENTICATED");
}

TEST(Access, KnowsCallersByTheirCertificates) {
  const Door door({.certificates = true});
  ExpectAdmitted(door.Call(kCompute, {}, "trainer"), "trainer");
  ExpectRefused(door.Call(kCompute, {"Bearer one"}), "UNAUTHENTICATED");
  EXPECT_EQ(door.Call(kUnknown, {}, "trainer").outcome, Outcome::kUnknownMethod);
}

TEST(Access, RequiresBothWhereBothAreRequired) {
  const Door door({.tokens = true, .certificates = true});
  ExpectAdmitted(door.Call(kCompute, {"Bearer one"}, "trainer"), "all");
  ExpectRefused(door.Call(kCompute, {}, "trainer"), "UNAUTHENTICATED");
  ExpectRefused(door.Call(kCompute, {"Bearer one"}), "UNAUTHENTICATED");
}

TEST(Access, RefusesEverybodyUntilThereAreTokens) {
  const Access access({.tokens = true});
  const absl::string_view authorization[] = {"Bearer one"};
  ExpectRefused(access.Admit(kCompute, {authorization, ""}), "UNAUTHENTICATED");
}

TEST(Access, TakesOtherTokensMeanwhile) {
  Door door({.tokens = true});
  std::atomic<bool> ended = false;
  std::vector<std::thread> callers;
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back([&] {
      while (!ended) ExpectAdmitted(door.Call(kCompute, {"Bearer one"}), "all");
    });
  }
  for (int i = 0; i < 200; ++i) door.SetTokens(TwoTokens());
  ended = true;
  for (std::thread& caller : callers) caller.join();
  door.SetTokens(*Tokens::Parse(absl::StrCat("new ", kTwo)));
  ExpectRefused(door.Call(kCompute, {"Bearer one"}), "UNAUTHENTICATED");
  ExpectAdmitted(door.Call(kList, {"Bearer two"}), "new");
}

}  // namespace
}  // namespace detloss
