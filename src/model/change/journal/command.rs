//! A change as the command line that does the same.

use super::Entry;
use crate::client::api::{ConnectOptions, Target};
use crate::model::copy_as::command::{begin, push, push_last};

/// The command, without a password; none where no command does the same.
#[must_use]
pub fn command_line(entry: &Entry, options: &ConnectOptions) -> Option<String> {
    let Target::Url(url) = &options.target else { return None };
    let command = entry.change()?.command()?;
    let mut line = begin(command.verb, url, &entry.principal);
    for option in &command.options {
        push(&mut line, option);
    }
    push_last(&mut line, &command.arguments);
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::value::DataType;
    use crate::data::value::json::Json;
    use crate::data::{Timestamp, TopicPath, TopicSpec, TopicType};
    use crate::model::change::{AddAndSet, Change, Guard, Set, Snapshot};
    use crate::model::journal::{Content, EntryId};
    use bytes::Bytes;

    fn line(change: impl Into<Change>) -> Option<String> {
        let entry = Entry {
            id: EntryId(1),
            at: Timestamp(0),
            link: None,
            server: "s".into(),
            identity: None,
            server_id: None,
            principal: "it's me".into(),
            content: Content::from(change),
            before: Snapshot::default(),
            result: None,
            micros: 0,
            undone_by: None,
            undoes: None,
        };
        command_line(&entry, &ConnectOptions::to(Target::Url("ws://host:8080".into())))
    }

    #[test]
    fn a_change_becomes_a_command_with_its_guard() {
        let path = TopicPath::parse("a/b c").expect("valid");
        let value = Bytes::from(Json::from_text(r#"{"a":-1}"#).expect("JSON").to_cbor());
        let guard = Guard::StillValue(Bytes::from_static(&[7]));
        let set = Set { path: path.clone(), data_type: DataType::Json, value, guard };
        let expected =
            r#"brownian set ws://host:8080 '--principal=it'\''s me' --type=JSON --if-value=7 -- 'a/b c' '{"a":-1}'"#;
        assert_eq!(line(set).as_deref(), Some(expected));
        let spec = TopicSpec::new(TopicType::Int64).with("CONFLATION", "off");
        let value = Bytes::from_static(&[0x20]);
        let add = AddAndSet { path: path.clone(), spec, value, guard: Guard::NoTopic };
        assert!(line(add).is_some_and(|l| {
            l.ends_with("--add --type=INT64 --property=CONFLATION=off --if-no-topic -- 'a/b c' -1")
        }));
        let value = Bytes::from_static(&[crate::data::value::UNSET]);
        let unset = Set { path, data_type: DataType::String, value, guard: Guard::None };
        assert_eq!(line(unset), None, "no command says that");
    }
}
