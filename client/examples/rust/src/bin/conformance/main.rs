// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

//! Sends golden requests to servers and compares what comes back bit for bit, as
//! `tests/golden/README.md` says.

mod call;
mod cases;
mod codec;
mod compare;
mod expect;
mod normalize;

use std::{collections::HashMap, path::Path, process::ExitCode, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use detloss_examples::FILE_DESCRIPTOR_SET;
use prost_reflect::{DescriptorPool, ServiceDescriptor};
use tonic::transport::Channel;

use cases::Case;

/// A call that takes longer has got stuck, and fails its case.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);

type Servers = HashMap<String, Channel>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((directory, addresses)) = arguments.split_first() else {
        eprintln!("usage: conformance DIRECTORY SERVER=ADDRESS...");
        return ExitCode::from(2);
    };
    match run(Path::new(directory), addresses).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs every case of `directory` and says whether all passed.
async fn run(directory: &Path, addresses: &[String]) -> Result<bool> {
    let cases = cases::read(directory)?;
    let servers = connect(addresses)?;
    let service = DescriptorPool::decode(FILE_DESCRIPTOR_SET)?
        .get_service_by_name("detloss.v1.LossService")
        .context("the descriptors have no LossService")?;
    let mut passed = 0;
    for case in &cases {
        match run_case(&servers, &service, case).await {
            Ok(()) => passed += 1,
            Err(error) => println!("{}: {}", case.name, one_line(&format!("{error:#}"))),
        }
    }
    println!("{passed} of {} cases", cases.len());
    Ok(passed == cases.len())
}

fn connect(addresses: &[String]) -> Result<Servers> {
    let connect_one = |argument: &String| {
        let (name, address) = argument
            .split_once('=')
            .with_context(|| format!("an address must be SERVER=ADDRESS, got {argument:?}"))?;
        let endpoint = Channel::from_shared(format!("http://{address}"))
            .with_context(|| format!("server {name}"))?;
        Ok((name.to_string(), endpoint.connect_lazy()))
    };
    addresses.iter().map(connect_one).collect()
}

/// Fails with what differs from what `case` expects.
async fn run_case(servers: &Servers, service: &ServiceDescriptor, case: &Case) -> Result<()> {
    ensure!(
        case.error.is_some() != case.responses.is_some(),
        "the case must have either responses or an error"
    );
    let Some(method) = service.methods().find(|m| m.name() == case.method) else {
        bail!("unknown method {:?}", case.method);
    };
    let server = servers
        .get(&case.server)
        .with_context(|| format!("no address was given for server {:?}", case.server))?;
    let answer = tokio::time::timeout(CALL_TIMEOUT, call::call(server, &method, case))
        .await
        .context("no answer within a minute")??;
    match answer {
        Ok(responses) => expect::responses(case, &method, responses),
        Err(status) => expect::error(case, &method, &status),
    }
}

/// Keeps messages of several lines in the one line that a case has.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
