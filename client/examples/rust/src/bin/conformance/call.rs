// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

//! Calls methods, which are known by their descriptors.

use anyhow::{Context, Result, ensure};
use base64::prelude::{BASE64_STANDARD, Engine};
use http::uri::PathAndQuery;
use prost::Message;
use prost_reflect::{DynamicMessage, MethodDescriptor};
use tonic::{
    Request, Status,
    client::Grpc,
    metadata::{AsciiMetadataKey, MetadataMap},
    transport::Channel,
};

use crate::{
    cases::{Case, parse},
    codec::BytesCodec,
};

/// What a server answered.
pub type Answer = Result<Vec<DynamicMessage>, Status>;

/// Sends what `case` holds. Fails if it cannot be sent.
pub async fn call(server: &Channel, method: &MethodDescriptor, case: &Case) -> Result<Answer> {
    let requests = requests(case, method)?;
    let metadata = metadata(case)?;
    if method.is_client_streaming() {
        return Ok(stream(server, method, with_metadata(requests, metadata)).await);
    }
    let count = requests.len();
    let [request] = <[_; 1]>::try_from(requests)
        .ok()
        .with_context(|| format!("a unary call takes one request, the case has {count}"))?;
    Ok(unary(server, method, with_metadata(request, metadata)).await)
}

fn requests(case: &Case, method: &MethodDescriptor) -> Result<Vec<Vec<u8>>> {
    if let Some(raw) = &case.raw_request {
        ensure!(
            case.requests.is_empty(),
            "the case has requests beside the raw one"
        );
        return Ok(vec![BASE64_STANDARD.decode(raw).context("raw_request")?]);
    }
    let messages = parse(&method.input(), &case.requests)?;
    Ok(messages.iter().map(Message::encode_to_vec).collect())
}

fn metadata(case: &Case) -> Result<MetadataMap> {
    let mut metadata = MetadataMap::new();
    for (key, value) in &case.metadata {
        let in_key = || format!("metadata {key:?}");
        let parsed: AsciiMetadataKey = key.parse().with_context(in_key)?;
        metadata.insert(parsed, value.parse().with_context(in_key)?);
    }
    Ok(metadata)
}

fn with_metadata<T>(message: T, metadata: MetadataMap) -> Request<T> {
    Request::from_parts(metadata, Default::default(), message)
}

async fn unary(server: &Channel, method: &MethodDescriptor, request: Request<Vec<u8>>) -> Answer {
    let mut client = client(server).await?;
    let response = client.unary(request, path(method), codec(method)).await?;
    Ok(vec![response.into_inner()])
}

/// Returns the responses in the order of their id; they come as they are ready.
async fn stream(
    server: &Channel,
    method: &MethodDescriptor,
    requests: Request<Vec<Vec<u8>>>,
) -> Answer {
    let mut client = client(server).await?;
    let requests = requests.map(tokio_stream::iter);
    let response = client
        .streaming(requests, path(method), codec(method))
        .await?;
    let mut stream = response.into_inner();
    let mut responses = Vec::new();
    while let Some(response) = stream.message().await? {
        responses.push(response);
    }
    responses.sort_by_key(|response| response.get_field_by_name("id").and_then(|id| id.as_i64()));
    Ok(responses)
}

async fn client(server: &Channel) -> Result<Grpc<Channel>, Status> {
    // A response may be as large as a message can be.
    let mut client = Grpc::new(server.clone()).max_decoding_message_size(usize::MAX);
    let ready = client.ready().await;
    ready.map_err(|error| Status::unavailable(format!("the server is not ready: {error}")))?;
    Ok(client)
}

fn path(method: &MethodDescriptor) -> PathAndQuery {
    let service = method.parent_service().full_name().to_string();
    PathAndQuery::try_from(format!("/{service}/{}", method.name())).expect("names make a path")
}

fn codec(method: &MethodDescriptor) -> BytesCodec {
    BytesCodec {
        response: method.output(),
    }
}
