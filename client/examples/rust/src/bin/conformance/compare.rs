// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

//! Compares messages field by field. This is not `==`, to which -0.0 and 0.0 are equal and two NaN
//! are not.

use prost_reflect::{DynamicMessage, FieldDescriptor, ReflectMessage, Value};

/// Tells the first difference between two messages of one type.
pub fn diff(path: &str, want: &DynamicMessage, got: &DynamicMessage) -> Option<String> {
    let in_fields = want.descriptor().fields().find_map(|field| {
        let path = format!("{path}.{}", field.name());
        diff_field(&path, &field, want, got)
    });
    in_fields.or_else(|| {
        let unknown = got.unknown_fields().next()?;
        Some(format!("{path}: got an unknown field {}", unknown.number()))
    })
}

fn diff_field(
    path: &str,
    field: &FieldDescriptor,
    want: &DynamicMessage,
    got: &DynamicMessage,
) -> Option<String> {
    if field.supports_presence() {
        match (want.has_field(field), got.has_field(field)) {
            (false, false) => return None,
            (true, true) => {}
            (true, false) => return Some(format!("{path}: want it, got none")),
            (false, true) => {
                return Some(format!("{path}: want none, got {}", got.get_field(field)));
            }
        }
    }
    diff_value(path, &want.get_field(field), &got.get_field(field))
}

fn diff_value(path: &str, want: &Value, got: &Value) -> Option<String> {
    match (want, got) {
        (Value::Message(want), Value::Message(got)) => diff(path, want, got),
        (Value::List(want), Value::List(got)) => diff_list(path, want, got),
        _ if same_scalar(want, got) => None,
        _ => Some(format!("{path}: want {want}, got {got}")),
    }
}

fn diff_list(path: &str, want: &[Value], got: &[Value]) -> Option<String> {
    if want.len() != got.len() {
        return Some(format!(
            "{path}: want {} of them, got {}",
            want.len(),
            got.len()
        ));
    }
    want.iter()
        .zip(got)
        .enumerate()
        .find_map(|(i, (want, got))| diff_value(&format!("{path}[{i}]"), want, got))
}

fn same_scalar(want: &Value, got: &Value) -> bool {
    match (want, got) {
        (Value::F64(want), Value::F64(got)) => {
            want.to_bits() == got.to_bits() || want.is_nan() && got.is_nan()
        }
        (Value::F32(want), Value::F32(got)) => {
            want.to_bits() == got.to_bits() || want.is_nan() && got.is_nan()
        }
        _ => want == got,
    }
}
