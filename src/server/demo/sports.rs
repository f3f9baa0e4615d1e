//! `Demo/sports`: matches whose whole branch appears before the start and goes some time after the end.

use super::pace::Every;
use super::random::Random;
use super::words::{int64, json, object, spec, string, text, whole};
use super::{Branch, Moment, Out};
use crate::data::value::json::Json;
use crate::data::{TopicSpec, TopicType};
use std::sync::Arc;
use std::time::Duration;

struct Sport {
    name: &'static str,
    teams: &'static [&'static str],
    /// Minutes of play; the demo plays one each second.
    minutes: i64,
    /// How likely somebody scores in a minute, and by how many points.
    chance: f64,
    points: &'static [i64],
}

const SPORTS: [Sport; 3] = [
    Sport {
        name: "football",
        teams: &["Rovers", "Athletic", "United", "Wanderers", "City", "Albion", "Harriers", "Town"],
        minutes: 90,
        chance: 0.03,
        points: &[1],
    },
    Sport {
        name: "rugby",
        teams: &["Falcons", "Saints", "Tigers", "Wasps", "Sharks", "Chiefs"],
        minutes: 80,
        chance: 0.08,
        points: &[3, 5, 7],
    },
    Sport {
        name: "basketball",
        teams: &["Hawks", "Comets", "Giants", "Royals", "Rockets", "Storm"],
        minutes: 48,
        chance: 0.9,
        points: &[1, 2, 3],
    },
];
/// Matches of each sport at one time.
const AT_ONCE: usize = 3;
/// Minutes before the start and after the end in which the branch is there.
const BEFORE: i64 = 10;
const AFTER: i64 = 20;
/// Events a match keeps in its commentary.
const REMEMBERED: usize = 5;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Soon,
    Playing,
    Over,
    Gone,
}

struct Match {
    sport: &'static Sport,
    number: u64,
    teams: [&'static str; 2],
    score: [i64; 2],
    minute: i64,
    commentary: Vec<String>,
    phase: Phase,
    branch: String,
    topics: [Arc<str>; 4],
}

pub(super) struct Sports {
    matches: Vec<Match>,
    begun: u64,
    random: Random,
    second: Every,
}

impl Sports {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            matches: Vec::new(),
            begun: 0,
            random: Random::new(seed, 3000),
            second: Every::new(Duration::from_secs(1)),
        }
    }

    fn begin(&mut self, sport: &'static Sport, minute: i64, out: &mut Out<'_>) {
        self.begun += 1;
        let home = self.random.below(sport.teams.len());
        let away = (home + 1 + self.random.below(sport.teams.len() - 1)) % sport.teams.len();
        let game = Match::new(sport, self.begun, [sport.teams[home], sport.teams[away]], minute);
        game.add(out);
        self.matches.push(game);
    }
}

impl Branch for Sports {
    fn open(&mut self, _at: Moment, out: &mut Out<'_>) {
        for sport in &SPORTS {
            for place in 0..AT_ONCE {
                // Spread over a whole match, so that something comes and goes every few seconds.
                let length = BEFORE + sport.minutes + AFTER;
                self.begin(sport, -BEFORE + length * place as i64 / AT_ONCE as i64, out);
            }
        }
    }

    fn step(&mut self, at: Moment, out: &mut Out<'_>) {
        if !self.second.is_due(at.elapsed) {
            return;
        }
        for game in &mut self.matches {
            game.play(&mut self.random, out);
        }
        for game in self.matches.extract_if(.., |game| game.phase == Phase::Gone).collect::<Vec<_>>() {
            out.remove(&format!("?{}//", game.branch));
            self.begin(game.sport, -BEFORE, out);
        }
    }
}

impl Match {
    fn new(sport: &'static Sport, number: u64, teams: [&'static str; 2], minute: i64) -> Self {
        let branch = format!("Demo/sports/{}/{}-{}-{number}", sport.name, teams[0], teams[1]);
        let topics = ["score", "minute", "state", "commentary"].map(|name| format!("{branch}/{name}").into());
        let mut game = Self {
            sport,
            number,
            teams,
            score: [0, 0],
            minute,
            commentary: Vec::new(),
            phase: Phase::Soon,
            branch,
            topics,
        };
        game.phase = game.phase_now();
        game
    }

    fn phase_now(&self) -> Phase {
        match self.minute {
            ..0 => Phase::Soon,
            minute if minute < self.sport.minutes => Phase::Playing,
            minute if minute < self.sport.minutes + AFTER => Phase::Over,
            _ => Phase::Gone,
        }
    }

    fn add(&self, out: &mut Out<'_>) {
        let topic_types = [TopicType::Json, TopicType::Int64, TopicType::String, TopicType::Json];
        for (path, topic_type) in self.topics.iter().zip(topic_types) {
            out.add(path, &fleeting(topic_type, &self.branch));
        }
        self.show_score(out);
        self.show_minute(out);
        self.show_state(out);
        self.show_commentary(out);
    }

    fn play(&mut self, random: &mut Random, out: &mut Out<'_>) {
        self.minute += 1;
        let phase = self.phase_now();
        let mut changed = false;
        if phase != self.phase {
            self.phase = phase;
            self.show_state(out);
            self.note(format!("{}: {}", self.minute.max(0), self.state()));
            changed = true;
        }
        if phase == Phase::Playing {
            self.show_minute(out);
            if random.chance(self.sport.chance) {
                let side = random.below(2);
                let points = *random.pick(self.sport.points);
                self.score[side] += points;
                self.note(format!("{}: {} for {}", self.minute, points, self.teams[side]));
                self.show_score(out);
                changed = true;
            }
        }
        if changed {
            self.show_commentary(out);
        }
    }

    fn note(&mut self, line: String) {
        self.commentary.insert(0, line);
        self.commentary.truncate(REMEMBERED);
    }

    fn state(&self) -> &'static str {
        match self.phase {
            Phase::Soon => "about to start",
            Phase::Playing => "playing",
            Phase::Over | Phase::Gone => "final",
        }
    }

    fn show_score(&self, out: &mut Out<'_>) {
        let side = |at: usize| object([("team", text(self.teams[at])), ("points", whole(self.score[at]))]);
        let score = object([("match", whole(self.number)), ("home", side(0)), ("away", side(1))]);
        out.set(&self.topics[0], json(score));
    }

    fn show_minute(&self, out: &mut Out<'_>) {
        out.set(&self.topics[1], int64(self.minute));
    }

    fn show_state(&self, out: &mut Out<'_>) {
        out.set(&self.topics[2], string(self.state()));
    }

    fn show_commentary(&self, out: &mut Out<'_>) {
        let lines = self.commentary.iter().map(|line| Json::String(line.clone())).collect();
        out.set(&self.topics[3], json(Json::Array(lines)));
    }
}

/// Should the demo stop without a word, its matches go by themselves.
fn fleeting(topic_type: TopicType, branch: &str) -> TopicSpec {
    spec(topic_type).with("REMOVAL", format!("when no updates for 10m remove '?{branch}//'"))
}
