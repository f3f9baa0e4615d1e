//! Features of the model against a server whose answers the test makes up.

mod error_texts;
mod update_streams;
