//! The server asks a handler what to do about a selector that selects no topic.

use crate::data::SessionId;
use crate::wire::codec::Wire;
use crate::wire::error::DecodeError;
use crate::wire::protocol::Part;
use crate::wire::reader::Reader;
use crate::wire::service::{Answering, Effect, Fallback, Inbound, Service};
use crate::wire::writer::Writer;

/// The control group of every handler of missing topics.
pub const CONTROL_GROUP: &str = "default";

/// The property that names the session.
const SESSION_ID: &str = "$SessionId";

/// Who selected what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Selector expression.
    pub selector: String,
    /// Properties of the session that selected it; before protocol 23 only its id.
    pub session_properties: Vec<(String, String)>,
    /// Servers on the way, that of the session first; none before protocol 23.
    pub server_names: Vec<String>,
    /// Conversation id of the handler, as it was registered.
    pub handler: i64,
}

impl Wire for Request {
    fn read(r: &mut Reader) -> Result<Self, DecodeError> {
        if !r.has(Part::SelectingSession) {
            let session: SessionId = r.field("session")?;
            return Ok(Self {
                session_properties: vec![(SESSION_ID.to_owned(), session.to_string())],
                selector: r.field("selector")?,
                server_names: Vec::new(),
                handler: r.field("handler")?,
            });
        }
        Ok(Self {
            selector: r.field("selector")?,
            session_properties: r.field("session properties")?,
            server_names: r.field("server names")?,
            handler: r.field("handler")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        if w.has(Part::SelectingSession) {
            self.selector.write(w);
            self.session_properties.write(w);
            self.server_names.write(w);
        } else {
            let text = self.session_properties.iter().find(|(name, _)| name == SESSION_ID).map(|(_, text)| text);
            // A session without an id is none that a server has.
            let session = text.and_then(|text| text.parse().ok()).unwrap_or(SessionId { server: 0, session: 0 });
            session.write(w);
            self.selector.write(w);
        }
        self.handler.write(w);
    }
}

/// Milliseconds that a handler may take; the server holds the selection back for as long.
pub const DECIDE_MILLIS: u32 = 5000;

/// The server asks a handler what to do about a selector that selects no topic; the answer is whether to proceed.
pub struct MissingTopic;

impl Service for MissingTopic {
    const ID: u32 = 0x32;
    const NAME: &'static str = "missing-topic";
    const EFFECT: Effect = Effect::FromServer;
    type Request = Request;
    type Response = bool;
}

impl Inbound for MissingTopic {
    /// “Do not proceed” concerns the selection of another session.
    const ANSWER_EFFECT: Effect = Effect::ChangesServer;
    const ANSWER: Answering<bool> =
        Answering::Decided { within_millis: DECIDE_MILLIS, otherwise: Fallback::Respond(|| true) };
}
