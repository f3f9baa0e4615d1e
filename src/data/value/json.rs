//! JSON values as CBOR: reading and writing; their text is in `json_text`.

use super::ValueError;
use super::cbor::{Cursor, Head, MAX_DEPTH, error_at, write_float, write_head, write_int, write_text};
use crate::data::cost::{self, Account, Exhausted};
use bytes::Bytes;
use std::collections::HashMap;

/// A JSON value as Diffusion carries it. Object members keep their order; a repeated key keeps its first place
/// and its last value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null` (also CBOR undefined).
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer between -2^64 and 2^64-1, kept exactly.
    Int(i128),
    /// A float.
    Float(f64),
    /// Text.
    String(String),
    /// A CBOR byte string, which JSON text cannot express.
    Bytes(Bytes),
    /// An array.
    Array(Vec<Self>),
    /// An object.
    Object(Vec<(String, Self)>),
}

impl Json {
    /// How deep values may nest, as CBOR and as text.
    pub const MAX_DEPTH: usize = MAX_DEPTH;

    /// Reads one CBOR item that fills the bytes.
    ///
    /// # Errors
    /// The bytes are no such item.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(bytes);
        let value = read(&mut cursor, 0)?;
        cursor.end()?;
        Ok(value)
    }

    /// Writes the item as the official JavaScript client would.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.push(0xf6),
            Self::Bool(false) => out.push(0xf4),
            Self::Bool(true) => out.push(0xf5),
            Self::Int(n) => write_int(out, *n),
            Self::Float(n) => write_float(out, *n),
            Self::String(text) => write_text(out, text),
            Self::Bytes(bytes) => {
                write_head(out, 2, bytes.len() as u64);
                out.extend_from_slice(bytes);
            }
            Self::Array(items) => {
                out.push(0x9f);
                for item in items {
                    item.write(out);
                }
                out.push(0xff);
            }
            Self::Object(members) => {
                out.push(0xbf);
                for (key, value) in members {
                    write_text(out, key);
                    value.write(out);
                }
                out.push(0xff);
            }
        }
    }

    /// The member of an object with this key.
    #[must_use]
    pub fn member(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The element of an array at this index.
    #[must_use]
    pub fn element(&self, index: usize) -> Option<&Self> {
        match self {
            Self::Array(items) => items.get(index),
            _ => None,
        }
    }

    /// How many arrays and objects lie around the innermost value; never more than can be read.
    #[must_use]
    pub fn depth(&self) -> usize {
        match self {
            Self::Array(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Self::Object(members) => 1 + members.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// Charges for a walk through the whole value.
    ///
    /// # Errors
    /// The account has less than that.
    pub fn charge(&self, account: &mut Account) -> Result<(), Exhausted> {
        account.charge(cost::COMPARE)?;
        match self {
            Self::Array(items) => items.iter().try_for_each(|item| item.charge(account)),
            Self::Object(members) => members.iter().try_for_each(|(key, value)| {
                account.charge_bytes(key.len())?;
                value.charge(account)
            }),
            Self::String(text) => account.charge_bytes(text.len()),
            Self::Bytes(bytes) => account.charge_bytes(bytes.len()),
            _ => Ok(()),
        }
    }

    /// The number, if this is one.
    #[must_use]
    pub const fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(n) => Some(*n as f64),
            Self::Float(n) => Some(*n),
            _ => None,
        }
    }
}

fn read(cursor: &mut Cursor<'_>, depth: usize) -> Result<Json, ValueError> {
    let start = cursor.position();
    let head = cursor.head()?;
    read_after(cursor, head, start, depth)
}

fn read_after(cursor: &mut Cursor<'_>, head: Head, start: usize, depth: usize) -> Result<Json, ValueError> {
    Ok(match head {
        Head::Unsigned(n) => Json::Int(i128::from(n)),
        Head::Negative(n) => Json::Int(-1 - i128::from(n)),
        Head::Bytes(length) => Json::Bytes(cursor.string_bytes(length, false)?.into()),
        Head::Text(length) => Json::String(cursor.text(length)?),
        Head::Array(_) | Head::Map(_) if depth >= MAX_DEPTH => {
            return Err(error_at(start, format!("the value is nested more than {MAX_DEPTH} levels deep")));
        }
        Head::Array(length) => read_array(cursor, length, depth + 1)?,
        Head::Map(length) => read_map(cursor, length, depth + 1)?,
        Head::Bool(value) => Json::Bool(value),
        Head::Null | Head::Undefined => Json::Null,
        Head::Float(n) => Json::Float(n),
        Head::Break => return Err(error_at(start, "an end mark where an item should start")),
    })
}

fn read_array(cursor: &mut Cursor<'_>, length: Option<u64>, depth: usize) -> Result<Json, ValueError> {
    // The announced length is the peer's word only: memory grows with the elements that are really there.
    let mut items = Vec::new();
    loop {
        if length.is_some_and(|n| items.len() as u64 == n) {
            return Ok(Json::Array(items));
        }
        let start = cursor.position();
        match (cursor.head()?, length) {
            (Head::Break, None) => return Ok(Json::Array(items)),
            (head, _) => items.push(read_after(cursor, head, start, depth)?),
        }
    }
}

fn read_map(cursor: &mut Cursor<'_>, length: Option<u64>, depth: usize) -> Result<Json, ValueError> {
    let mut members = Vec::new();
    loop {
        if length.is_some_and(|n| members.len() as u64 == n) {
            break;
        }
        let start = cursor.position();
        let key = match (cursor.head()?, length) {
            (Head::Break, None) => break,
            (Head::Text(length), _) => cursor.text(length)?,
            (Head::Unsigned(n), _) => n.to_string(),
            (Head::Negative(n), _) => (-1 - i128::from(n)).to_string(),
            (Head::Bool(value), _) => value.to_string(),
            (Head::Float(n), _) => n.to_string(),
            _ => return Err(error_at(start, "this item cannot be the key of an object")),
        };
        members.push((key, read(cursor, depth)?));
    }
    Ok(Json::Object(unique(members)))
}

/// Drops repeated keys: the first place and the last value stay.
pub(super) fn unique(members: Vec<(String, Json)>) -> Vec<(String, Json)> {
    // Most objects are small and repeat nothing: comparing their few keys is cheaper than a table.
    if members.len() <= 8 && members.iter().enumerate().all(|(i, (key, _))| members[..i].iter().all(|(k, _)| k != key))
    {
        return members;
    }
    let mut places = HashMap::with_capacity(members.len());
    let places: Vec<usize> = {
        let mut next = 0;
        members
            .iter()
            .map(|(key, _)| {
                *places.entry(key.as_str()).or_insert_with(|| {
                    next += 1;
                    next - 1
                })
            })
            .collect()
    };
    let mut out: Vec<(String, Json)> = Vec::with_capacity(members.len());
    for ((key, value), place) in members.into_iter().zip(places) {
        match out.get_mut(place) {
            Some(earlier) => earlier.1 = value,
            None => out.push((key, value)),
        }
    }
    out
}
