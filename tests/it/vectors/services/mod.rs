//! Requests, responses and errors of services against bytes that the official clients wrote and read.

mod control;
mod fetch;
mod notation;
mod session_locks;
mod sessions;
mod subscriptions;
mod time_series;
mod topic_views;
mod topics;
mod update_streams;

use brownian::wire::protocol::{self, NEWEST, SPOKEN, TABLE};
use brownian::wire::services::{self, Visitor, visit_all};
use brownian::wire::{DecodeError, Message, Service, Wire, decode, encode};
use bytes::Bytes;
use serde_json::{Value as Sample, json};
use std::sync::LazyLock;

static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let files = [
        include_str!("../../../samples/topic-services.json"),
        include_str!("../../../samples/session-locks.json"),
        include_str!("../../../samples/change-principal.json"),
        include_str!("../../../samples/control-services.json"),
        include_str!("../../../samples/old-services.json"),
    ];
    let read = |file: &str| serde_json::from_str::<Vec<Sample>>(file).expect("the samples are a JSON array");
    files.into_iter().flat_map(read).collect()
});

/// Which of a service's two forms a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Request,
    Response,
}

fn text<'a>(sample: &'a Sample, key: &str) -> &'a str {
    sample[key].as_str().unwrap_or_else(|| panic!("no text {key} in {sample}"))
}

fn bytes_of(sample: &Sample) -> Bytes {
    hex::decode(text(sample, "hex")).expect("hex").into()
}

fn id_of(sample: &Sample) -> u32 {
    sample["id"].as_u64().and_then(|id| u32::try_from(id).ok()).unwrap_or_else(|| panic!("no id in {sample}"))
}

/// The protocol versions at which a payload has these bytes: from the sample's on down, or all, but for those before a
/// part of the service that came between 18 and 25.
fn versions_of(sample: &Sample) -> Vec<u8> {
    let newest = sample.get("protocol").map(|version| version.as_u64().and_then(|v| u8::try_from(v).ok()));
    let same = match newest {
        None => SPOKEN,
        Some(Some(25)) => protocol::OLDEST..=25,
        Some(version) => {
            assert_eq!(version, Some(NEWEST), "{sample}");
            NEWEST..=NEWEST
        }
    };
    let parts = || TABLE.iter().filter(|row| row.service == id_of(sample) && row.part != protocol::Part::Itself);
    same.filter(|version| !parts().any(|row| row.since <= 25 && *version < row.since)).collect()
}

/// The samples of payloads that this program has types for, with their parts.
fn samples() -> impl Iterator<Item = (&'static Sample, Part)> {
    let known = SAMPLES.iter().filter(|sample| is_known(id_of(sample)));
    known.filter_map(|sample| Some((sample, part_of(sample)?)))
}

fn part_of(sample: &Sample) -> Option<Part> {
    match text(sample, "kind") {
        "request" => Some(Part::Request),
        "response" => Some(Part::Response),
        "error" => None,
        other => panic!("no kind {other}"),
    }
}

/// Whether a service's response has two forms for the reports about a filter, of which each may be read as the other.
pub(crate) fn has_disputed_form(id: u32) -> bool {
    use services::{FilterSubscribe, FilterUnsubscribe, MessagingFilterSend, UnsubscribeAllByFilter};
    [FilterSubscribe::ID, FilterUnsubscribe::ID, MessagingFilterSend::ID, UnsubscribeAllByFilter::ID].contains(&id)
}

fn is_known(id: u32) -> bool {
    services::ALL.iter().any(|entry| entry.id == id)
}

/// Service, version, part and bytes of each sample that this program has types for.
pub(crate) fn payloads() -> impl Iterator<Item = (u32, u8, Part, Bytes)> {
    samples().flat_map(|(sample, part)| {
        versions_of(sample).into_iter().map(move |version| (id_of(sample), version, part, bytes_of(sample)))
    })
}

/// Reads a payload as a part of a service and writes it back.
pub(crate) fn written_back(id: u32, version: u8, part: Part, payload: &Bytes) -> Result<Bytes, DecodeError> {
    struct Pass<'a>(u32, u8, Part, &'a Bytes, Option<Result<Bytes, DecodeError>>);
    impl Visitor for Pass<'_> {
        fn visit<S: Service>(&mut self) {
            if self.0 == S::ID {
                self.4 = Some(match self.2 {
                    Part::Request => pass::<S::Request>(self.3, self.1),
                    Part::Response => pass::<S::Response>(self.3, self.1),
                });
            }
        }
    }
    fn pass<T: Wire>(payload: &Bytes, version: u8) -> Result<Bytes, DecodeError> {
        decode::<T>(payload.clone(), version).map(|value| encode(&value, version))
    }
    let mut pass = Pass(id, version, part, payload, None);
    visit_all(&mut pass);
    pass.4.unwrap_or_else(|| panic!("no service {id}"))
}

/// Reads a part of a service and writes it in the notation of the samples.
fn read<S: Service>(
    part: Part,
    payload: Bytes,
    version: u8,
    request: impl FnOnce(S::Request) -> Sample,
    response: impl FnOnce(S::Response) -> Sample,
) -> Result<Sample, DecodeError> {
    match part {
        Part::Request => decode(payload, version).map(request),
        Part::Response => decode(payload, version).map(response),
    }
}

/// What a payload says, in the notation of the samples.
pub(crate) fn value_of(id: u32, part: Part, payload: Bytes, version: u8) -> Result<Sample, DecodeError> {
    let families = [
        control::value_of,
        fetch::value_of,
        session_locks::value_of,
        subscriptions::value_of,
        sessions::value_of,
        time_series::value_of,
        topic_views::value_of,
        topics::value_of,
        update_streams::value_of,
    ];
    families
        .iter()
        .find_map(|family| family(id, part, payload.clone(), version))
        .unwrap_or_else(|| panic!("{} has samples but its values are not compared", services::name_of(id)))
}

#[test]
fn every_service_with_samples_is_known() {
    let unknown = |sample: &&Sample| !is_known(id_of(sample));
    let mut missing: Vec<&str> = SAMPLES.iter().filter(unknown).map(|sample| text(sample, "service")).collect();
    missing.dedup();
    assert!(missing.is_empty(), "{missing:?} have samples and no types");
    // A payload without bytes has nothing to record.
    let pings = [services::SystemPing::ID, services::UserPing::ID];
    for entry in services::ALL.iter().filter(|entry| !pings.contains(&entry.id)) {
        assert!(SAMPLES.iter().any(|sample| id_of(sample) == entry.id), "{} has no sample", entry.name);
    }
}

#[test]
fn payloads_are_read_as_the_values_they_stand_for() {
    for (sample, part) in samples() {
        for version in versions_of(sample) {
            let read = value_of(id_of(sample), part, bytes_of(sample), version);
            assert_eq!(read.as_ref(), Ok(&sample["value"]), "{sample}");
        }
    }
    assert_eq!(samples().count(), 277);
}

#[test]
fn payloads_are_written_byte_for_byte_like_the_official_clients() {
    assert_eq!(payloads().count(), 1643, "of all versions that have the bytes of a sample");
    for (id, version, part, payload) in payloads() {
        let written = written_back(id, version, part, &payload);
        assert_eq!(written.as_ref().map(hex::encode), Ok(hex::encode(&payload)), "{} {part:?}", services::name_of(id));
    }
}

#[test]
fn payloads_cut_anywhere_are_refused() {
    for (id, version, part, payload) in payloads() {
        // What is left of a list of reports may be one report without a count.
        if has_disputed_form(id) && part == Part::Response && payload[0] != 0 {
            continue;
        }
        for end in 0..payload.len() {
            let read = written_back(id, version, part, &payload.slice(..end));
            assert!(read.is_err(), "{} {part:?} {} to {end}", services::name_of(id), hex::encode(&payload));
        }
    }
}

#[test]
fn bytes_after_the_last_field_are_ignored() {
    for (id, version, part, payload) in payloads() {
        let longer: Bytes = [&payload[..], b"\xff\x00more"].concat().into();
        assert_eq!(written_back(id, version, part, &longer), Ok(payload), "{} {part:?}", services::name_of(id));
    }
}

#[test]
fn errors_are_read_and_written() {
    let mut seen = 0;
    for sample in SAMPLES.iter().filter(|sample| part_of(sample).is_none()) {
        let bytes: Bytes = [b"\x07\x2a", &bytes_of(sample)[..]].concat().into();
        let message = Message::decode(bytes.clone(), usize::MAX).unwrap_or_else(|e| panic!("{e}: {sample}"));
        let Message::Error { cid, description, code } = &message else { panic!("{message:?}") };
        assert_eq!(*cid, 0x2a);
        let key = if sample["value"]["message"].is_null() { "description" } else { "message" };
        assert_eq!(json!({ key: description, "code": code.0 }), sample["value"]);
        assert!(code.name().is_some(), "{sample}");
        assert_eq!(message.encode(), bytes, "{sample}");
        seen += 1;
    }
    assert_eq!(seen, 61);
}
