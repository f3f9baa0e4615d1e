//! Services about the session itself.

use super::{Part, read};
use brownian::wire::handshake::Credentials;
use brownian::wire::services as s;
use brownian::wire::{DecodeError, Service as _};
use bytes::Bytes;
use serde_json::{Value as Sample, json};

/// What a payload says, in the notation of the samples; none for a service of another family.
pub(super) fn value_of(id: u32, part: Part, p: Bytes, v: u8) -> Option<Result<Sample, DecodeError>> {
    Some(match id {
        s::ChangePrincipal::ID => read::<s::ChangePrincipal>(
            part,
            p,
            v,
            |r| json!({ "principal": r.principal, "credentials": credentials_of(&r.credentials) }),
            |accepted| json!({ "accepted": accepted }),
        ),
        _ => return None,
    })
}

pub(super) fn credentials_of(credentials: &Credentials) -> Sample {
    let (kind, data) = match credentials {
        Credentials::None => (0, String::new()),
        Credentials::Password(secret) => (1, hex::encode(secret.expose())),
        Credentials::Custom(bytes) => (2, hex::encode(bytes)),
    };
    json!({ "kind": kind, "data": { "hex": data } })
}
