//! From hf-hub's errors to ours.

use std::error::Error;

use hf_hub::HFError;

use super::session::Failure;
use super::{HubError, HubRequest};

/// What the Hub calls a model whose conditions were not accepted.
const GATED: &str = "GatedRepo";

/// What a failure of a request about a whole model means.
pub(super) fn about_model(failure: Failure, request: &HubRequest, hub_name: &str) -> HubError {
    let endpoint = request.endpoint.clone();
    let hub_name = hub_name.to_owned();
    let error = match failure {
        Failure::Hub(error) => error,
        Failure::Disk(error) => return HubError::Write(error),
        Failure::Stopped => return HubError::Stopped,
        Failure::Silent => {
            return HubError::Silent {
                endpoint,
                seconds: request.patience.as_secs(),
            };
        }
        Failure::Short | Failure::Long => {
            return HubError::Unexpected {
                hub_name,
                endpoint,
                message: "an answer of another length than stated".into(),
            };
        }
    };
    match &error {
        HFError::RepoNotFound { .. } | HFError::RevisionNotFound { .. } => {
            HubError::NotFound { hub_name, endpoint }
        }
        // The Hub does not tell strangers whether a private model is there.
        HFError::AuthRequired { context }
            if request.token.is_none() && context.error_code.as_deref() != Some(GATED) =>
        {
            HubError::NotFound { hub_name, endpoint }
        }
        HFError::AuthRequired { context } | HFError::Forbidden { context } => {
            HubError::NotPermitted {
                hub_name,
                endpoint,
                message: (context.server_message.clone())
                    .unwrap_or_else(|| format!("status {}", context.status.as_u16())),
            }
        }
        HFError::RateLimited { .. } => HubError::TooManyRequests { endpoint },
        HFError::Request { source, .. } if !source.is_decode() => HubError::NoConnection {
            endpoint,
            message: cause(&error),
        },
        HFError::Http { context } => HubError::Unexpected {
            hub_name,
            endpoint,
            message: format!("status {}", context.status.as_u16()),
        },
        _ => HubError::Unexpected {
            hub_name,
            endpoint,
            message: cause(&error),
        },
    }
}

/// What a failure of the transfer of one file means. The Hub has told of this file, so the model
/// is there and the Hub was reached.
pub(super) fn about_file(
    failure: Failure,
    request: &HubRequest,
    hub_name: &str,
    file: &str,
    (bytes, size): (u64, Option<u64>),
) -> HubError {
    let interrupted = |message: String| HubError::Interrupted {
        file: file.into(),
        bytes,
        total_bytes: size.unwrap_or(0),
        message,
    };
    match failure {
        Failure::Short => interrupted("the answer ended early".into()),
        Failure::Long => HubError::WrongLength {
            hub_name: hub_name.into(),
            file: file.into(),
            expected: size.unwrap_or(0),
        },
        Failure::Hub(HFError::EntryNotFound { .. }) => HubError::MissingFile {
            hub_name: hub_name.into(),
            file: file.into(),
        },
        Failure::Hub(HFError::AuthRequired { context }) => HubError::NotPermitted {
            hub_name: hub_name.into(),
            endpoint: request.endpoint.clone(),
            message: (context.server_message.clone())
                .unwrap_or_else(|| "it asks for an account".into()),
        },
        Failure::Hub(error @ (HFError::Request { .. } | HFError::Xet { .. })) => {
            interrupted(cause(&error))
        }
        other => about_model(other, request, hub_name),
    }
}

/// What is at the bottom of an error: the system's own words.
fn cause(error: &dyn Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
