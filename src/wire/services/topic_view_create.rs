//! Creates a topic view, or replaces the one of that name.

use crate::record;
use crate::wire::codec::Wire;
use crate::wire::error::DecodeError;
use crate::wire::reader::Reader;
use crate::wire::service::{Effect, Service};
use crate::wire::writer::Writer;

record! {
    /// A topic view as the server holds it.
    pub struct TopicView {
        /// Its name.
        name: String,
        /// Its specification.
        specification: String,
        /// Roles of the session that created it, with which it is evaluated.
        roles: Vec<String>,
    }
}

record! {
    /// What is wrong with a specification, and where.
    pub struct Report {
        /// Why.
        message: String,
        /// Line, from 1.
        line: i32,
        /// Column, from 1.
        column: i32,
    }
}

record! {
    /// What to create.
    pub struct Request {
        /// Name of the view.
        name: String,
        /// Its specification.
        specification: String,
    }
}

/// What became of it. On the line: the reports, and the view only where there are none.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// The view is there.
    Created(TopicView),
    /// The specification cannot be read; at least one report.
    Refused(Vec<Report>),
}

impl Wire for Response {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        let reports: Vec<Report> = r.field("errors")?;
        if reports.is_empty() { Ok(Self::Created(r.field("view")?)) } else { Ok(Self::Refused(reports)) }
    }
    fn write(&self, w: &mut Writer) {
        match self {
            Self::Created(view) => {
                Vec::<Report>::new().write(w);
                view.write(w);
            }
            Self::Refused(reports) => reports.write(w),
        }
    }
}

/// Creates a topic view, or replaces the one of that name.
pub struct TopicViewCreate;

impl Service for TopicViewCreate {
    const ID: u32 = 0x8a;
    const NAME: &'static str = "topic-view-create";
    const EFFECT: Effect = Effect::ChangesServer;
    type Request = Request;
    type Response = Response;
}
