//! Types that several services share: selections, constraints, stream ids, outcomes.

use crate::data::TopicSpec;
use crate::wire::codec::Wire;
use crate::wire::error::{DecodeError, Problem};
use crate::wire::protocol::Part;
use crate::wire::reader::Reader;
use crate::wire::writer::Writer;
use crate::{byte_enum, record};
use bytes::Bytes;

/// A selector and the scope it counts in; the default scope is the empty text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectionRequest {
    /// Selector expression.
    pub selector: String,
    /// Scope (protocol 29 and later).
    pub scope: String,
}

impl Wire for SelectionRequest {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        Ok(Self {
            selector: r.field("selector")?,
            scope: if r.has(Part::Scopes) { r.field("scope")? } else { String::new() },
        })
    }
    fn write(&self, w: &mut Writer) {
        self.selector.write(w);
        if w.has(Part::Scopes) {
            self.scope.write(w);
        } else if !self.scope.is_empty() {
            w.needs(Part::Scopes);
        }
    }
}

byte_enum! {
    /// What became of a request to add a topic.
    pub enum AddOutcome {
        /// The topic was created.
        Created = 0,
        /// A topic with an equal specification was there.
        Exists = 1,
    }
}

byte_enum! {
    /// What a topic notification tells.
    pub enum TopicEvent {
        /// The topic was created.
        Added = 0,
        /// The topic existed when a selector was added.
        Selected = 1,
        /// The topic was removed.
        Removed = 2,
        /// A selector was taken back.
        Deselected = 3,
    }
}

byte_enum! {
    /// How a constraint compares.
    pub enum Operator {
        /// The same bytes.
        Is = 1,
        /// Equal.
        Eq = 2,
        /// Not equal.
        Ne = 3,
        /// Greater.
        Gt = 4,
        /// Greater or equal.
        Ge = 5,
        /// Less.
        Lt = 6,
        /// Less or equal.
        Le = 7,
    }
}

byte_enum! {
    /// The type of a constraint's value.
    pub enum ConstraintType {
        /// `f6`.
        Null = 0,
        /// CBOR text.
        String = 1,
        /// CBOR integer.
        Int64 = 2,
        /// CBOR float.
        Double = 3,
        /// Raw bytes.
        Binary = 4,
        /// CBOR.
        Json = 5,
        /// Record bytes.
        RecordV2 = 6,
        /// `f4` or `f5`.
        Boolean = 7,
    }
}

/// A comparison of a topic value, or of the part of one that a JSON pointer selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// How.
    pub operator: Operator,
    /// Type of the value.
    pub value_type: ConstraintType,
    /// Value bytes.
    pub value: Bytes,
}

impl Comparison {
    /// Equality of bytes, the only comparison before protocol 26.
    #[must_use]
    pub fn is(value: Bytes) -> Self {
        Self { operator: Operator::Is, value_type: ConstraintType::Binary, value }
    }
}

impl Wire for Comparison {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        if !r.has(Part::Operators) {
            return Ok(Self::is(r.field("constraint value")?));
        }
        Ok(Self {
            operator: r.field("constraint operator")?,
            value_type: r.field("constraint value type")?,
            value: r.field("constraint value")?,
        })
    }
    fn write(&self, w: &mut Writer) {
        if w.has(Part::Operators) {
            self.operator.write(w);
            self.value_type.write(w);
        } else if self.operator != Operator::Is {
            w.needs(Part::Operators);
        }
        self.value.write(w);
    }
}

/// A condition that an update needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Constraint {
    /// Always satisfied.
    #[default]
    Unconstrained,
    /// All parts are satisfied; two from protocol 27 on.
    And(Vec<Self>),
    /// Left or right is satisfied.
    Or(Box<Self>, Box<Self>),
    /// The topic has a value that compares so.
    Value(Comparison),
    /// The topic exists without a value.
    NoValue,
    /// The session holds this lock with this acquisition.
    Locked {
        /// Name of the lock.
        name: String,
        /// Sequence of the acquisition.
        sequence: i64,
    },
    /// There is no topic.
    NoTopic,
    /// Parts of a JSON value compare so; others are absent.
    PartialJson {
        /// JSON pointer and comparison.
        with: Vec<(String, Comparison)>,
        /// JSON pointers that select nothing.
        without: Vec<String>,
    },
}

impl Wire for Constraint {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        r.expect_field("constraint");
        r.nested(|r| {
            Ok(match r.u8()? {
                0 => Self::Unconstrained,
                1 if !r.has(Part::Disjunction) => Self::And(Vec::read(r)?),
                1 => Self::And(vec![Self::read(r)?, Self::read(r)?]),
                2 => Self::Value(Comparison::read(r)?),
                3 => Self::NoValue,
                4 => Self::Locked { name: r.field("lock name")?, sequence: r.field("lock sequence")? },
                5 => Self::NoTopic,
                6 => Self::PartialJson { with: r.field("with")?, without: r.field("without")? },
                7 if r.has(Part::Disjunction) => Self::Or(Box::new(Self::read(r)?), Box::new(Self::read(r)?)),
                other => return Err(r.error(Problem::Unknown(i64::from(other)))),
            })
        })
    }

    fn write(&self, w: &mut Writer) {
        match self {
            Self::Unconstrained => w.u8(0),
            Self::And(parts) if !w.has(Part::Disjunction) => {
                w.u8(1);
                parts.write(w);
            }
            Self::And(parts) => write_and(parts, w),
            Self::Or(left, right) => {
                w.needs(Part::Disjunction);
                w.u8(7);
                left.write(w);
                right.write(w);
            }
            Self::Value(comparison) => {
                w.u8(2);
                comparison.write(w);
            }
            Self::NoValue => w.u8(3),
            Self::Locked { name, sequence } => {
                w.u8(4);
                name.write(w);
                sequence.write(w);
            }
            Self::NoTopic => w.u8(5),
            Self::PartialJson { with, without } => {
                w.u8(6);
                with.write(w);
                without.write(w);
            }
        }
    }
}

/// Two sides, nested to the left as `a.and(b).and(c)` is.
fn write_and(parts: &[Constraint], w: &mut Writer) {
    match parts {
        [] => w.u8(0),
        [one] => one.write(w),
        [rest @ .., last] => {
            w.u8(1);
            write_and(rest, w);
            last.write(w);
        }
    }
}

record! {
    /// Names an update stream; made by the server.
    pub struct StreamId {
        /// Topic part.
        topic_id: i32,
        /// Counts the streams of a topic.
        instance_id: i32,
        /// 0 outside a cluster.
        partition: i32,
        /// 0 outside a cluster.
        generation: i32,
    }
}

/// What a stream of this topic can do, as bits.
pub mod stream_flags {
    /// The server keeps the value, so deltas are possible.
    pub const RETAINS_VALUE: u8 = 1;
    /// Waiting sets may be merged to the last.
    pub const SUPPORTS_CONFLATION: u8 = 2;
}

/// A new update stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamCreated {
    /// The stream.
    pub stream: StreamId,
    /// Bits of [`stream_flags`]; none before protocol 19, so only whole values are sent then.
    pub flags: u8,
}

impl Wire for StreamCreated {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        let stream = r.field("stream")?;
        Ok(Self { stream, flags: if r.has(Part::StreamFlags) { r.field("flags")? } else { 0 } })
    }
    fn write(&self, w: &mut Writer) {
        self.stream.write(w);
        write_flags(self.flags, w);
    }
}

fn write_flags(flags: u8, w: &mut Writer) {
    if w.has(Part::StreamFlags) {
        flags.write(w);
    }
}

/// A new update stream and what became of its topic.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamAdded {
    /// Created or there before.
    pub outcome: AddOutcome,
    /// The stream.
    pub stream: StreamId,
    /// Bits of [`stream_flags`]; none before protocol 19, so only whole values are sent then.
    pub flags: u8,
}

impl Wire for StreamAdded {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        let outcome = r.field("outcome")?;
        let StreamCreated { stream, flags } = Wire::read(r)?;
        Ok(Self { outcome, stream, flags })
    }
    fn write(&self, w: &mut Writer) {
        self.outcome.write(w);
        self.stream.write(w);
        write_flags(self.flags, w);
    }
}

record! {
    /// Topic, specification, value and guard.
    pub struct AddAndSetRequest {
        /// Topic path.
        path: String,
        /// Specification.
        spec: TopicSpec,
        /// Value bytes.
        value: Bytes,
        /// Update constraint.
        constraint: Constraint,
    }
}
