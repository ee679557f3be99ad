// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/reflection.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/support/status_code_enum.h>

#include <string>
#include <unordered_set>
#include <vector>

#include "detloss/v1/loss_service.pb.h"
#include "grpc/health/v1/health.pb.h"

namespace detloss {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using Request = grpc::reflection::v1::ServerReflectionRequest;
using Response = grpc::reflection::v1::ServerReflectionResponse;

// Of something that is asked for, in the error.
constexpr size_t kNameBytesMax = 200;

const DescriptorPool& Pool() { return *DescriptorPool::generated_pool(); }

// The files whose services the server has.
std::vector<const FileDescriptor*> ServedFiles() {
  return {v1::ComputeLossRequest::descriptor()->file(),
          grpc::health::v1::HealthCheckRequest::descriptor()->file(),
          Request::descriptor()->file()};
}

void NotFound(const std::string& what, Response& response) {
  auto& error = *response.mutable_error_response();
  error.set_error_code(grpc::StatusCode::NOT_FOUND);
  error.set_error_message("not found: " + what.substr(0, kNameBytesMax));
}

void ListServices(Response& response) {
  auto& list = *response.mutable_list_services_response();
  for (const FileDescriptor* file : ServedFiles()) {
    for (int i = 0; i < file->service_count(); ++i) {
      list.add_service()->set_name(file->service(i)->full_name());
    }
  }
}

// The file and what it imports, each once, what is imported after what imports it.
void AddFile(const FileDescriptor& file, std::unordered_set<const FileDescriptor*>& seen,
             Response& response) {
  if (!seen.insert(&file).second) return;
  google::protobuf::FileDescriptorProto proto;
  file.CopyTo(&proto);
  response.mutable_file_descriptor_response()->add_file_descriptor_proto(proto.SerializeAsString());
  for (int i = 0; i < file.dependency_count(); ++i) AddFile(*file.dependency(i), seen, response);
}

void AnswerFile(const FileDescriptor* file, const std::string& what, Response& response) {
  if (file == nullptr) return NotFound(what, response);
  std::unordered_set<const FileDescriptor*> seen;
  AddFile(*file, seen, response);
}

const FileDescriptor* FileOfExtension(const grpc::reflection::v1::ExtensionRequest& wanted) {
  const Descriptor* type = Pool().FindMessageTypeByName(wanted.containing_type());
  if (type == nullptr) return nullptr;
  const FieldDescriptor* extension = Pool().FindExtensionByNumber(type, wanted.extension_number());
  return extension == nullptr ? nullptr : extension->file();
}

void ListExtensions(const std::string& type_name, Response& response) {
  const Descriptor* type = Pool().FindMessageTypeByName(type_name);
  if (type == nullptr) return NotFound(type_name, response);
  std::vector<const FieldDescriptor*> extensions;
  Pool().FindAllExtensions(type, &extensions);
  auto& numbers = *response.mutable_all_extension_numbers_response();
  numbers.set_base_type_name(type_name);
  for (const FieldDescriptor* extension : extensions) {
    numbers.add_extension_number(extension->number());
  }
}

}  // namespace

Response Reflect(const Request& request) {
  Response response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case Request::kFileByFilename:
      AnswerFile(Pool().FindFileByName(request.file_by_filename()), request.file_by_filename(),
                 response);
      break;
    case Request::kFileContainingSymbol:
      AnswerFile(Pool().FindFileContainingSymbol(request.file_containing_symbol()),
                 request.file_containing_symbol(), response);
      break;
    case Request::kFileContainingExtension:
      AnswerFile(FileOfExtension(request.file_containing_extension()),
                 request.file_containing_extension().containing_type(), response);
      break;
    case Request::kAllExtensionNumbersOfType:
      ListExtensions(request.all_extension_numbers_of_type(), response);
      break;
    case Request::kListServices:
      ListServices(response);
      break;
    case Request::MESSAGE_REQUEST_NOT_SET:
      response.mutable_error_response()->set_error_code(grpc::StatusCode::INVALID_ARGUMENT);
      response.mutable_error_response()->set_error_message("message_request is required");
      break;
  }
  return response;
}

}  // namespace detloss
