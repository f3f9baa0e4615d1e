//! Command lines as users type them, right and wrong.

use super::*;
use crate::app::commands::fetch::Fetch;
use crate::app::commands::ping::Ping;
use crate::app::commands::serve::Serve;
use crate::app::commands::watch::Watch;
use crate::app::principals::PrincipalArgs;
use crate::data::Secret;
use clap::CommandFactory as _;
use clap::error::ErrorKind;
use std::net::IpAddr;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once("brownian").chain(line.split_whitespace()))
}

fn window(line: &str) -> WindowArgs {
    let cli = parse(line).unwrap_or_else(|problem| panic!("{line}: {problem}"));
    assert_eq!(cli.command, None);
    cli.window
}

fn command(line: &str) -> Command {
    parse(line).unwrap_or_else(|problem| panic!("{line}: {problem}")).command.expect("a command")
}

fn refused(line: &str) -> ErrorKind {
    match parse(line) {
        Ok(cli) => panic!("{line} was accepted: {cli:?}"),
        Err(problem) => {
            assert_eq!(problem.exit_code(), i32::from(USAGE));
            problem.kind()
        }
    }
}

#[test]
fn the_definition_is_sound_and_every_argument_is_explained() {
    let mut root = Cli::command();
    root.build();
    root.clone().debug_assert();
    let mut explained = 0;
    for command in std::iter::once(&root).chain(root.get_subcommands()) {
        assert!(command.get_about().is_some(), "{}", command.get_name());
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            explained += 1;
        }
    }
    assert!(explained > 30, "{explained}");
    let help = root.render_long_help().to_string();
    assert!(help.contains("BROWNIAN_PASSWORD") && help.contains("Exit codes"), "{help}");
}

#[test]
fn no_arguments_open_the_window() {
    let window = window("");
    assert!(!window.demo && !window.runs_headless());
    assert_eq!(window.renderer, Renderer::Auto);
    assert_eq!(window.after, Duration::from_secs(3));
    assert_eq!(window.theme, None);
}

#[test]
fn the_window_can_be_described() {
    let window = window(
        "--demo --screenshot out.png --size 800x600 --panel topic-tree --select fx/EURUSD --theme light --after 1.5 \
         --renderer wgpu --data-dir /tmp/x",
    );
    assert!(window.demo && window.runs_headless());
    assert_eq!(window.size, Some([800, 600]));
    assert_eq!(window.panel.as_deref(), Some("topic-tree"));
    assert_eq!(window.select.as_deref(), Some("fx/EURUSD"));
    assert_eq!(window.theme, Some(Theme::Light));
    assert_eq!(window.after, Duration::from_millis(1_500));
    assert_eq!(window.renderer, Renderer::Wgpu);
    assert_eq!(window.screenshot, Some("out.png".into()));
    assert_eq!(window.data_dir, Some("/tmp/x".into()));
}

#[test]
fn a_server_can_be_named() {
    let window = window("--connect wss://example.com:8443/d --principal admin --headless");
    assert_eq!(window.connect.as_ref().map(ServerUrl::as_str), Some("wss://example.com:8443/d"));
    assert_eq!(window.principal.as_deref(), Some("admin"));
    assert!(window.headless);
}

#[test]
fn serve_listens_at_home_unless_told_otherwise() {
    let home = Serve {
        bind: IpAddr::from([127, 0, 0, 1]),
        port: 8080,
        protocol: None,
        allow_origin: Vec::new(),
        who: PrincipalArgs::default(),
        demo: false,
        rate: None,
    };
    assert_eq!(command("serve"), Command::Serve(home));
    let everywhere = Serve {
        bind: IpAddr::from([0; 16]),
        port: 0,
        protocol: None,
        allow_origin: Vec::new(),
        who: PrincipalArgs::default(),
        demo: true,
        rate: Some(50_000),
    };
    assert_eq!(command("serve --bind :: --port 0 --demo --rate 50000"), Command::Serve(everywhere));
}

#[test]
fn the_principals_of_a_server_come_from_one_place() {
    let Command::Serve(serve) = command("serve --bind 0.0.0.0 --principals p.txt") else { panic!("serve") };
    assert_eq!(serve.who, PrincipalArgs { principals: Some("p.txt".into()), ..PrincipalArgs::default() });
    for line in ["serve --password-stdin --demo-principals", "serve --principals p --password-stdin"] {
        assert!(Cli::try_parse_from(["brownian"].into_iter().chain(line.split(' '))).is_err(), "{line}");
    }
}

fn server(url: &str) -> ServerArgs {
    ServerArgs {
        url: url.parse().unwrap(),
        principal: None,
        password_stdin: false,
        json: false,
        yes_production: false,
        data_dir: None,
        timeout: Duration::from_secs(10),
        protocol: None,
        trust_certificate: None,
    }
}

#[test]
fn ping_fetch_and_watch_name_a_server() {
    let at = "ws://localhost:8080";
    assert_eq!(command(&format!("ping {at}")), Command::Ping(Ping { server: server(at), count: 5 }));
    let with_json = ServerArgs {
        principal: Some("p".to_owned()),
        password_stdin: true,
        json: true,
        timeout: Duration::from_millis(500),
        ..server(at)
    };
    assert_eq!(
        command(&format!("fetch {at} ?fx// --json --principal p --password-stdin --timeout 0.5")),
        Command::Fetch(Fetch { server: with_json, selector: "?fx//".to_owned() })
    );
    assert_eq!(
        command(&format!("watch --stats --count 3 {at} *A/B")),
        Command::Watch(Watch { server: server(at), selector: "*A/B".to_owned(), count: Some(3), stats: true })
    );
}

#[test]
fn wrong_command_lines_are_refused_as_usage() {
    for line in [
        "--size 800",
        "--size 0x600",
        "--size 800x600x2",
        "--size 99999x2",
        "--after=-1",
        "--after nan",
        "--after soon",
        "--connect http://example.com",
        "--connect example.com",
        "--connect ws://",
        "--connect wss://u:secret@example.com",
        "ping ws://h --timeout 0",
        "ping ws://h --count 0",
        "watch ws://h ?a --count 0",
        "serve --demo --rate 0",
        "serve --port 70000",
    ] {
        assert_eq!(refused(line), ErrorKind::ValueValidation, "{line}");
    }
    for line in ["--theme blue", "--renderer dx9"] {
        assert_eq!(refused(line), ErrorKind::InvalidValue, "{line}");
    }
    for line in ["--demo --connect ws://h", "--demo serve"] {
        assert_eq!(refused(line), ErrorKind::ArgumentConflict, "{line}");
    }
    for line in ["--principal p", "--connect ws://h --password-stdin", "serve --rate 5", "fetch ws://h", "ping"] {
        assert_eq!(refused(line), ErrorKind::MissingRequiredArgument, "{line}");
    }
    assert_eq!(refused("explode"), ErrorKind::InvalidSubcommand);
    assert_eq!(refused("--explode"), ErrorKind::UnknownArgument);
    // Everybody on the machine could read it.
    assert_eq!(refused("ping ws://h --password x"), ErrorKind::UnknownArgument);
}

#[test]
fn a_password_in_a_url_is_not_repeated_by_the_reason() {
    let reason = parse("fetch wss://u:s3cret@example.com ?a").expect_err("a password in a URL").to_string();
    assert!(reason.contains("--password-stdin") && !reason.contains("s3cret"), "{reason}");
}

#[test]
fn help_and_version_are_no_failures() {
    for line in ["--help", "--version", "serve --help", "ping --help"] {
        assert_eq!(parse(line).unwrap_err().exit_code(), i32::from(DONE), "{line}");
    }
}

#[test]
fn the_password_comes_from_the_first_line_or_the_variable() {
    let from = |from_input, text: &str, variable: Option<&str>| {
        password(from_input, &mut text.as_bytes(), variable.map(Secret::new))
            .map(|secret| secret.map(|secret| secret.expose().to_owned()))
    };
    assert_eq!(from(false, "line", None).unwrap(), None);
    assert_eq!(from(false, "line", Some("variable")).unwrap().as_deref(), Some("variable"));
    assert_eq!(from(true, " two words \r\nnext", Some("variable")).unwrap().as_deref(), Some(" two words "));
    assert_eq!(from(true, "\n", None).unwrap().as_deref(), Some(""));
    assert!(from(true, "", None).is_err());
}

#[test]
fn changes_say_what_where_and_when() {
    let at = "ws://localhost:8080";
    let Command::Set(set) = command(&format!("set {at} a/b -5 --if-value -6")) else { panic!("set") };
    assert_eq!((set.path.as_str(), set.value.as_deref(), set.if_value.as_deref()), ("a/b", Some("-5"), Some("-6")));
    let line = format!("set {at} a --file x.bin --add --type record_v2 --property priority=high --if-no-topic");
    let Command::Set(set) = command(&line) else { panic!("set") };
    assert!(set.add && set.if_no_topic && set.value.is_none());
    assert_eq!(set.topic_type, Some(crate::data::TopicType::RecordV2));
    assert_eq!(set.properties, [("PRIORITY".to_owned(), "high".to_owned())]);
    let Command::Remove(remove) = command(&format!("remove {at} ?a// --count 12")) else { panic!("remove") };
    assert_eq!((remove.count, remove.yes, remove.dry_run), (Some(12), false, false));
    let Command::Append(append) = command(&format!("append {at} a 1.5 --timestamp 2026-03-01T14:02:07Z")) else {
        panic!("append")
    };
    assert_eq!(append.timestamp.map(crate::data::Timestamp::millis), Some(1_772_373_727_000));
    let Command::Import(import) = command(&format!("import {at} - --dry-run --prefix copy/of")) else {
        panic!("import")
    };
    assert!(import.dry_run && !import.if_no_topic && import.prefix.is_some_and(|p| p.as_str() == "copy/of"));
    assert!(matches!(command(&format!("export {at} ?a// --output a.json")), Command::Export(_)));
    assert!(matches!(command(&format!("add {at} a --type json")), Command::Add(_)));
}

#[test]
fn changes_that_contradict_themselves_are_refused() {
    let at = "ws://localhost:8080";
    for line in [
        "set URL a",
        "set URL a 1 --file f",
        "set URL a 1 --add",
        "set URL a 1 --property PRIORITY=high",
        "set URL a 1 --if-no-topic",
        "set URL a 1 --if-no-value --if-value 2",
        "set URL a 1 --add --type json --patch",
        "set URL a 1 --type number",
        "set URL // 1",
        "add URL a",
        "add URL a --type json --property COLOUR=red",
        "add URL a --type json --property PRIORITY",
        "remove URL ?a// --yes --count 3",
        "remove URL ?a// --yes --dry-run",
        "append URL a 1 --timestamp yesterday",
        "import URL",
    ] {
        refused(&line.replace("URL", at));
    }
}
