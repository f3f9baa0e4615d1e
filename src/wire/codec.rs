//! What can be read from and written to the line, and the macro for plain field-by-field formats.

use super::error::{DecodeError, Problem};
use super::reader::Reader;
use super::writer::Writer;
use crate::data::{CloseReason, ErrorCode, Properties, SessionId, TopicSpec, TopicType};
use bytes::Bytes;

/// A value with a form on the line. The form may depend on the protocol version, which cursor and writer carry.
pub trait Wire: Sized {
    /// The fewest bytes an item can take; bounds what a count may promise.
    const MIN_SIZE: usize = 1;
    /// Items that a list of these may have; bounds what a list of small items becomes in memory. Declared where a real
    /// list is longer.
    const MAX_ITEMS: usize = 10_000;

    /// Reads one.
    ///
    /// # Errors
    /// The bytes have another form.
    fn read(r: &mut Reader) -> Result<Self, DecodeError>;

    /// Writes one.
    fn write(&self, w: &mut Writer);
}

/// Reads a whole payload. Bytes after the last field are ignored, as the official clients do.
///
/// # Errors
/// The bytes have another form.
pub fn decode<T: Wire>(payload: Bytes, version: u8) -> Result<T, DecodeError> {
    T::read(&mut Reader::new(payload, version))
}

/// Writes a whole payload.
pub fn encode<T: Wire>(value: &T, version: u8) -> Bytes {
    let mut w = Writer::new(version);
    value.write(&mut w);
    w.finish()
}

/// Declares a struct whose form on the line is its fields in order.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$fmeta:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name { $($(#[$fmeta])* pub $field: $type,)* }

        impl $crate::wire::codec::Wire for $name {
            fn read(r: &mut $crate::wire::reader::Reader) -> Result<Self, $crate::wire::error::DecodeError> {
                $(let $field = r.field::<$type>(stringify!($field))?;)*
                Ok(Self { $($field),* })
            }
            fn write(&self, w: &mut $crate::wire::writer::Writer) {
                $($crate::wire::codec::Wire::write(&self.$field, w);)*
            }
        }
    };
}

/// Declares an enum that travels as one byte.
#[macro_export]
macro_rules! byte_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $id:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vmeta])* $variant = $id,)* }

        impl $name {
            /// Every value in the order of its byte.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
        }

        impl $crate::wire::codec::Wire for $name {
            fn read(r: &mut $crate::wire::reader::Reader) -> Result<Self, $crate::wire::error::DecodeError> {
                match r.u8()? {
                    $($id => Ok(Self::$variant),)*
                    other => Err(r.error($crate::wire::error::Problem::Unknown(i64::from(other)))),
                }
            }
            fn write(&self, w: &mut $crate::wire::writer::Writer) {
                w.u8(*self as u8);
            }
        }
    };
}

macro_rules! primitive {
    ($($type:ty, $min:literal, $r:ident => $read:expr, $w:ident, $v:ident => $write:expr;)*) => {$(
        impl Wire for $type {
            const MIN_SIZE: usize = $min;
            fn read($r: &mut Reader) -> Result<Self, DecodeError> { $read }
            fn write(&self, $w: &mut Writer) { let $v = self; $write }
        }
    )*};
}

primitive! {
    (), 0, _r => Ok(()), _w, _v => ();
    u8, 1, r => r.u8(), w, v => w.u8(*v);
    bool, 1, r => Ok(r.u8()? != 0), w, v => w.u8(u8::from(*v));
    i32, 1, r => r.i32(), w, v => w.i32(*v);
    i64, 1, r => r.i64(), w, v => w.i64(*v);
    String, 1, r => r.str(), w, v => w.str(v);
    Bytes, 1, r => r.bytes(), w, v => w.bytes(v);
    CloseReason, 1, r => r.u8().map(CloseReason), w, v => w.u8(v.0);
    ErrorCode, 1, r => r.i32().map(ErrorCode), w, v => w.i32(v.0);
    SessionId, 2, r => Ok(Self { server: r.i64()? as u64, session: r.i64()? as u64 }), w, v => { w.i64(v.server as i64); w.i64(v.session as i64); };
}

impl Wire for TopicType {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        let id = r.u8()?;
        Self::from_id(id).ok_or_else(|| r.error(Problem::Unknown(i64::from(id))))
    }
    fn write(&self, w: &mut Writer) {
        w.u8(self.id());
    }
}

impl<T: Wire> Wire for Option<T> {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        if r.u8()? == 0 { Ok(None) } else { T::read(r).map(Some) }
    }
    fn write(&self, w: &mut Writer) {
        match self {
            None => w.u8(0),
            Some(value) => {
                w.u8(1);
                value.write(w);
            }
        }
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        let count = r.count_of(T::MIN_SIZE, T::MAX_ITEMS, size_of::<T>())?;
        let mut out = Self::with_capacity(count.min(4096));
        for _ in 0..count {
            out.push(T::read(r)?);
        }
        Ok(out)
    }
    fn write(&self, w: &mut Writer) {
        w.count(self.len());
        for item in self {
            item.write(w);
        }
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    const MIN_SIZE: usize = A::MIN_SIZE + B::MIN_SIZE;
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        Ok((A::read(r)?, B::read(r)?))
    }
    fn write(&self, w: &mut Writer) {
        self.0.write(w);
        self.1.write(w);
    }
}

impl Wire for Properties {
    /// The maps of one fetch answer.
    const MAX_ITEMS: usize = 100_000;
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        let count = r.count_of(<(String, String)>::MIN_SIZE, Self::MAX, size_of::<(String, String)>())?;
        let entry = |r: &mut Reader| Ok((r.text(Self::MAX_KEY_BYTES)?, r.text(Self::MAX_VALUE_BYTES)?));
        let entries = (0..count).map(|_| entry(r)).collect::<Result<Vec<_>, _>>()?;
        Ok(entries.into_iter().collect())
    }
    fn write(&self, w: &mut Writer) {
        w.count(self.len());
        for (key, value) in self.iter() {
            w.str(key);
            w.str(value);
        }
    }
}

impl Wire for TopicSpec {
    const MIN_SIZE: usize = 2;
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        Ok(Self { topic_type: r.field("topic type")?, properties: r.field("topic properties")? })
    }
    fn write(&self, w: &mut Writer) {
        self.topic_type.write(w);
        self.properties.write(w);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::frame::VERSION;
    use crate::wire::reader::MAX_TEXT;
    use crate::wire::services::fetch::{FetchedTopic, MAX_RESULTS};
    use crate::wire::services::range_query;
    use crate::wire::services::shared::Constraint;

    /// A list of so many items of the same bytes.
    fn list(count: usize, item: &[u8]) -> Bytes {
        let mut w = Writer::new(VERSION);
        w.count(count);
        (0..count).for_each(|_| w.raw(item));
        w.finish()
    }

    fn problem<T: Wire>(payload: Bytes) -> Option<Problem> {
        decode::<T>(payload, VERSION).err().map(|error| error.problem)
    }

    #[test]
    fn a_list_has_as_many_items_as_are_declared() {
        assert_eq!(problem::<Vec<u8>>(list(u8::MAX_ITEMS, &[1])), None);
        assert_eq!(problem::<Vec<u8>>(list(u8::MAX_ITEMS + 1, &[1])), Some(Problem::TooMany(u8::MAX_ITEMS)));
        let topic = [1, b'a', 15, 0, 0, 0];
        assert_eq!(problem::<Vec<FetchedTopic>>(list(10_000, &topic)), None, "a page of the window");
        assert_eq!(problem::<Vec<FetchedTopic>>(list(1_000_000, &topic)), Some(Problem::TooMany(MAX_RESULTS)));
        assert!(problem::<Vec<range_query::Entry>>(list(2_000_000, &[0, 0, 0])).is_some());
    }

    #[test]
    fn lists_take_no_more_memory_than_their_message_is_worth() {
        let map: Vec<u8> = [128, 2].into_iter().chain([0, 0].repeat(256)).collect();
        let few = list(100, &map);
        assert_eq!(problem::<Vec<Properties>>(few), None);
        assert!(matches!(problem::<Vec<Properties>>(list(16_000, &map)), Some(Problem::TooLarge(_))), "8 MiB");
    }

    #[test]
    fn alternatives_are_bounded_in_number_and_texts_in_length() {
        // A chain of disjunctions of two constraints, to the depth that is allowed, over and over.
        let side = |depth: usize| [vec![7; depth], vec![0; depth + 1]].concat();
        assert_eq!(problem::<Constraint>(side(60).into()), None);
        let full =
            |depth: usize| -> Vec<u8> { (0..depth).fold(vec![0], |inner, _| [&[7][..], &inner, &inner].concat()) };
        assert_eq!(problem::<Constraint>(full(12).into()), None);
        assert!(matches!(problem::<Constraint>(full(15).into()), Some(Problem::TooMany(_))));
        let text = |bytes: usize| encode(&"x".repeat(bytes), VERSION);
        assert_eq!(problem::<String>(text(MAX_TEXT)), None);
        assert_eq!(problem::<String>(text(MAX_TEXT + 1)), Some(Problem::TooLarge(MAX_TEXT)));
        let property = |key: usize, value: usize| {
            problem::<Properties>(encode(&vec![("k".repeat(key), "v".repeat(value))], VERSION))
        };
        let (key, value) = (Properties::MAX_KEY_BYTES, Properties::MAX_VALUE_BYTES);
        assert_eq!(property(key, value), None);
        assert!(property(key + 1, 1).is_some() && property(1, value + 1).is_some());
    }
}
