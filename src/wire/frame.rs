//! The envelope: message kinds, conversation ids, compression of topic messages.

use super::error::{DecodeError, Problem};
use super::protocol::NEWEST;
use super::reader::Reader;
use super::writer::Writer;
use crate::data::ErrorCode;
use bytes::{Buf, Bytes};
use std::io::{Read, Write};

/// The protocol version of what is not of a session, or not of one yet: the newest.
pub const VERSION: u8 = NEWEST;

const SERVICE_REQUEST: u8 = 0x00;
const TOPIC_VALUE: u8 = 0x04;
const TOPIC_DELTA: u8 = 0x05;
const SERVICE_RESPONSE: u8 = 0x06;
const SERVICE_ERROR: u8 = 0x07;
const ABORT: u8 = 0x1c;
const CLOSE_REQUEST: u8 = 0x1d;
const ZLIB: u8 = 0x80;

/// One Diffusion message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Asks the other side for a service; conversation 0 wants no answer.
    Request {
        /// Service id.
        service: u32,
        /// Conversation id.
        cid: i64,
        /// The request, encoded.
        payload: Bytes,
    },
    /// Answers a request.
    Response {
        /// Conversation id of the request.
        cid: i64,
        /// The response, encoded.
        payload: Bytes,
    },
    /// Ends a request with a failure.
    Error {
        /// Conversation id of the request.
        cid: i64,
        /// Text for people.
        description: String,
        /// What decides.
        code: ErrorCode,
    },
    /// A complete value of a subscribed topic.
    TopicValue {
        /// Topic id of the session.
        topic_id: i32,
        /// Value bytes.
        value: Bytes,
    },
    /// A binary delta to the previous value of a subscribed topic.
    TopicDelta {
        /// Topic id of the session.
        topic_id: i32,
        /// Delta bytes.
        delta: Bytes,
    },
    /// The server ends the session.
    Abort,
    /// The client ends the session.
    CloseRequest,
}

/// Whether the bytes say that they are a value or a delta of a topic, which only servers send.
#[must_use]
pub fn is_of_topic(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| matches!(first & 0x3f, TOPIC_VALUE | TOPIC_DELTA))
}

impl Message {
    /// Reads a message; an inflated body may have at most `max_size` bytes.
    ///
    /// # Errors
    /// The bytes are no message of protocol 18 to 29.
    pub fn decode(bytes: Bytes, max_size: usize) -> Result<Self, DecodeError> {
        if bytes.len() > max_size {
            return Err(DecodeError { what: "message", offset: 0, problem: Problem::TooLarge(max_size) });
        }
        let mut bytes = bytes;
        // Nearly all messages of a busy session are one of these; a slice would count its references up and down.
        if let [kind @ (TOPIC_VALUE | TOPIC_DELTA), a, b, c, d, ..] = bytes[..] {
            bytes.advance(5);
            let topic_id = i32::from_be_bytes([a, b, c, d]);
            return Ok(if kind == TOPIC_VALUE {
                Self::TopicValue { topic_id, value: bytes }
            } else {
                Self::TopicDelta { topic_id, delta: bytes }
            });
        }
        let mut r = Reader::new(bytes, VERSION);
        let first = r.u8()?;
        Ok(match first & 0x3f {
            SERVICE_REQUEST if first & ZLIB == 0 => {
                r.expect_field("service id");
                let service = r.i32()? as u32;
                let cid = r.field("conversation id")?;
                Self::Request { service, cid, payload: r.rest() }
            }
            SERVICE_RESPONSE if first & ZLIB == 0 => {
                let cid = r.field("conversation id")?;
                Self::Response { cid, payload: r.rest() }
            }
            SERVICE_ERROR if first & ZLIB == 0 => Self::Error {
                cid: r.field("conversation id")?,
                description: r.field("error description")?,
                code: r.field("error code")?,
            },
            kind @ (TOPIC_VALUE | TOPIC_DELTA) => {
                r.expect_field("topic id");
                let topic_id = i32::from_be_bytes(r.array()?);
                let body = if first & ZLIB == 0 { r.rest() } else { inflate(&r.rest(), max_size)? };
                if kind == TOPIC_VALUE {
                    Self::TopicValue { topic_id, value: body }
                } else {
                    Self::TopicDelta { topic_id, delta: body }
                }
            }
            ABORT => Self::Abort,
            CLOSE_REQUEST => Self::CloseRequest,
            _ => {
                return Err(DecodeError {
                    what: "message type",
                    offset: 0,
                    problem: Problem::Unknown(i64::from(first)),
                });
            }
        })
    }

    /// Writes the message, uncompressed.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut w = Writer::new(VERSION);
        match self {
            Self::Request { service, cid, payload } => {
                w.u8(SERVICE_REQUEST);
                w.i32(*service as i32);
                w.i64(*cid);
                w.raw(payload);
            }
            Self::Response { cid, payload } => {
                w.u8(SERVICE_RESPONSE);
                w.i64(*cid);
                w.raw(payload);
            }
            Self::Error { cid, description, code } => {
                w.u8(SERVICE_ERROR);
                w.i64(*cid);
                w.str(description);
                w.i32(code.0);
            }
            Self::TopicValue { topic_id, value } => topic(&mut w, TOPIC_VALUE, *topic_id, value),
            Self::TopicDelta { topic_id, delta } => topic(&mut w, TOPIC_DELTA, *topic_id, delta),
            Self::Abort => w.u8(ABORT),
            Self::CloseRequest => w.u8(CLOSE_REQUEST),
        }
        w.finish()
    }

    /// Writes a topic message with its body compressed, if that makes it smaller; other messages as they are.
    #[must_use]
    pub fn encode_compressed(&self) -> Bytes {
        let (kind, topic_id, body) = match self {
            Self::TopicValue { topic_id, value } => (TOPIC_VALUE, *topic_id, value),
            Self::TopicDelta { topic_id, delta } => (TOPIC_DELTA, *topic_id, delta),
            _ => return self.encode(),
        };
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        match encoder.write_all(body).and_then(|()| encoder.finish()) {
            Ok(small) if small.len() < body.len() => {
                let mut w = Writer::new(VERSION);
                topic(&mut w, kind | ZLIB, topic_id, &small);
                w.finish()
            }
            _ => self.encode(),
        }
    }
}

fn topic(w: &mut Writer, kind: u8, topic_id: i32, body: &[u8]) {
    w.u8(kind);
    w.raw(&topic_id.to_be_bytes());
    w.raw(body);
}

fn inflate(body: &[u8], max_size: usize) -> Result<Bytes, DecodeError> {
    let error = |problem| DecodeError { what: "compressed topic message", offset: 5, problem };
    let mut out = Vec::new();
    let limit = u64::try_from(max_size).unwrap_or(u64::MAX).saturating_add(1);
    flate2::read::ZlibDecoder::new(body).take(limit).read_to_end(&mut out).map_err(|_| error(Problem::Compression))?;
    if out.len() > max_size { Err(error(Problem::TooLarge(max_size))) } else { Ok(out.into()) }
}
