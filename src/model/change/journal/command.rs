//! A change as the command line that does the same.

use super::Entry;
use crate::client::api::{ConnectOptions, Target};
use crate::data::value::DataType;
use crate::model::change::{Change, Guard};
use crate::model::copy_as::command::{argument, begin, push, push_last, push_spec};

/// The command, without a password; none where no command does the same.
#[must_use]
pub fn command_line(entry: &Entry, options: &ConnectOptions) -> Option<String> {
    let Target::Url(url) = &options.target else { return None };
    let mut options_text = String::new();
    let (verb, rest) = match &entry.change {
        Change::Set { path, data_type, value, guard } => {
            push(&mut options_text, &format!("--type={}", data_type.topic_type().name()));
            guard_options(&mut options_text, guard, *data_type)?;
            ("set", vec![path.to_string(), argument(*data_type, value)?])
        }
        Change::Patch { path, patch, guard } => {
            push(&mut options_text, "--patch");
            guard_options(&mut options_text, guard, DataType::Json)?;
            ("set", vec![path.to_string(), patch.clone()])
        }
        Change::Add { path, spec } => {
            push_spec(&mut options_text, spec);
            ("add", vec![path.to_string()])
        }
        Change::AddAndSet { path, spec, value, guard } => {
            push(&mut options_text, "--add");
            push_spec(&mut options_text, spec);
            let data_type = DataType::of_topic_type(spec.topic_type)?;
            guard_options(&mut options_text, guard, data_type)?;
            ("set", vec![path.to_string(), argument(data_type, value)?])
        }
        Change::Remove { selector } => ("remove", vec![selector.clone()]),
        Change::Append { path, event_type, value, timestamp_millis } => {
            if let Some(millis) = timestamp_millis {
                push(&mut options_text, &format!("--timestamp={millis}"));
            }
            ("append", vec![path.to_string(), argument(*event_type, value)?])
        }
        Change::EditEvent { .. } | Change::Stream { .. } => return None,
    };
    let mut line = begin(verb, url, &entry.principal);
    line.push_str(&options_text);
    push_last(&mut line, &rest);
    Some(line)
}

fn guard_options(line: &mut String, guard: &Guard, data_type: DataType) -> Option<()> {
    match guard {
        Guard::None => {}
        Guard::StillValue(value) => push(line, &format!("--if-value={}", argument(data_type, value)?)),
        Guard::NoValue => push(line, "--if-no-value"),
        Guard::NoTopic => push(line, "--if-no-topic"),
        Guard::Other(_) => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::value::json::Json;
    use crate::data::{Timestamp, TopicPath, TopicSpec, TopicType};
    use crate::model::change::Snapshot;
    use crate::model::journal::EntryId;
    use bytes::Bytes;

    fn line(change: Change) -> Option<String> {
        let entry = Entry {
            id: EntryId(1),
            at: Timestamp(0),
            link: None,
            server: "s".into(),
            principal: "it's me".into(),
            change,
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
        let set = Change::Set { path: path.clone(), data_type: DataType::Json, value, guard };
        let expected =
            r#"brownian set ws://host:8080 '--principal=it'\''s me' --type=JSON --if-value=7 -- 'a/b c' '{"a":-1}'"#;
        assert_eq!(line(set).as_deref(), Some(expected));
        let spec = TopicSpec::new(TopicType::Int64).with("CONFLATION", "off");
        let value = Bytes::from_static(&[0x20]);
        let add = Change::AddAndSet { path: path.clone(), spec, value, guard: Guard::NoTopic };
        assert!(line(add).is_some_and(|l| {
            l.ends_with("--add --type=INT64 --property=CONFLATION=off --if-no-topic -- 'a/b c' -1")
        }));
        let value = Bytes::from_static(&[crate::data::value::UNSET]);
        let unset = Change::Set { path, data_type: DataType::String, value, guard: Guard::None };
        assert_eq!(line(unset), None, "no command says that");
    }
}
