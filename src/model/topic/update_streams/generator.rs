//! Numbers one after the other: a counter, a sine, a random walk; and how a number becomes a value of a topic.

use crate::data::value::parse_input::from_text;
use crate::data::value::{DataType, Value, encode};
use crate::model::number::double_text;
use bytes::Bytes;
use std::f64::consts::TAU;

/// Where the number goes in a template.
pub const PLACE: &str = "${value}";
/// Digits after the point, at most.
pub const MAX_DECIMALS: u8 = 15;

/// A number that a generator makes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A whole number.
    Int(i64),
    /// Any other.
    Real(f64),
}

impl Number {
    /// Reads a finite number.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(n) = text.parse() {
            return Some(Self::Int(n));
        }
        text.parse::<f64>().ok().filter(|n| n.is_finite()).map(Self::Real)
    }

    /// For charts.
    #[must_use]
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::Int(n) => n as f64,
            Self::Real(n) => n,
        }
    }

    /// The same with so many digits after the point.
    #[must_use]
    pub fn rounded(self, decimals: u8) -> Self {
        let Self::Real(n) = self else { return self };
        let scale = 10f64.powi(i32::from(decimals.min(MAX_DECIMALS)));
        let rounded = (n * scale).round() / scale;
        Self::Real(if rounded.is_finite() { rounded } else { n })
    }

    fn text(self) -> String {
        match self {
            Self::Int(n) => n.to_string(),
            Self::Real(n) => double_text(n),
        }
    }
}

/// How numbers follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Recipe {
    /// From `start` on, `step` more each time.
    Counter {
        /// First number.
        start: Number,
        /// Added each time.
        step: Number,
    },
    /// Up and down around a centre.
    Sine {
        /// The middle.
        centre: f64,
        /// How far from it.
        amplitude: f64,
        /// Seconds until it begins again.
        period_secs: f64,
    },
    /// At most `step` up or down each time.
    Walk {
        /// First number.
        start: f64,
        /// Largest difference of two numbers.
        step: f64,
        /// The same seed gives the same walk.
        seed: u64,
    },
}

/// A recipe and how far it has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Generator {
    recipe: Recipe,
    place: Place,
}

#[derive(Clone, Debug, PartialEq)]
enum Place {
    /// The next number is `from` and so many steps, so that errors of steps do not add up.
    Counter { from: Number, steps: i64 },
    /// Part of the period that is over, 0 to 1.
    Sine { phase: f64 },
    /// The next number.
    Walk { next: f64, random: fastrand::Rng },
}

impl Generator {
    /// At its beginning.
    #[must_use]
    pub fn new(recipe: Recipe) -> Self {
        let place = match recipe {
            Recipe::Counter { start, .. } => Place::Counter { from: start, steps: 0 },
            Recipe::Sine { .. } => Place::Sine { phase: 0.0 },
            Recipe::Walk { start, seed, .. } => Place::Walk { next: start, random: fastrand::Rng::with_seed(seed) },
        };
        Self { recipe, place }
    }

    /// Takes another recipe and goes on from where it is, unless the kind or the start is another one.
    pub fn retune(&mut self, recipe: Recipe) {
        match (self.recipe, recipe, &self.place) {
            (Recipe::Counter { start, step }, Recipe::Counter { start: same, .. }, Place::Counter { from, steps })
                if start == same =>
            {
                if let Some(from) = stepped(*from, step, *steps) {
                    self.place = Place::Counter { from, steps: 0 };
                }
            }
            (Recipe::Sine { .. }, Recipe::Sine { .. }, _) => {}
            (Recipe::Walk { start, seed, .. }, Recipe::Walk { start: same, seed: seeded, .. }, _)
                if start == same && seed == seeded => {}
            _ => *self = Self::new(recipe),
        }
        self.recipe = recipe;
    }

    /// The next number, `secs` after the one before; none if a counter has come to the end of its type.
    pub fn next(&mut self, secs: f64) -> Option<Number> {
        match (&self.recipe, &mut self.place) {
            (Recipe::Counter { step, .. }, Place::Counter { from, steps }) => {
                let number = stepped(*from, *step, *steps)?;
                *steps += 1;
                Some(number)
            }
            (Recipe::Sine { centre, amplitude, period_secs }, Place::Sine { phase }) => {
                let number = centre + amplitude * (*phase * TAU).sin();
                *phase = (*phase + secs / period_secs).rem_euclid(1.0);
                Some(Number::Real(number))
            }
            (Recipe::Walk { step, .. }, Place::Walk { next, random }) => {
                let number = *next;
                *next += step * (2.0 * random.f64() - 1.0);
                Some(Number::Real(number))
            }
            _ => None,
        }
    }
}

fn stepped(from: Number, step: Number, steps: i64) -> Option<Number> {
    if let (Number::Int(from), Number::Int(step)) = (from, step) {
        let number = i128::from(from) + i128::from(step) * i128::from(steps);
        return i64::try_from(number).ok().map(Number::Int);
    }
    let number = from.as_f64() + step.as_f64() * steps as f64;
    number.is_finite().then_some(Number::Real(number))
}

/// How a number becomes a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Type of the value.
    pub data_type: DataType,
    /// Text in which [`PLACE`] becomes the number; only for types that [`has_template`].
    pub template: String,
    /// Digits after the point.
    pub decimals: u8,
}

/// Whether a number goes into a text that stands for the value.
#[must_use]
pub const fn has_template(data_type: DataType) -> bool {
    matches!(data_type, DataType::Json | DataType::String | DataType::RecordV2)
}

impl Shape {
    /// The value of a number.
    ///
    /// # Errors
    /// The template gives no value of the type, in words.
    pub fn value(&self, number: Number) -> Result<Bytes, String> {
        let number = number.rounded(self.decimals);
        let value = match self.data_type {
            DataType::Int64 => Value::Int64(Some(match number {
                Number::Int(n) => n,
                Number::Real(n) => n.round() as i64, // saturates
            })),
            DataType::Double => Value::Double(Some(number.as_f64())),
            DataType::Binary => return Err("numbers do not become BINARY values; send lines of a file".into()),
            DataType::Json | DataType::String | DataType::RecordV2 => {
                if !self.template.contains(PLACE) {
                    return Err(format!("write {PLACE} where the number is to be"));
                }
                from_text(self.data_type, &self.template.replace(PLACE, &number.text()))?
            }
        };
        Ok(encode(&value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::value::decode;

    fn take(generator: &mut Generator, count: usize) -> Vec<f64> {
        (0..count).filter_map(|_| generator.next(0.25)).map(Number::as_f64).collect()
    }

    #[test]
    fn a_counter_counts_exactly_and_ends_with_its_type() {
        let (start, step) = (Number::Int(i64::MAX - 3), Number::Int(2));
        let mut generator = Generator::new(Recipe::Counter { start, step });
        assert_eq!(generator.next(1.0), Some(start));
        assert_eq!(generator.next(1.0), Some(Number::Int(i64::MAX - 1)));
        assert_eq!((generator.next(1.0), generator.next(1.0)), (None, None));
        let tenth = Number::Real(0.1);
        let mut generator = Generator::new(Recipe::Counter { start: Number::Int(0), step: tenth });
        let last = std::iter::from_fn(|| generator.next(1.0)).nth(1000);
        assert_eq!(last, Some(Number::Real(100.0)), "errors of steps do not add up");
    }

    #[test]
    fn a_sine_goes_around_its_centre_and_begins_again() {
        let mut generator = Generator::new(Recipe::Sine { centre: 10.0, amplitude: 2.0, period_secs: 1.0 });
        let rounded: Vec<f64> =
            take(&mut generator, 5).into_iter().map(|n| Number::Real(n).rounded(6).as_f64()).collect();
        assert_eq!(rounded, [10.0, 12.0, 10.0, 8.0, 10.0]);
    }

    #[test]
    fn a_walk_is_the_same_for_the_same_seed_and_keeps_its_step() {
        let walk = |seed| take(&mut Generator::new(Recipe::Walk { start: 5.0, step: 0.5, seed }), 500);
        let (one, other) = (walk(1), walk(2));
        assert_eq!(one, walk(1));
        assert_ne!(one, other);
        assert_eq!(one[0], 5.0);
        assert!(one.windows(2).all(|pair| (pair[0] - pair[1]).abs() <= 0.5));
        let ups = one.windows(2).filter(|pair| pair[1] > pair[0]).count();
        assert!((150..350).contains(&ups), "up and down: {ups}");
    }

    #[test]
    fn a_change_of_the_recipe_goes_on_from_where_it_is() {
        let counter = |start, step| Recipe::Counter { start: Number::Int(start), step: Number::Int(step) };
        let mut generator = Generator::new(counter(0, 1));
        assert_eq!(take(&mut generator, 3), [0.0, 1.0, 2.0]);
        generator.retune(counter(0, 10));
        assert_eq!(take(&mut generator, 2), [3.0, 13.0]);
        generator.retune(counter(7, 10));
        assert_eq!(take(&mut generator, 2), [7.0, 17.0], "another start is a new beginning");
        generator.retune(Recipe::Walk { start: 1.0, step: 0.0, seed: 1 });
        assert_eq!(take(&mut generator, 2), [1.0, 1.0]);
    }

    #[test]
    fn numbers_become_values_of_each_type() {
        let shape = |data_type, template: &str| Shape { data_type, template: template.into(), decimals: 2 };
        let read = |data_type, template: &str, number| {
            let bytes = shape(data_type, template).value(number).unwrap_or_else(|why| panic!("{why}"));
            decode(data_type, &bytes).expect("a value of the type")
        };
        let real = Number::Real(-1.2345);
        assert_eq!(read(DataType::Int64, "", real), Value::Int64(Some(-1)));
        assert_eq!(read(DataType::Int64, "", Number::Real(1e30)), Value::Int64(Some(i64::MAX)));
        assert_eq!(read(DataType::Double, "", real), Value::Double(Some(-1.23)));
        assert_eq!(read(DataType::Double, "", Number::Int(3)), Value::Double(Some(3.0)));
        assert_eq!(read(DataType::String, "n=${value}", Number::Int(3)), Value::String(Some("n=3".into())));
        let Value::Json(json) = read(DataType::Json, r#"{"a":${value},"b":"${value}"}"#, real) else { panic!("JSON") };
        assert_eq!(json.to_text(), r#"{"a":-1.23,"b":"-1.23"}"#);
        let Value::RecordV2(records) = read(DataType::RecordV2, r#"["x","${value}"]"#, Number::Int(4)) else {
            panic!("records")
        };
        assert_eq!(records.0, [["x".to_owned(), "4".to_owned()]]);
        for (data_type, template) in [(DataType::Json, "{"), (DataType::Json, "1"), (DataType::Binary, PLACE)] {
            assert!(shape(data_type, template).value(real).is_err(), "{template}");
        }
        assert!(shape(DataType::Json, "{${value}").value(real).is_err());
    }
}
