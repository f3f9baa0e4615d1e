//! What concerns the drafts and files of all connections together.

use super::notices::Tone;
use super::{Model, editor, effects, files};
use crate::client::api::LinkId;
use crate::data::Timestamp;

impl Model {
    /// A file that was asked for is read, or could not be, in words.
    pub fn file_opened(&mut self, purpose: files::Purpose, result: Result<files::OpenedFile, String>, now: Timestamp) {
        self.now = now;
        let file = match result {
            Ok(file) => file,
            Err(why) => return self.notices.notify(now, Tone::Bad, "The file could not be read", why),
        };
        match purpose {
            files::Purpose::ImportProfiles => {
                let mut fx = self.fx(None);
                self.connections.import(&file, &mut fx, &mut self.notices);
                self.settle(fx, None);
            }
            files::Purpose::ImportTopics(link) => {
                let Some(at) = self.links.iter().position(|c| c.id == link) else { return };
                let mut fx = self.fx(Some(link));
                super::import::file_opened(&mut self.links[at], &file, &mut fx);
                self.settle(fx, Some(at));
            }
            files::Purpose::StreamLines(link, stream) => {
                if let Some(at) = self.links.iter_mut().find(|c| c.id == link) {
                    super::update_streams::file_opened(at, stream, &file);
                }
            }
            files::Purpose::ImportBranch(link) => {
                let Some(at) = self.links.iter().position(|c| c.id == link) else { return };
                let mut fx = self.fx(Some(link));
                super::import::branch_opened(&mut self.links[at], &file, &mut fx);
                self.settle(fx, Some(at));
            }
            files::Purpose::EditorValue(link) => {
                let Some(at) = self.links.iter().position(|c| c.id == link) else { return };
                let mut fx = self.fx(Some(link));
                editor::file_opened(&mut self.links[at], &file, &mut fx);
                self.settle(fx, Some(at));
            }
        }
    }

    /// Work that was asked for is done; nothing happens if its connection is closed.
    pub fn on_work_done(&mut self, link: LinkId, worked: effects::Worked, now: Timestamp) {
        self.now = now;
        let Some(at) = self.links.iter().position(|c| c.id == link) else { return };
        let mut fx = self.fx(Some(link));
        worked(&mut self.links[at], &mut fx);
        self.settle(fx, Some(at));
    }

    /// Every draft, of open connections and others, as it is stored.
    #[must_use]
    pub fn drafts_to_store(&self) -> editor::stored::Drafts {
        let mut drafts = self.drafts.clone();
        for connected in &self.links {
            drafts.connections.entry(connected.key.clone()).or_default().extend(connected.editor.stored());
        }
        drafts.connections.retain(|_, list| !list.is_empty());
        drafts
    }

    /// The keychain answered.
    pub fn secret_found(&mut self, key: &str, result: Result<Option<crate::data::Secret>, String>, now: Timestamp) {
        self.now = now;
        let mut fx = self.fx(None);
        let outcome = self.connections.secret_found(key, result, &mut fx);
        self.settle(fx, None);
        self.follow(outcome);
    }
}
