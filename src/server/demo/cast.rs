//! Who the demo's sessions are, and how they behave.

use std::net::Ipv4Addr;

/// Seconds between which something lasts.
pub(super) type Secs = (f64, f64);

/// How a session comes and goes.
#[derive(Debug)]
pub(super) struct Conduct {
    /// How long it is connected.
    pub stays: Secs,
    /// How likely that ends by a lost connection, and not by its client.
    pub loses: f64,
    /// How long the connection is lost.
    pub lost: Secs,
    /// How likely it recovers then. Otherwise the server waits for it in vain.
    pub recovers: f64,
    /// How long it is away until it comes back as a new session.
    pub away: Secs,
}

/// There for minutes.
const STEADY: Conduct =
    Conduct { stays: (120.0, 300.0), loses: 0.5, lost: (4.0, 9.0), recovers: 0.8, away: (10.0, 25.0) };
/// Looks in and goes again.
const VISITOR: Conduct = Conduct { stays: (8.0, 12.0), loses: 0.0, lost: (2.0, 3.0), recovers: 1.0, away: (4.0, 7.0) };
/// On a line that breaks.
const ON_A_BAD_LINE: Conduct =
    Conduct { stays: (7.0, 10.0), loses: 1.0, lost: (3.0, 5.0), recovers: 1.0, away: (4.0, 7.0) };

/// What comes of a request at `terminals/version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// This version.
    Version(&'static str),
    /// Nothing is answered there.
    Refuses,
    /// Not even that.
    Never,
}

/// Somebody who has a session.
#[derive(Debug)]
pub(super) struct Character {
    pub principal: &'static str,
    pub roles: &'static [&'static str],
    /// As clients say it when they connect.
    pub client_type: &'static str,
    pub environment: &'static str,
    pub address: Ipv4Addr,
    pub country: &'static str,
    pub language: &'static str,
    pub desk: &'static str,
    pub tier: &'static str,
    pub answers: Answers,
    pub conduct: Conduct,
    /// Scopes and selectors.
    pub selections: &'static [(&'static str, &'static str)],
    /// A lock that it holds while it is there.
    pub lock: Option<&'static str>,
}

const CLOCK: (&str, &str) = ("", ">Demo/clocks/utc");
const SPORTS: (&str, &str) = ("sports", "?Demo/sports/football//");
const SENSORS: (&str, &str) = ("sensors", "?Demo/sensors/");

/// In a dealing room.
const fn trader(principal: &'static str, desk: &'static str, tier: &'static str, address: Ipv4Addr) -> Character {
    let (country, language) = match address.octets() {
        [192, ..] => ("GB", "en"),
        [198, ..] => ("US", "en"),
        _ => ("JP", "ja"),
    };
    Character {
        principal,
        roles: &["CLIENT", "TRADER"],
        client_type: "WB",
        environment: "BROWSER_Chrome_131",
        address,
        country,
        language,
        desk,
        tier,
        answers: Answers::Version("4.2"),
        conduct: STEADY,
        selections: &[CLOCK],
        lock: None,
    }
}

/// A program without a user.
const fn program(principal: &'static str, roles: &'static [&'static str], address: Ipv4Addr) -> Character {
    Character {
        roles,
        client_type: "PY",
        environment: "PYTHON_CPython_3.11",
        answers: Answers::Refuses,
        ..trader(principal, "operations", "bronze", address)
    }
}

const fn london(host: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, host)
}

const fn new_york(host: u8) -> Ipv4Addr {
    Ipv4Addr::new(198, 51, 100, host)
}

const fn tokyo(host: u8) -> Ipv4Addr {
    Ipv4Addr::new(203, 0, 113, host)
}

pub(super) const CAST: [Character; 14] = [
    Character { selections: &[CLOCK, SPORTS], ..trader("max", "ldn-4", "gold", london(17)) },
    Character { answers: Answers::Version("4.1"), ..trader("eve", "ldn-4", "silver", london(18)) },
    Character { client_type: "J", environment: "JAVA_OpenJDK_21", ..trader("noor", "ldn-7", "gold", london(31)) },
    Character { answers: Answers::Version("4.1"), ..trader("liam", "nyc-1", "gold", new_york(5)) },
    Character { client_type: "N", environment: "DOTNET_.NET_8", ..trader("ada", "nyc-1", "silver", new_york(6)) },
    Character { answers: Answers::Version("3.9"), ..trader("joan", "nyc-2", "bronze", new_york(44)) },
    trader("haruka", "tyo-1", "silver", tokyo(9)),
    Character { conduct: ON_A_BAD_LINE, selections: &[CLOCK, SPORTS], ..trader("kenji", "tyo-1", "gold", tokyo(10)) },
    Character { conduct: VISITOR, answers: Answers::Version("4.3"), ..trader("guest", "web", "bronze", london(99)) },
    program("bot7", &["CLIENT"], new_york(70)),
    program("bot7", &["CLIENT"], new_york(71)),
    Character { answers: Answers::Never, ..program("bot7", &["CLIENT"], tokyo(72)) },
    Character {
        selections: &[CLOCK, SENSORS],
        lock: Some("Demo/feeds/eu"),
        ..program("feed-eu", &["CLIENT", "TOPIC_CONTROL"], london(200))
    },
    Character { selections: &[CLOCK, SENSORS], ..program("monitor", &["CLIENT", "OPERATOR"], london(201)) },
];
