// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

//! Generates the stubs of the API, and the descriptors that the conformance client reads JSON by.

use std::{env, path::PathBuf};

const PROTO: &str = "../../../proto";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let descriptors = PathBuf::from(env::var("OUT_DIR")?).join("detloss_descriptor.bin");
    tonic_prost_build::configure()
        .build_server(false)
        .file_descriptor_set_path(descriptors)
        .compile_protos(
            &[format!("{PROTO}/detloss/v1/loss_service.proto")],
            &[PROTO.to_string()],
        )?;
    Ok(())
}
