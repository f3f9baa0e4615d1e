//! The machine against a scripted peer on a clock that jumps.
