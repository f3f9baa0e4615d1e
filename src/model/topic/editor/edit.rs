//! Editing the text of a draft, whatever it is to become.

use super::{Aim, Draft, Intent, MOST_FILE, MOST_TEXT, parts};
use crate::data::Timestamp;
use crate::data::value::DataType;
use crate::data::value::json::Json;
use crate::model::effects::Effects;
use crate::model::files::{FileChoice, Kind, OpenedFile};
use crate::model::notices::{NewNotice, Tone};
use bytes::Bytes;

impl Draft {
    /// A value of no topic, with nothing typed yet; `opened` names it.
    pub(in crate::model) fn blank(data_type: DataType, opened: u64) -> Self {
        let mut draft = Self::new(Aim::Value, data_type, None, Timestamp::default());
        draft.opened = opened;
        draft.in_front = true;
        if data_type != DataType::RecordV2 {
            draft.text.clear();
        }
        draft.check();
        draft
    }

    /// Goes on with another type: the text stays, unless it was made of bytes or fields, or is to be.
    pub(in crate::model) fn set_type(&mut self, data_type: DataType) {
        let apart = |one: DataType| matches!(one, DataType::Binary | DataType::RecordV2);
        if self.data_type == data_type {
            return;
        }
        let keeps = self.file.is_none() && !apart(self.data_type) && !apart(data_type);
        let text = if keeps { std::mem::take(&mut self.text) } else { String::new() };
        let (opened, revision) = (self.opened, self.revision);
        *self = Self::blank(data_type, opened);
        self.revision = revision + 1;
        if keeps {
            self.text = text;
            self.check();
        }
    }

    /// Puts a value of this type into it.
    pub(in crate::model) fn put_value(&mut self, data_type: DataType, value: &Bytes) {
        self.data_type = data_type;
        self.show(Some(value));
    }

    /// Puts a text into it.
    pub(in crate::model) fn put_text(&mut self, text: String) {
        self.text = text;
        self.file = None;
        self.revision += 1;
        self.check();
    }

    /// Does what an intent says about the text; false if that changed nothing.
    pub(in crate::model) fn edit(&mut self, intent: Intent, fx: &mut Effects) -> bool {
        match intent {
            Intent::SetText(text) => self.text = text,
            Intent::Part(edit) => match parts::apply(&self.text, &edit) {
                Ok(text) => {
                    self.text = text;
                    self.revision += 1;
                }
                Err(why) => {
                    fx.notice(NewNotice::new(Tone::Info, why));
                    return false;
                }
            },
            Intent::Format => {
                let Ok(json) = Json::from_text(&self.text) else { return false };
                self.text = json.to_pretty_text();
                self.revision += 1;
            }
            Intent::Step(by) => {
                let now = self.text.trim().parse::<i64>().unwrap_or(0);
                self.text = now.saturating_add(by).to_string();
                self.revision += 1;
            }
            _ => return false,
        }
        self.check();
        true
    }

    /// What is asked of the user when a file is to be the value.
    pub(in crate::model) fn file_choice(&self, title: String) -> FileChoice {
        let kinds = if self.data_type == DataType::Json { vec![Kind::new("JSON", "json")] } else { Vec::new() };
        let max_bytes = if self.data_type == DataType::Binary { MOST_FILE } else { MOST_TEXT as u64 };
        FileChoice { title, kinds, max_bytes }
    }

    /// Takes a file as the value; false, with a notice, if it is none of this type.
    pub(in crate::model) fn take_file(&mut self, file: &OpenedFile, fx: &mut Effects) -> bool {
        if self.data_type == DataType::Binary {
            self.show(Some(&file.bytes));
            if let Some((name, _)) = &mut self.file {
                name.clone_from(&file.name);
            }
            return true;
        }
        if let Ok(text) = std::str::from_utf8(&file.bytes) {
            self.put_text(text.to_owned());
            return true;
        }
        fx.notice(NewNotice::new(Tone::Bad, format!("{} is no text in UTF-8", file.name)));
        false
    }

    /// Whether nothing was typed.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text.is_empty() && self.file.is_none()
    }
}
