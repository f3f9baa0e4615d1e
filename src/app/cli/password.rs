//! Where the password of a command line comes from: standard input, or a variable that nobody else gets to see.

use super::PASSWORD_VARIABLE;
use crate::data::Secret;
use std::io::{BufRead, Error, ErrorKind};

/// The password: the first line of `input` if asked for, else the variable's, else none.
///
/// It is no argument of the command line, as those are shown to every user of the machine.
///
/// # Errors
/// Standard input cannot be read or has no line.
pub fn password(
    from_input: bool,
    input: &mut dyn BufRead,
    variable: Option<Secret>,
) -> Result<Option<Secret>, std::io::Error> {
    if !from_input {
        return Ok(variable);
    }
    let mut secret = Secret::default();
    if input.read_line(secret.edit())? == 0 {
        return Err(Error::new(ErrorKind::UnexpectedEof, "no password on standard input"));
    }
    let line = secret.edit();
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(Some(secret))
}

/// The password typed at a terminal, which does not show it.
///
/// # Errors
/// The terminal cannot be read.
pub(in crate::app) fn typed_password() -> Result<Secret, std::io::Error> {
    rpassword::prompt_password("Password: ").map(Secret::new)
}

/// Takes the password out of the environment: no child process inherits it, and on Unix its bytes are wiped, so that it
/// can no longer be read from the list of the process's variables.
///
/// To be called first in `main`, while the process has one thread.
#[must_use]
pub fn take_password_variable() -> Option<Secret> {
    let secret = std::env::var(PASSWORD_VARIABLE).ok().map(Secret::new)?;
    #[cfg(unix)]
    wipe_variable();
    #[expect(unsafe_code, reason = "no other thread runs yet that could read the environment")]
    // SAFETY: called first in `main`, before any thread is started.
    unsafe {
        std::env::remove_var(PASSWORD_VARIABLE);
    }
    Some(secret)
}

/// Overwrites the value where the system put it when the process began.
#[cfg(unix)]
#[expect(unsafe_code, reason = "the value stands in memory that only the C library gives access to")]
fn wipe_variable() {
    let name = c"BROWNIAN_PASSWORD";
    debug_assert_eq!(name.to_str(), Ok(PASSWORD_VARIABLE));
    // SAFETY: one thread runs; the pointer is that of a string which ends with a zero byte, and stays valid meanwhile.
    unsafe {
        let mut at = libc::getenv(name.as_ptr());
        while !at.is_null() && at.read_volatile() != 0 {
            at.write_volatile(0);
            at = at.add(1);
        }
    }
}
