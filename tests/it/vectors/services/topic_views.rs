//! Topic views.

use super::notation::void;
use super::{Part, read};
use brownian::wire::services as s;
use brownian::wire::{DecodeError, Service as _};
use bytes::Bytes;
use serde_json::{Value as Sample, json};

/// What a payload says, in the notation of the samples; none for a service of another family.
pub(super) fn value_of(id: u32, part: Part, p: Bytes, v: u8) -> Option<Result<Sample, DecodeError>> {
    Some(match id {
        s::TopicViewCreate::ID => {
            let request =
                |r: s::topic_view_create::Request| json!({ "name": r.name, "specification": r.specification });
            let report =
                |r: s::topic_view_create::Report| json!({ "message": r.message, "line": r.line, "column": r.column });
            let response = |r| match r {
                s::topic_view_create::Response::Created(view) => json!({ "view": view_of(view) }),
                s::topic_view_create::Response::Refused(reports) => {
                    json!({ "errors": reports.into_iter().map(report).collect::<Vec<_>>() })
                }
            };
            read::<s::TopicViewCreate>(part, p, v, request, response)
        }
        s::TopicViewRemove::ID => read::<s::TopicViewRemove>(part, p, v, |r| json!({ "name": r.name }), void),
        s::TopicViewList::ID => {
            let response = |views: Vec<_>| json!({ "views": views.into_iter().map(view_of).collect::<Vec<_>>() });
            read::<s::TopicViewList>(part, p, v, void, response)
        }
        s::TopicViewGet::ID => {
            let response = |view: Option<_>| json!({ "view": view.map(view_of) });
            read::<s::TopicViewGet>(part, p, v, |r| json!({ "name": r.name }), response)
        }
        _ => return None,
    })
}

fn view_of(view: s::topic_view_create::TopicView) -> Sample {
    json!({ "name": view.name, "specification": view.specification, "roles": view.roles })
}
