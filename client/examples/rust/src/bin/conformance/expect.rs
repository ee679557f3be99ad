// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

//! Holds an answer against what its case expects.

use anyhow::{Context, Result, bail, ensure};
use detloss_examples::{Error, FieldViolation};
use prost_reflect::{DynamicMessage, MethodDescriptor};
use tonic::Status;
use tonic_types::{ErrorDetails, StatusExt};

use crate::{
    cases::{Case, parse},
    compare::diff,
    normalize::normalize,
};

/// Fails with what differs between the responses of `case` and `answers`.
pub fn responses(
    case: &Case,
    method: &MethodDescriptor,
    mut answers: Vec<DynamicMessage>,
) -> Result<()> {
    let Some(texts) = &case.responses else {
        bail!("want an error, got {} responses", answers.len());
    };
    let mut wanted = parse(&method.output(), texts)?;
    ensure!(
        wanted.len() == answers.len(),
        "want {} responses, got {}",
        wanted.len(),
        answers.len()
    );
    for (i, (want, got)) in wanted.iter_mut().zip(&mut answers).enumerate() {
        normalize(want);
        normalize(got);
        if let Some(difference) = diff(&format!("responses[{i}]"), want, got) {
            bail!(difference);
        }
    }
    Ok(())
}

/// Fails with what differs between the error of `case` and `status`.
pub fn error(case: &Case, method: &MethodDescriptor, status: &Status) -> Result<()> {
    let details = status
        .check_error_details()
        .context("details that cannot be decoded")?;
    let mut got = described(status, &details);
    let Some(text) = &case.error else {
        bail!("want responses, got the error {got:?}");
    };
    let kind = method
        .parent_pool()
        .get_message_by_name("detloss.v1.Error")
        .context("the descriptors have no Error")?;
    let want = DynamicMessage::deserialize(kind.clone(), text).context("the error of the case")?;
    if !want.has_field_by_name("message") {
        got.message.clear(); // The case leaves it out where it depends on the moment.
    }
    let mut got_message = DynamicMessage::new(kind);
    got_message.transcode_from(&got)?;
    if let Some(difference) = diff("error", &want, &got_message) {
        bail!(difference);
    }
    retry(case, &details)
}

/// What a status and its details tell.
fn described(status: &Status, details: &ErrorDetails) -> Error {
    // A reason means something within its domain only.
    let info = details.error_info().filter(|info| info.domain == "detloss");
    let violations = details
        .bad_request()
        .map(|wrong| wrong.field_violations.as_slice());
    Error {
        code: status.code().into(),
        message: status.message().to_string(),
        reason: info.map(|info| info.reason.clone()).unwrap_or_default(),
        field_violations: violations
            .unwrap_or_default()
            .iter()
            .map(|violation| FieldViolation {
                field: violation.field.clone(),
                description: violation.description.clone(),
            })
            .collect(),
    }
}

fn retry(case: &Case, details: &ErrorDetails) -> Result<()> {
    match details.retry_info() {
        Some(info) if !case.retry_delay => bail!("want no RetryInfo, got {info:?}"),
        None if case.retry_delay => bail!("want a RetryInfo, got none"),
        Some(info) if info.retry_delay.is_none_or(|delay| delay.is_zero()) => {
            bail!("want a RetryInfo with a delay greater than 0, got {info:?}")
        }
        _ => Ok(()),
    }
}
