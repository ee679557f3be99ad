// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_FIELD_COPIER_H_
#define DETLOSS_SERVER_FIELD_COPIER_H_

#include <google/protobuf/io/coded_stream.h>

#include <cstdint>
#include <limits>

#include "absl/functional/function_ref.h"
#include "server/small_text.h"

namespace detloss {

// Walks over a message on the wire and copies its fields. Numbers are written in their shortest
// form, so that nothing grows. The functions return false where the bytes are no message any more.
// What is wrong in other ways, such as a group that ends with another number, is copied for the
// parser to refuse.
class FieldCopier {
 public:
  // REQUIRES: `in` has a limit, which is what follows in memory.
  FieldCopier(google::protobuf::io::CodedInputStream& in, SmallText& to) : in_(in), to_(to) {}

  // Calls take(tag) for each field up to the limit, as long as it returns true.
  bool ForEachField(absl::FunctionRef<bool(uint32_t tag)> take);

  // A field as it is.
  bool Copy(uint32_t tag);

  // A field that is a message, whose fields `copy_fields` copies.
  bool Nest(uint32_t tag, absl::FunctionRef<bool()> copy_fields);

  // A field that is an integer of a list, or several of them packed. Those of the list beyond `max`
  // are left out; `count` counts all of them.
  bool CopyNumbers(uint32_t tag, int64_t max, int64_t& count);

  // A field of bytes, which take(data, size) gets part by part as they lie in memory. An empty
  // field is left behind, which says that there is one.
  bool TakeOut(uint32_t tag, absl::FunctionRef<void(const void* data, size_t size)> take);

  // How many fields may still come before ForEachField and Copy find no message any more; then it
  // is negative. Numbers of 8 bytes do not count, since they are no less in memory.
  int64_t fields_left() const { return fields_left_; }
  void set_fields_left(int64_t fields_left) { fields_left_ = fields_left; }

  // Leaves a field out.
  bool SkipBytes();

 private:
  bool CopyNoGroup(uint32_t tag);
  bool CopyVarint();
  bool CopyListed(int64_t max, int64_t& count);
  bool CopyLengthDelimited();
  bool CopyRaw(int size);
  bool ReadTag(uint32_t& tag);
  bool ReadLength(int& length);
  void Put(uint64_t value);
  void FillInLength(size_t start, size_t head);

  google::protobuf::io::CodedInputStream& in_;
  SmallText& to_;
  int64_t fields_left_ = std::numeric_limits<int64_t>::max();
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_FIELD_COPIER_H_
