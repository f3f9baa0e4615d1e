//! A file chosen by the user, without a dialog and without a disk.

use brownian::model::effects::Effect;
use brownian::model::files::OpenedFile;
use brownian::model::{Intent, Model};
use bytes::Bytes;

/// Does what asks for a file, and gives the file, or why it cannot be read, to whoever asked.
#[track_caller]
pub(crate) fn choose(model: &mut Model, asks: impl Into<Intent>, result: Result<(&str, &'static [u8]), &str>) {
    let now = model.now;
    model.handle(asks.into(), now);
    let effects = model.take_effects();
    let [Effect::OpenFile(asked)] = &effects[..] else { panic!("one file is asked for, not {effects:?}") };
    let file =
        |(name, bytes): (&str, &'static [u8])| OpenedFile { name: name.into(), bytes: Bytes::from_static(bytes) };
    model.file_opened(&asked.then, result.map(file).map_err(str::to_owned), now);
}
