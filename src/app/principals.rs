//! Who may log in to `brownian serve`: the well-known principals at home, others elsewhere.

use super::cli;
use super::commands::CliError;
use crate::data::Secret;
use crate::server::{Principal, Security};
use clap::Args;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// Characters of made-up passwords: none that is taken for another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Characters of a made-up password, in groups of [`GROUP`]: 100 bits.
const LENGTH: usize = 20;
/// Characters between two hyphens.
const GROUP: usize = 5;
/// The principal whose password standard input has.
const ADMINISTRATOR: &str = "admin";
/// Bytes of a file of principals.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Where the principals of the server come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
#[group(multiple = false)]
pub struct PrincipalArgs {
    /// File of the principals that may log in, a line NAME:ROLE,ROLE:PASSWORD for each; nobody else may read it
    #[arg(long, value_name = "FILE")]
    pub principals: Option<PathBuf>,
    /// Read the password of the only principal, admin, from the first line of standard input
    #[arg(long)]
    pub password_stdin: bool,
    /// Let the well-known principals of a new Diffusion server log in with "password", as on 127.0.0.1; else passwords
    /// are made up and printed where other machines can connect
    #[arg(long)]
    pub demo_principals: bool,
}

/// Who may log in, and what has to be said about it.
pub(super) struct Logins {
    pub(super) security: Security,
    /// Lines for standard output, which is not kept: they have passwords.
    pub(super) passwords: Vec<String>,
    /// Lines for standard error.
    pub(super) warnings: Vec<String>,
}

impl PrincipalArgs {
    /// The principals of a server that listens on this machine only, or to others too.
    ///
    /// # Errors
    /// The file cannot be read or used, standard input has no password, or the system has no random numbers.
    pub(super) fn logins(&self, is_loopback: bool, input: &mut dyn BufRead) -> Result<Logins, CliError> {
        let mut security = Security::standard();
        let (mut passwords, mut warnings) = (Vec::new(), Vec::new());
        if let Some(file) = &self.principals {
            security.principals = read(&file_text(file)?, &security)
                .map_err(|problem| CliError::Input(format!("{}: {problem}", file.display())))?;
        } else if self.password_stdin {
            let password = cli::password(true, input, None).map_err(|cause| CliError::Io { file: None, cause })?;
            let password = password.filter(|password| !password.is_empty());
            let password = password.ok_or_else(|| CliError::Input("the password is empty".to_owned()))?;
            security.principals.retain(|name, _| name == ADMINISTRATOR);
            for principal in security.principals.values_mut() {
                principal.password = password.clone();
            }
        } else if !is_loopback && !self.demo_principals {
            for (name, principal) in &mut security.principals {
                principal.password = made_up()?;
                passwords.push(format!("Password of {name}: {}", principal.password.expose()));
            }
        } else if !is_loopback {
            warnings
                .push("the well-known principals can log in from other machines with their well-known password".into());
        }
        if !is_loopback {
            warnings.push("passwords travel readable: this server has no TLS".into());
        }
        Ok(Logins { security, passwords, warnings })
    }
}

/// The text of a file that nobody else may read.
fn file_text(path: &Path) -> Result<String, CliError> {
    use std::io::Read;
    let failed = |cause| CliError::file(path, cause);
    let file = std::fs::File::open(path).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if file.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
            let text = format!("{0} holds passwords and is not its owner's alone: chmod 600 {0}", path.display());
            return Err(CliError::Input(text));
        }
    }
    let mut text = String::new();
    file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(CliError::Input(format!("{} is larger than 1 MiB", path.display())));
    }
    Ok(text)
}

/// Reads lines of `NAME:ROLE,ROLE:PASSWORD`; a password may have colons. Empty lines and lines with `#` are left out.
fn read(text: &str, security: &Security) -> Result<BTreeMap<String, Principal>, String> {
    let mut principals = BTreeMap::new();
    for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        // The line itself is never shown: it has a password.
        let at = |problem: &str| format!("line {number}: {problem}");
        let mut fields = line.splitn(3, ':');
        let (Some(name), Some(roles), Some(password)) = (fields.next(), fields.next(), fields.next()) else {
            return Err(at("it is not NAME:ROLE,ROLE:PASSWORD"));
        };
        let roles: Vec<String> =
            roles.split(',').map(|role| role.trim().to_owned()).filter(|r| !r.is_empty()).collect();
        if name.is_empty() || password.is_empty() {
            return Err(at("name and password cannot be empty"));
        }
        if let Some(unknown) = roles.iter().find(|role| !security.store.roles.contains_key(*role)) {
            let known: Vec<&str> = security.store.roles.keys().map(String::as_str).collect();
            return Err(at(&format!("there is no role {unknown:?}, only {}", known.join(", "))));
        }
        let principal = Principal { password: Secret::new(password), roles };
        if principals.insert(name.to_owned(), principal).is_some() {
            return Err(at(&format!("{name:?} is there twice")));
        }
    }
    if principals.is_empty() { Err("it has no principals".to_owned()) } else { Ok(principals) }
}

/// A password that nobody can guess.
fn made_up() -> Result<Secret, CliError> {
    let mut random = [0; LENGTH];
    getrandom::fill(&mut random).map_err(|cause| CliError::NotDone(format!("cannot make up a password: {cause}")))?;
    let mut secret = Secret::default();
    for (at, byte) in random.iter().enumerate() {
        if at > 0 && at % GROUP == 0 {
            secret.edit().push('-');
        }
        secret.edit().push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::handshake::Credentials;

    fn logins(args: &PrincipalArgs, is_loopback: bool, input: &str) -> Result<Logins, String> {
        args.logins(is_loopback, &mut input.as_bytes()).map_err(|error| error.to_string())
    }

    fn lets_in(logins: &Logins, name: &str, password: &str) -> bool {
        logins.security.authenticate(name, &Credentials::Password(Secret::new(password))).is_some()
    }

    #[test]
    fn the_well_known_password_is_for_this_machine_unless_asked_for() {
        let plain = PrincipalArgs::default();
        let home = logins(&plain, true, "").expect("no input is needed");
        assert!(lets_in(&home, "admin", "password") && home.passwords.is_empty() && home.warnings.is_empty());
        let away = logins(&plain, false, "").expect("no input is needed");
        assert!(!lets_in(&away, "admin", "password"));
        assert_eq!((away.passwords.len(), away.warnings.len()), (4, 1));
        for line in &away.passwords {
            let (name, password) = line["Password of ".len()..].split_once(": ").expect("name and password");
            assert!(password.len() == 23 && lets_in(&away, name, password), "{line}");
        }
        let again = logins(&plain, false, "").expect("no input is needed");
        assert_ne!(away.passwords, again.passwords);
        let demo = PrincipalArgs { demo_principals: true, ..PrincipalArgs::default() };
        let demo = logins(&demo, false, "").expect("no input is needed");
        assert!(lets_in(&demo, "admin", "password") && demo.passwords.is_empty());
        assert_eq!(demo.warnings.len(), 2);
    }

    #[test]
    fn standard_input_has_the_password_of_the_administrator() {
        let args = PrincipalArgs { password_stdin: true, ..PrincipalArgs::default() };
        let all = logins(&args, false, "long: secret\r\nmore").expect("a password");
        assert!(lets_in(&all, "admin", "long: secret") && !lets_in(&all, "client", "password"));
        assert!(all.passwords.is_empty());
        assert!(logins(&args, true, "").is_err() && logins(&args, true, "\n").is_err());
    }

    #[test]
    fn a_file_names_principals_roles_and_passwords() {
        let security = Security::standard();
        let all =
            read("# who\n\nann:ADMINISTRATOR:a:b \nbob:CLIENT, OPERATOR:x\nguest::y\n", &security).expect("three");
        let shown: Vec<_> =
            all.iter().map(|(name, one)| (name.as_str(), one.roles.len(), one.password.expose())).collect();
        assert_eq!(shown, [("ann", 1, "a:b "), ("bob", 2, "x"), ("guest", 0, "y")]);
        for (text, problem) in [
            ("ann:ADMINISTRATOR", "line 1: it is not NAME:ROLE,ROLE:PASSWORD"),
            ("\nann:CLIENT:", "line 2: name and password cannot be empty"),
            (":CLIENT:x", "line 1: name and password cannot be empty"),
            ("a::x\na::y", "line 2: \"a\" is there twice"),
            ("# nobody", "it has no principals"),
        ] {
            assert_eq!(read(text, &security).expect_err(text), problem);
        }
        let unknown = read("ann:ROOT:secret", &security).expect_err("no such role");
        assert!(
            unknown.starts_with("line 1: there is no role \"ROOT\", only ADMINISTRATOR") && !unknown.contains("secret")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("principals");
        std::fs::write(&file, "ann:CLIENT:secret\n").expect("written");
        let args = PrincipalArgs { principals: Some(file.clone()), ..PrincipalArgs::default() };
        let mode = |mode| std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).expect("set");
        mode(0o640);
        let refused = logins(&args, true, "").err().expect("refused");
        assert!(refused.contains("chmod 600") && !refused.contains("secret"), "{refused}");
        mode(0o600);
        assert!(
            logins(&args, true, "")
                .is_ok_and(|all| lets_in(&all, "ann", "secret") && !lets_in(&all, "admin", "password"))
        );
    }
}
