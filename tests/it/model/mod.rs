//! Features of the model against a server whose answers the test makes up.

mod update_streams;
