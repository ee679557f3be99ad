// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

//! Computes the GIoU loss of two boxes and its gradient.

use std::process::ExitCode;

use detloss_examples::{
    ComputeLossRequest, DataType, GiouLoss, LossTerm, Tensor, loss_service_client, loss_term,
    tensor,
};
use tonic::{Status, transport::Channel};
use tonic_types::StatusExt;

/// Gradients are as large as predictions, and soon exceed the 4 MiB that tonic takes by default.
const RESPONSE_BYTES_MAX: usize = 1 << 30;

fn float32_tensor(elements: &[f32], shape: &[i64]) -> Tensor {
    let data = elements.iter().flat_map(|x| x.to_le_bytes()).collect();
    Tensor {
        data_type: DataType::Float32.into(),
        shape: shape.to_vec(),
        contents: Some(tensor::Contents::Data(data)),
    }
}

fn elements(tensor: Option<&Tensor>) -> Vec<f32> {
    let Some(tensor::Contents::Data(data)) = tensor.and_then(|t| t.contents.as_ref()) else {
        return Vec::new();
    };
    let (elements, _) = data.as_chunks();
    elements.iter().map(|x| f32::from_le_bytes(*x)).collect()
}

async fn print_loss(address: String) -> Result<(), Status> {
    let channel = Channel::from_shared(format!("http://{address}"))
        .map_err(|error| Status::invalid_argument(format!("{address}: {error}")))?
        .connect_lazy();
    let mut client = loss_service_client::LossServiceClient::new(channel)
        .max_decoding_message_size(RESPONSE_BYTES_MAX);
    let term = LossTerm {
        prediction: Some(float32_tensor(&[0., 0., 2., 2.], &[1, 4])),
        target: Some(float32_tensor(&[1., 1., 3., 3.], &[1, 4])),
        loss: Some(loss_term::Loss::Giou(GiouLoss::default())),
        ..Default::default()
    };
    let request = ComputeLossRequest {
        terms: vec![term],
        ..Default::default()
    };
    let response = client.compute_loss(request).await?.into_inner();
    let result = &response.results[0];
    print!(
        "loss {}, gradient",
        six_digits(elements(result.loss.as_ref())[0])
    );
    for g in elements(result.gradient.as_ref()) {
        print!(" {}", six_digits(g));
    }
    println!();
    Ok(())
}

/// Rounds to the 6 significant digits that `%g` of other languages prints.
fn six_digits(x: f32) -> f64 {
    format!("{x:.5e}").parse().expect("a number")
}

fn explain(status: &Status) {
    eprintln!("{:?}: {}", status.code(), status.message());
    let details = status.get_error_details();
    if let Some(info) = details.error_info() {
        eprintln!("reason {}", info.reason);
    }
    for v in details
        .bad_request()
        .iter()
        .flat_map(|wrong| &wrong.field_violations)
    {
        eprintln!("{}: {}", v.field, v.description);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let address = std::env::args().nth(1);
    match print_loss(address.unwrap_or("127.0.0.1:50051".to_string())).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(status) => {
            explain(&status);
            ExitCode::FAILURE
        }
    }
}
