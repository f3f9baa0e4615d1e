//! What services about other sessions share: properties, and the answers to filters.

use crate::data::SessionId;
use crate::record;
use crate::wire::codec::Wire;
use crate::wire::error::{DecodeError, Problem};
use crate::wire::reader::Reader;
use crate::wire::writer::Writer;

/// Keys and values of session properties.
pub type PropertyList = Vec<(String, String)>;

record! {
    /// The request that only names a session.
    pub struct OneSession {
        /// The session.
        session: SessionId,
    }
}

record! {
    /// What a server finds wrong with a text.
    pub struct ErrorReport {
        /// What.
        message: String,
        /// Line, from 1; 0 for no place.
        line: i32,
        /// Column.
        column: i32,
    }
}

impl Eq for ErrorReport {}

record! {
    /// How many sessions a filter selected, or what is wrong with it.
    pub struct CountOrErrors {
        /// Sessions.
        count: i32,
        /// Empty if the filter could be read.
        errors: Vec<ErrorReport>,
    }
}

impl From<CountOrErrors> for Selected {
    fn from(answer: CountOrErrors) -> Self {
        if answer.errors.is_empty() { Self::Sessions(answer.count) } else { Self::BadFilter(answer.errors) }
    }
}

/// The same as a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selected {
    /// So many sessions.
    Sessions(i32),
    /// The filter cannot be read.
    BadFilter(Vec<ErrorReport>),
}

/// What stands after a first byte that is not 0 is disputed: a list of reports, or as many reports as that byte says.
/// Both are read, that which uses all bytes first; the list is written (protocol/6 section 1).
impl Wire for Selected {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        r.expect_field("outcome");
        let reports = match r.u8()? {
            0 => return Ok(Self::Sessions(r.field("count")?)),
            reports => reports,
        };
        r.expect_field("errors");
        let list = |r: &mut Reader| Vec::<ErrorReport>::read(r);
        let bare = |r: &mut Reader| (0..reports).map(|_| ErrorReport::read(r)).collect();
        let errors = r.first_complete(&[&list, &bare])?;
        if errors.is_empty() { Err(r.error(Problem::Unknown(i64::from(reports)))) } else { Ok(Self::BadFilter(errors)) }
    }

    fn write(&self, w: &mut Writer) {
        match self {
            Self::Sessions(count) => {
                w.u8(0);
                count.write(w);
            }
            Self::BadFilter(errors) => {
                w.u8(1);
                errors.write(w);
            }
        }
    }
}
