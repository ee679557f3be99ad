// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

//! The stubs of the detloss API.

tonic::include_proto!("detloss.v1");

/// The descriptors of the API, for programs that look at messages by reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = tonic::include_file_descriptor_set!("detloss_descriptor");
