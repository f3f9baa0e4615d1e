//! Regular expressions of selectors: Java's syntax translated and compiled, matched against whole texts.
//!
//! The protocol's contract is `java.util.regex`. Each atom is written out in a form that means the same in every
//! mode (`\w` becomes its ASCII set, `.` excludes Java's line terminators, a letter under `(?i)` becomes a set of
//! two), so that no flag of the engine below is relied upon. What cannot be translated is an error, never a
//! pattern that selects something else.

mod escape;
mod translate;

use super::cost::{Account, Exhausted};
use super::syntax::{Parsed, SyntaxError};
use fancy_regex::{CompileError, Regex, RegexBuilder};
use std::sync::{Arc, OnceLock};
use translate::{LINE_ENDS, Translator};

/// A pattern may be this long; a server compiles what strangers send.
const MAX_LEN: usize = 4096;
/// Steps back after which one match is tried again with more, if the account has them.
const FEW_STEPS: usize = 256;
/// Steps back after which one match is given up.
const MANY_STEPS: usize = 4096;
/// Units for a step back.
const STEP_COST: u64 = 2;
/// Units for each byte that a pattern that steps back looks at.
const STEPPING_BYTE_COST: u64 = 4;
/// Units for a match besides those for its bytes.
const MATCH_COST: u64 = 20;
/// The engine remembers what it met, so each byte costs less than the worst case, but for long texts.
const LONG_TEXT_BYTES: usize = 256;
/// How many times as much each byte beyond costs.
const LONG_TEXT_FACTOR: u64 = 8;
/// Bytes of a path that a selection is weighed by.
const USUAL_PATH_BYTES: usize = 64;

/// How large a compiled expression may be, tried in this order, and what that costs. Matching takes up to one step for
/// each byte of the text and each state of the expression.
const SIZES: [Size; 3] = [
    Size { bytes: 16 << 10, compile_cost: 25_000, byte_cost: 2 },
    Size { bytes: 64 << 10, compile_cost: 80_000, byte_cost: 16 },
    Size { bytes: 256 << 10, compile_cost: 300_000, byte_cost: 64 },
];

#[derive(Clone, Copy, Debug)]
struct Size {
    bytes: usize,
    /// Units for compiling, also in vain.
    compile_cost: u64,
    /// Units for matching one byte.
    byte_cost: u64,
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    /// `.*` or `.+`: whatever has at least so many bytes and no line ends; nothing is compiled.
    Anything { least: usize },
    /// Any other.
    Compiled(Box<Compiled>),
}

/// The expressions of a pattern.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    whole: Expression,
    below: Below,
}

/// How to decide whether a path lies below what the pattern matches.
#[derive(Clone, Debug)]
enum Below {
    /// One expression decides.
    Expression(Expression),
    /// The pattern looks at what follows it or refuses to step back: each ancestor is tried alone.
    EachAncestor,
}

impl Pattern {
    /// Translates and compiles; `full_path` prepares for [`Pattern::is_below`] too.
    pub(super) fn parse(text: &str, full_path: bool, account: &mut Account) -> Parsed<Self> {
        if text.is_empty() {
            return Err(SyntaxError::new("a regular expression cannot be empty", 0));
        }
        if text.len() > MAX_LEN {
            return Err(SyntaxError::new(format!("a regular expression has at most {MAX_LEN} bytes"), 0));
        }
        match text {
            ".*" => return Ok(Self::Anything { least: 0 }),
            ".+" => return Ok(Self::Anything { least: 1 }),
            _ => {}
        }
        account.charge_bytes(text.len() * 32).map_err(too_much)?;
        let mut translator = Translator::new(text);
        translator.run()?;
        let (bare, steps_back) = (&translator.out, translator.looks_around || translator.refers_back);
        let below = if full_path && !translator.looks_around {
            Below::Expression(Expression::compile(format!(r"\A(?:{bare})/(?s:.+)\z"), steps_back, account)?)
        } else {
            Below::EachAncestor
        };
        let whole = Expression::compile(format!(r"\A(?:{bare})\z"), steps_back, account)?;
        Ok(Self::Compiled(Box::new(Compiled { whole, below })))
    }

    /// Whether the pattern matches the whole text; false also if that takes too many steps.
    #[cfg(test)]
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.matches(text, &mut Account::request()).unwrap_or(false)
    }

    /// Bytes that it takes in memory at most.
    pub(super) fn kept_bytes(&self) -> usize {
        match self {
            Self::Anything { .. } => 0,
            Self::Compiled(compiled) => {
                size_of::<Compiled>()
                    + compiled.whole.kept_bytes()
                    + match &compiled.below {
                        Below::Expression(expression) => expression.kept_bytes(),
                        Below::EachAncestor => 0,
                    }
            }
        }
    }

    /// Whether the pattern matches the whole text.
    ///
    /// # Errors
    /// That takes more than the account has, or more steps than any match may take.
    pub(super) fn matches(&self, text: &str, account: &mut Account) -> Result<bool, Exhausted> {
        match self {
            Self::Anything { least } => {
                account.charge_bytes(text.len())?;
                Ok(text.len() >= *least && !text.contains(LINE_ENDS))
            }
            Self::Compiled(compiled) => compiled.whole.matches(text, account),
        }
    }

    /// Whether the path lies below a path that the pattern matches as a whole.
    ///
    /// # Errors
    /// As [`Pattern::matches`].
    pub(super) fn is_below(&self, path: &str, account: &mut Account) -> Result<bool, Exhausted> {
        let mut ancestors = path.match_indices('/').map(|(at, _)| at).filter(|at| at + 1 < path.len());
        match self {
            // If it does not match the shortest, it matches none.
            Self::Anything { least } => {
                account.charge_bytes(path.len())?;
                ancestors.find(|at| at >= least).map_or(Ok(false), |at| self.matches(&path[..at], account))
            }
            Self::Compiled(compiled) => match &compiled.below {
                Below::Expression(expression) => expression.matches(path, account),
                Below::EachAncestor => {
                    for at in ancestors {
                        if compiled.whole.matches(&path[..at], account)? {
                            return Ok(true);
                        }
                    }
                    Ok(false)
                }
            },
        }
    }

    /// The most that deciding about a path of usual length costs.
    pub(super) fn weight(&self) -> u64 {
        match self {
            Self::Anything { .. } => MATCH_COST,
            Self::Compiled(compiled) => {
                compiled.whole.weight()
                    + match &compiled.below {
                        Below::Expression(expression) => expression.weight(),
                        Below::EachAncestor => 0,
                    }
            }
        }
    }
}

/// A compiled expression that knows what a match costs.
#[derive(Clone, Debug)]
struct Expression {
    /// With few steps back.
    quick: Regex,
    /// With many, where few were not enough; compiled when it is needed.
    thorough: Arc<OnceLock<Option<Regex>>>,
    size: Size,
    steps_back: bool,
}

impl Expression {
    fn compile(text: String, steps_back: bool, account: &mut Account) -> Parsed<Self> {
        let mut refused = None;
        for size in SIZES {
            account.charge(size.compile_cost).map_err(too_much)?;
            match compile(&text, FEW_STEPS, size.bytes) {
                Ok(quick) => return Ok(Self { quick, thorough: Arc::default(), size, steps_back }),
                Err(error) => {
                    let more_may_help = is_too_large(&error);
                    refused = Some(error);
                    if !more_may_help {
                        break;
                    }
                }
            }
        }
        let reason = refused.map_or_else(String::new, |error| error.to_string());
        Err(SyntaxError::new(format!("unsupported regular expression: {reason}"), 0))
    }

    fn cost(&self, bytes: usize) -> u64 {
        let byte_cost = self.size.byte_cost + if self.steps_back { STEPPING_BYTE_COST } else { 0 };
        let steps = if self.steps_back { FEW_STEPS as u64 * STEP_COST } else { 0 };
        let beyond = bytes.saturating_sub(LONG_TEXT_BYTES) as u64 * (LONG_TEXT_FACTOR - 1);
        MATCH_COST + byte_cost * (bytes as u64 + beyond) + steps
    }

    fn weight(&self) -> u64 {
        self.cost(USUAL_PATH_BYTES) + if self.steps_back { MANY_STEPS as u64 * STEP_COST } else { 0 }
    }

    /// The program and what the engine remembers of the texts it met; twice where it may be compiled again.
    const fn kept_bytes(&self) -> usize {
        let once = 2 * self.size.bytes;
        if self.steps_back { 2 * once } else { once }
    }

    fn matches(&self, text: &str, account: &mut Account) -> Result<bool, Exhausted> {
        account.charge(self.cost(text.len()))?;
        if let Ok(matches) = self.quick.is_match(text) {
            return Ok(matches);
        }
        if self.thorough.get().is_none() {
            account.charge(self.size.compile_cost)?;
        }
        let compiled = self.thorough.get_or_init(|| compile(self.quick.as_str(), MANY_STEPS, self.size.bytes).ok());
        account.charge(MANY_STEPS as u64 * STEP_COST)?;
        compiled.as_ref().ok_or(Exhausted)?.is_match(text).map_err(|_| Exhausted)
    }
}

fn compile(expression: &str, steps: usize, bytes: usize) -> Result<Regex, Box<fancy_regex::Error>> {
    RegexBuilder::new(expression)
        .backtrack_limit(steps)
        .delegate_size_limit(bytes)
        .delegate_dfa_size_limit(bytes)
        .build()
        .map_err(Box::new)
}

/// Whether an expression was refused for its size alone.
fn is_too_large(error: &fancy_regex::Error) -> bool {
    match error {
        fancy_regex::Error::CompileError(error) => {
            matches!(&**error, CompileError::InnerError(inner) if inner.size_limit().is_some())
        }
        _ => false,
    }
}

fn too_much(exhausted: Exhausted) -> SyntaxError {
    SyntaxError::new(exhausted.to_string(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text, true, &mut Account::request()).expect("a pattern")
    }

    #[test]
    fn a_match_takes_no_more_than_the_account_has() {
        let text = "abaabbabababbbaabababaabbababababaabbbabab";
        for (text_of, quick) in [("(?!x)a.*", true), ("(?!x)(((a|b)*)*)*c", false), (r"(a|b|ab)*\1c", false)] {
            let pattern = pattern(text_of);
            let mut account = Account::request();
            let matched = pattern.matches(text, &mut account);
            assert_eq!(matched.is_ok(), quick, "{text_of}: {matched:?}");
            assert!(account.spent() <= pattern.weight() + SIZES[0].compile_cost, "{text_of}: {}", account.spent());
            assert_eq!(pattern.matches(text, &mut Account::of(FEW_STEPS as u64)), Err(Exhausted), "{text_of}");
            assert!(!pattern.is_match(text) || quick, "what is given up does not match");
        }
    }

    #[test]
    fn compiling_is_paid_for_before_it_is_done() {
        let parsed = |text: &str, units| Pattern::parse(text, false, &mut Account::of(units)).is_ok();
        assert!(parsed("[a-z]+x", 30_000) && !parsed("[a-z]+x", 20_000));
        assert!(parsed(".*", 0), "nothing is compiled");
        let mut account = Account::request();
        let compiled = (0..1000).take_while(|_| Pattern::parse("a+b", false, &mut account).is_ok()).count();
        assert!((10..50).contains(&compiled), "{compiled}");
        assert!(Pattern::parse(r"\p{L}{50}", false, &mut Account::request()).is_err(), "too large in every size");
    }

    #[test]
    fn anything_is_what_java_says() {
        for (text, path, matches, is_below) in [
            (".*", "a/b", true, true),
            (".+", "a", true, false),
            (".*", "a\n/b", false, false),
            (".*", "a/b\n", false, true),
            (".+", "a/", true, false),
        ] {
            let (plain, longer) = (pattern(text), pattern(&format!("(?:{text})")));
            for pattern in [plain, longer] {
                assert_eq!(pattern.is_match(path), matches, "{text} {path:?}");
                assert_eq!(pattern.is_below(path, &mut Account::request()), Ok(is_below), "{text} {path:?}");
            }
        }
    }
}
