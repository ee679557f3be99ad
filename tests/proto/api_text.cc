// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/proto/api_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace detloss {
namespace {

namespace pb = google::protobuf;

constexpr absl::string_view kDirectory = "detloss/v1/";

// Walks over descriptors and collects what they say.
class Reader {
 public:
  void AddFile(const pb::FileDescriptor& file) {
    const pb::FileOptions& options = file.options();
    elements_.push_back({absl::StrCat("file ", file.name()),
                         absl::StrCat("package ", file.package(), ", go ", options.go_package(),
                                      ", java ", options.java_package()),
                         "no comment is asked for"});
    for (int i = 0; i < file.message_type_count(); ++i) AddMessage(*file.message_type(i));
    for (int i = 0; i < file.enum_type_count(); ++i) AddEnum(*file.enum_type(i));
    for (int i = 0; i < file.service_count(); ++i) AddService(*file.service(i));
  }

  std::vector<ApiElement> elements() && { return std::move(elements_); }

 private:
  template <class Descriptor>
  void Add(absl::string_view kind, const Descriptor& descriptor, std::string definition) {
    pb::SourceLocation location;
    descriptor.GetSourceLocation(&location);
    elements_.push_back({absl::StrCat(kind, " ", descriptor.full_name()), std::move(definition),
                         std::move(location.leading_comments)});
  }

  void AddMessage(const pb::Descriptor& message) {
    Add("message", message, absl::StrCat("in ", message.file()->name()));
    for (int i = 0; i < message.field_count(); ++i) AddField(*message.field(i));
    for (int i = 0; i < message.real_oneof_decl_count(); ++i) {
      Add("oneof", *message.oneof_decl(i), "");
    }
    for (int i = 0; i < message.nested_type_count(); ++i) AddMessage(*message.nested_type(i));
    for (int i = 0; i < message.enum_type_count(); ++i) AddEnum(*message.enum_type(i));
  }

  static std::string TypeOf(const pb::FieldDescriptor& field) {
    if (field.message_type() != nullptr) return field.message_type()->full_name();
    if (field.enum_type() != nullptr) return field.enum_type()->full_name();
    return field.type_name();
  }

  void AddField(const pb::FieldDescriptor& field) {
    const char* label = field.is_repeated()            ? "repeated "
                        : field.has_optional_keyword() ? "optional "
                                                       : "";
    std::string definition =
        absl::StrCat(field.number(), ", ", label, TypeOf(field), ", json ", field.json_name());
    if (const pb::OneofDescriptor* oneof = field.real_containing_oneof()) {
      absl::StrAppend(&definition, ", oneof ", oneof->name());
    }
    Add("field", field, std::move(definition));
  }

  void AddEnum(const pb::EnumDescriptor& type) {
    Add("enum", type, absl::StrCat("in ", type.file()->name()));
    for (int i = 0; i < type.value_count(); ++i) {
      Add("value", *type.value(i), absl::StrCat(type.value(i)->number(), ", of ", type.name()));
    }
  }

  void AddService(const pb::ServiceDescriptor& service) {
    Add("service", service, absl::StrCat("in ", service.file()->name()));
    for (int i = 0; i < service.method_count(); ++i) {
      const pb::MethodDescriptor& method = *service.method(i);
      Add("rpc", method,
          absl::StrCat(
              method.client_streaming() ? "stream " : "", method.input_type()->full_name(), " -> ",
              method.server_streaming() ? "stream " : "", method.output_type()->full_name(), ", ",
              pb::MethodOptions::IdempotencyLevel_Name(method.options().idempotency_level())));
    }
  }

  std::vector<ApiElement> elements_;
};

std::map<std::string, std::string> ByName(absl::Span<const ApiElement> elements) {
  std::map<std::string, std::string> definitions;
  for (const ApiElement& element : elements) definitions[element.name] = element.definition;
  return definitions;
}

}  // namespace

std::vector<ApiElement> ReadApi() {
  pb::FileDescriptorSet set;
  set.ParseFromString(ReadFile(DETLOSS_API_DESCRIPTORS));
  pb::DescriptorPool pool;
  Reader reader;
  for (const pb::FileDescriptorProto& file : set.file()) {
    const pb::FileDescriptor* descriptor = pool.BuildFile(file);
    if (absl::StartsWith(file.name(), kDirectory)) reader.AddFile(*descriptor);
  }
  return std::move(reader).elements();
}

std::string ToText(std::vector<ApiElement> elements) {
  std::sort(elements.begin(), elements.end(),
            [](const ApiElement& a, const ApiElement& b) { return a.name < b.name; });
  std::string text;
  for (const ApiElement& element : elements) {
    absl::StrAppend(&text, element.name, ": ", element.definition, "\n");
  }
  return text;
}

std::vector<ApiElement> ParseText(const std::string& text) {
  std::vector<ApiElement> elements;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(line, absl::MaxSplits(": ", 1));
    elements.push_back({parts.first, parts.second, ""});
  }
  return elements;
}

ApiChanges Compare(absl::Span<const ApiElement> before, absl::Span<const ApiElement> after) {
  const std::map<std::string, std::string> old = ByName(before), now = ByName(after);
  ApiChanges changes;
  for (const auto& [name, definition] : old) {
    const auto found = now.find(name);
    if (found == now.end()) {
      changes.incompatible.push_back(
          absl::StrCat(name, " (", definition, ") was removed or renamed"));
    } else if (found->second != definition) {
      changes.incompatible.push_back(
          absl::StrCat(name, " was (", definition, ") and is (", found->second, ")"));
    }
  }
  for (const auto& [name, definition] : now) {
    if (!old.contains(name)) changes.added.push_back(name);
  }
  return changes;
}

std::string ReadFile(const std::string& path) {
  std::ostringstream contents;
  contents << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(contents).str();
}

}  // namespace detloss
