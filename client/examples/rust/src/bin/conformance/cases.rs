// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

//! The cases, with their messages as they are in the files.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result, ensure};
use prost_reflect::{DynamicMessage, MessageDescriptor};
use serde::Deserialize;
use serde_json::Value;

// What this client does not know it would not check.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    #[serde(default = "open")]
    pub server: String,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    pub method: String,
    #[serde(default)]
    pub requests: Vec<Value>,
    pub raw_request: Option<String>,
    pub responses: Option<Vec<Value>>,
    pub error: Option<Value>,
    #[serde(default)]
    pub retry_delay: bool,
}

fn open() -> String {
    "open".to_string()
}

/// Reads every file of `directory` in the order of the names.
pub fn read(directory: &Path) -> Result<Vec<Case>> {
    let in_directory = || directory.display().to_string();
    let mut paths = fs::read_dir(directory)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.path()))
                .collect::<Result<Vec<_>, _>>()
        })
        .with_context(in_directory)?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        cases.extend(read_file(&path).with_context(|| path.display().to_string())?);
    }
    // Without this a directory that is not the right one would pass.
    ensure!(
        !cases.is_empty(),
        "{}: no .json file with a case",
        in_directory()
    );
    Ok(cases)
}

fn read_file(path: &Path) -> Result<Vec<Case>> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// Reads messages of one type.
pub fn parse(kind: &MessageDescriptor, texts: &[Value]) -> Result<Vec<DynamicMessage>> {
    let parse_one = |text: &Value| DynamicMessage::deserialize(kind.clone(), text);
    let messages = texts.iter().map(parse_one).collect::<Result<_, _>>();
    messages.with_context(|| format!("a message of the case is no {}", kind.full_name()))
}
