//! The services of session locks against bytes that the official clients and a real server wrote.

use brownian::data::{ErrorCode, SessionId};
use brownian::wire::frame::{VERSION, VERSION_PYTHON};
use brownian::wire::services::session_lock_acquire::{self, LockScope};
use brownian::wire::services::session_lock_get::{self, LockDetails};
use brownian::wire::services::{session_lock_cancel, session_lock_release};
use brownian::wire::{Wire, decode, encode};
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value as Sample, json};
use std::fmt::Debug;

/// Reads the payload, writes it back, and tells what it says.
fn said<T: Wire>(payload: &Bytes, tell: impl Fn(T) -> Sample) -> Sample {
    for version in [VERSION_PYTHON, VERSION] {
        let value = decode::<T>(payload.clone(), version).unwrap_or_else(|error| panic!("{payload:?}: {error}"));
        assert_eq!(encode(&value, version), *payload);
    }
    decode(payload.clone(), VERSION).map(tell).expect("it was read just now")
}

#[test]
fn samples_say_what_they_should() {
    let samples: Vec<Sample> =
        serde_json::from_str(include_str!("../../samples/session-locks.json")).expect("the samples are a JSON array");
    for sample in &samples {
        let payload = Bytes::from(hex::decode(sample["hex"].as_str().expect("hex")).expect("hex"));
        let found = match (sample["id"].as_u64(), sample["kind"].as_str()) {
            (Some(114), Some("request")) => said(
                &payload,
                |r: session_lock_acquire::Request| json!({ "lockName": r.name, "requestId": r.request, "scope": r.scope as u8 }),
            ),
            (Some(114), _) => said(
                &payload,
                |r: session_lock_acquire::Response| json!({ "lockName": r.name, "sequence": r.sequence, "scope": r.scope as u8 }),
            ),
            (Some(115), Some("request")) => {
                said(&payload, |r: session_lock_cancel::Request| json!({ "lockName": r.name, "requestId": r.request }))
            }
            (Some(115), _) => said(&payload, |(): ()| json!({})),
            (Some(116), Some("request")) => said(
                &payload,
                |r: session_lock_release::Request| json!({ "lockName": r.name, "sequence": r.sequence, "scope": r.scope as u8 }),
            ),
            (Some(116), _) => said(&payload, |released: bool| json!({ "released": released })),
            (Some(196 | 197), Some("error")) => said(&payload, error_json),
            (Some(196), Some("request")) => {
                said(&payload, |r: session_lock_get::Request| json!({ "lockName": r.name }))
            }
            (Some(196), _) => {
                said(&payload, |lock: Option<LockDetails>| json!({ "lock": lock.as_ref().map(details_json) }))
            }
            (Some(197), Some("request")) => said(&payload, |(): ()| json!({})),
            (Some(197), _) => said(&payload, |locks: Vec<(String, LockDetails)>| {
                let locks = locks.iter().map(|(name, lock)| (name.clone(), details_json(lock)));
                json!({ "locks": Sample::Object(locks.collect()) })
            }),
            other => panic!("no sample of {other:?}"),
        };
        assert_eq!(found, sample["value"], "{sample}");
    }
    assert!(samples.len() > 15);
}

fn error_json((description, code): (String, ErrorCode)) -> Sample {
    json!({ "description": description, "code": code.0 })
}

fn details_json(lock: &LockDetails) -> Sample {
    json!({ "serverName": lock.server_name, "sessionId": lock.session.to_string(), "sequence": lock.sequence })
}

fn assert_survives<T: Wire + Debug + PartialEq>(value: &T) {
    assert_eq!(decode::<T>(encode(value, VERSION), VERSION).as_ref(), Ok(value));
}

proptest! {
    #[test]
    fn lock_services_survive(name in any::<String>(), number: i64, scope in prop::sample::select(LockScope::ALL)) {
        let (request, sequence) = (number, number);
        assert_survives(&session_lock_acquire::Request { name: name.clone(), request, scope });
        assert_survives(&session_lock_acquire::Response { name: name.clone(), sequence, scope });
        assert_survives(&session_lock_cancel::Request { name: name.clone(), request });
        assert_survives(&session_lock_get::Request { name: name.clone() });
        let session = SessionId { server: number as u64, session: !number as u64 };
        let lock = LockDetails { server_name: name.clone(), session, sequence };
        assert_survives(&Some(lock.clone()));
        assert_survives(&None::<LockDetails>);
        assert_survives(&vec![(name.clone(), lock.clone()), (String::new(), lock)]);
        assert_survives(&session_lock_release::Request { name, sequence, scope });
    }
}
