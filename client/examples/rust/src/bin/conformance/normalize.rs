// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

//! Takes from a response what need not be equal.

use prost_reflect::{DynamicMessage, ReflectMessage, Value};

/// Takes off what depends on the machine and the moment, wherever it is.
pub fn normalize(message: &mut DynamicMessage) {
    let kind = message.descriptor();
    match kind.name() {
        "ComputeLossResponse" => message.clear_field_by_name("timing"),
        "GetServerInfoResponse" => {
            for field in kind.fields().filter(|field| field.name() != "limits") {
                message.clear_field(&field);
            }
        }
        _ => {}
    }
    for (_, value) in message.fields_mut() {
        match value {
            Value::Message(inner) => normalize(inner),
            Value::List(list) => list
                .iter_mut()
                .filter_map(Value::as_message_mut)
                .for_each(normalize),
            _ => {}
        }
    }
}
