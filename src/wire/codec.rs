//! What can be read from and written to the line, and the macro for plain field-by-field formats.

use super::error::{DecodeError, Problem};
use super::reader::Reader;
use super::writer::Writer;
use crate::data::{ErrorCode, Properties, SessionId, TopicSpec, TopicType};
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
        let count = r.count_of(T::MIN_SIZE, T::MAX_ITEMS)?;
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
        let count = r.count_of(<(String, String)>::MIN_SIZE, Self::MAX)?;
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
