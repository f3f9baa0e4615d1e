//! What the user wrote about a stream, checked while it is written: topic, source of values, rate, recovery.

use super::file_source::FileSource;
use super::generator::{MAX_DECIMALS, Number, PLACE, Recipe, Shape, has_template};
use super::schedule::{FASTEST, SLOWEST};
use crate::client::api::update_stream::Retry;
use crate::data::{DataType, TopicPath, TopicSpec, TopicType, property};
use crate::model::letter_case::capitalized;
use std::sync::Arc;

/// Where the values come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Numbers that count.
    #[default]
    Counter,
    /// Numbers that swing.
    Sine,
    /// Numbers that wander.
    Walk,
    /// Lines of a file.
    Lines,
    /// Only what the user sends.
    Hand,
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 5] = [Self::Counter, Self::Sine, Self::Walk, Self::Lines, Self::Hand];

    /// Its words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "Counter",
            Self::Sine => "Sine",
            Self::Walk => "Random walk",
            Self::Lines => "Lines of a file",
            Self::Hand => "By hand",
        }
    }

    /// Whether it makes numbers.
    #[must_use]
    pub const fn is_numeric(self) -> bool {
        matches!(self, Self::Counter | Self::Sine | Self::Walk)
    }
}

/// A field with text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Topic path.
    Path,
    /// First number of a counter.
    Start,
    /// Step of a counter.
    Step,
    /// Centre of a sine.
    Centre,
    /// Amplitude of a sine.
    Amplitude,
    /// Period of a sine in seconds.
    Period,
    /// First number of a walk.
    WalkStart,
    /// Largest step of a walk.
    WalkStep,
    /// Seed of a walk.
    Seed,
    /// Digits after the point.
    Decimals,
    /// Text around the number.
    Template,
    /// Updates a second.
    Rate,
    /// Milliseconds between attempts to recover.
    Interval,
    /// Attempts to recover.
    Attempts,
}

const FIELDS: usize = Field::Attempts as usize + 1;

/// Which guard the making of the stream has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GuardChoice {
    /// None.
    #[default]
    None,
    /// The value is still the one that was seen when the question was asked.
    StillSeen,
    /// There is no value, or no topic if the stream may create it.
    Nothing,
}

/// The form of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    texts: [String; FIELDS],
    /// Type of the topic.
    pub topic_type: TopicType,
    /// Type of the events of a time series.
    pub event_type: DataType,
    /// The specification of the topic at the path, if it is known.
    pub known: Option<Arc<TopicSpec>>,
    /// Whether the topic is created if it is absent.
    pub creates: bool,
    /// Where the values come from.
    pub source: Source,
    /// Whether lines begin again after the last.
    pub repeats: bool,
    /// Whether a stream that the cluster cannot route is made anew.
    pub recovers: bool,
}

impl Default for Config {
    fn default() -> Self {
        let texts = ["", "0", "1", "0", "100", "60", "100", "1", "1", "3", PLACE, "1", "1000", "5"];
        Self {
            texts: texts.map(str::to_owned),
            topic_type: TopicType::Double,
            event_type: DataType::Double,
            known: None,
            creates: false,
            source: Source::default(),
            repeats: true,
            recovers: false,
        }
    }
}

/// A form without mistakes.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The topic.
    pub path: TopicPath,
    /// Type of the values.
    pub data_type: DataType,
    /// Type of the topic.
    pub topic_type: TopicType,
    /// What the topic is created with; none if it must be there.
    pub spec: Option<TopicSpec>,
    /// How numbers follow each other; none if the values are no numbers.
    pub recipe: Option<Recipe>,
    /// How numbers become values.
    pub shape: Shape,
    /// Updates a second; none by hand.
    pub per_sec: Option<f64>,
    /// Recovery.
    pub retry: Option<Retry>,
}

impl Config {
    /// The text of a field.
    #[must_use]
    pub fn text(&self, field: Field) -> &str {
        &self.texts[field as usize]
    }

    /// Another text of a field.
    pub fn set_text(&mut self, field: Field, text: String) {
        self.texts[field as usize] = text;
    }

    /// Type of the values.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        DataType::of_topic_type(self.topic_type).unwrap_or(self.event_type)
    }

    /// Takes up what is known of the topic at the path.
    pub fn learn(&mut self, known: Option<Arc<TopicSpec>>, topic_type: Option<TopicType>) {
        if let Some(event_type) = known.as_ref().and_then(|spec| spec.event_type()) {
            self.event_type = event_type;
        }
        if let Some(topic_type) = known.as_ref().map(|spec| spec.topic_type).or(topic_type) {
            self.set_type(topic_type);
        }
        self.known = known;
    }

    /// Another type of topic; a source that cannot make its values gives way.
    pub fn set_type(&mut self, topic_type: TopicType) {
        self.topic_type = topic_type;
        if self.source.is_numeric() && self.data_type() == DataType::Binary {
            self.source = Source::Lines;
        }
        if self.data_type() == DataType::RecordV2 && self.text(Field::Template) == PLACE {
            self.set_text(Field::Template, format!("[[\"{PLACE}\"]]"));
        }
    }

    /// Fields that count with this type and source.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        let of_source: &[Field] = match self.source {
            Source::Counter => &[Field::Start, Field::Step],
            Source::Sine => &[Field::Centre, Field::Amplitude, Field::Period],
            Source::Walk => &[Field::WalkStart, Field::WalkStep, Field::Seed],
            Source::Lines | Source::Hand => &[],
        };
        let numeric = self.source.is_numeric();
        let decimals = (numeric && self.data_type() != DataType::Int64).then_some(Field::Decimals);
        let template = (numeric && has_template(self.data_type())).then_some(Field::Template);
        let rate = (self.source != Source::Hand).then_some(Field::Rate);
        of_source.iter().copied().chain(decimals).chain(template).chain(rate)
    }

    /// What is wrong with the text of a field, as a sentence; none if nothing is.
    #[must_use]
    pub fn problem(&self, field: Field) -> Option<String> {
        let text = self.text(field).trim();
        let number = |hint: &str| Number::from_text(text).is_none().then(|| format!("Write a number{hint}"));
        let whole = |most: u64| {
            let fits = text.parse::<u64>().is_ok_and(|n| n <= most);
            (!fits).then(|| format!("Write a whole number from 0 to {most}"))
        };
        match field {
            Field::Path => TopicPath::parse(text).err().map(|error| capitalized(&error.located(text))),
            Field::Start | Field::Step | Field::Centre | Field::Amplitude | Field::WalkStart | Field::WalkStep => {
                number("")
            }
            Field::Period => number(" of seconds").or_else(|| {
                let positive = Number::from_text(text).is_some_and(|n| n.as_f64() > 0.0);
                (!positive).then(|| "The period is more than 0 s".to_owned())
            }),
            Field::Seed => whole(u64::MAX),
            Field::Decimals => whole(u64::from(MAX_DECIMALS)),
            Field::Template => {
                let shape = Shape { data_type: self.data_type(), template: text.to_owned(), decimals: 0 };
                shape.value(Number::Int(1)).err().map(|why| capitalized(&why))
            }
            Field::Rate => {
                let fits = Number::from_text(text).is_some_and(|n| (SLOWEST..=FASTEST).contains(&n.as_f64()));
                (!fits).then(|| "From 0.1 to 1,000 updates a second".to_owned())
            }
            Field::Interval => whole(600_000),
            Field::Attempts => whole(1000),
        }
    }

    /// The plan, if nothing is wrong.
    #[must_use]
    pub fn plan(&self) -> Option<Plan> {
        let path = TopicPath::parse(self.text(Field::Path).trim()).ok()?;
        if self.fields().any(|field| self.problem(field).is_some()) {
            return None;
        }
        if self.recovers && [Field::Interval, Field::Attempts].iter().any(|field| self.problem(*field).is_some()) {
            return None;
        }
        if self.source.is_numeric() && self.data_type() == DataType::Binary {
            return None;
        }
        let number = |field| Number::from_text(self.text(field));
        let real = |field| number(field).map(Number::as_f64);
        let whole = |field| self.text(field).trim().parse::<u64>().ok();
        let recipe = match self.source {
            Source::Counter => Some(Recipe::Counter { start: number(Field::Start)?, step: number(Field::Step)? }),
            Source::Sine => Some(Recipe::Sine {
                centre: real(Field::Centre)?,
                amplitude: real(Field::Amplitude)?,
                period_secs: real(Field::Period)?,
            }),
            Source::Walk => Some(Recipe::Walk {
                start: real(Field::WalkStart)?,
                step: real(Field::WalkStep)?,
                seed: whole(Field::Seed)?,
            }),
            Source::Lines | Source::Hand => None,
        };
        let retry = self.recovers.then(|| Retry {
            interval_millis: whole(Field::Interval).and_then(|n| u32::try_from(n).ok()).unwrap_or(1000),
            attempts: whole(Field::Attempts).and_then(|n| u32::try_from(n).ok()).unwrap_or(5),
        });
        let decimals = whole(Field::Decimals).and_then(|n| u8::try_from(n).ok()).unwrap_or(MAX_DECIMALS);
        Some(Plan {
            path,
            data_type: self.data_type(),
            topic_type: self.topic_type,
            spec: self.creates.then(|| self.spec()),
            recipe,
            shape: Shape {
                data_type: self.data_type(),
                template: self.text(Field::Template).trim().to_owned(),
                decimals,
            },
            per_sec: if self.source == Source::Hand { None } else { Some(real(Field::Rate)?) },
            retry,
        })
    }

    /// What the topic is created with: as it is known, or the bare type.
    fn spec(&self) -> TopicSpec {
        if let Some(known) = self.known.as_ref().filter(|known| known.topic_type == self.topic_type) {
            return (**known).clone();
        }
        let spec = TopicSpec::new(self.topic_type);
        match self.topic_type {
            TopicType::TimeSeries => spec.with(property::TIME_SERIES_EVENT_VALUE_TYPE, self.event_type.name()),
            _ => spec,
        }
    }

    /// What will be sent, in words without the topic: “a counter from 0 in steps of 1, 10 times a second”.
    #[must_use]
    pub fn sentence(&self, lines: Option<&FileSource>) -> String {
        let text = |field| self.text(field).trim();
        let source = match self.source {
            Source::Counter => format!("a counter from {} in steps of {}", text(Field::Start), text(Field::Step)),
            Source::Sine => format!(
                "a sine around {} with amplitude {} and a period of {} s",
                text(Field::Centre),
                text(Field::Amplitude),
                text(Field::Period)
            ),
            Source::Walk => {
                format!("a random walk from {} in steps of at most {}", text(Field::WalkStart), text(Field::WalkStep))
            }
            Source::Lines => {
                let (file, count) = lines.map_or(("no file", 0), |lines| (lines.file.as_str(), lines.len()));
                let end = if self.repeats { "again and again" } else { "once" };
                format!("{count} lines of {file}, {end}")
            }
            Source::Hand => return "values that you send by hand".to_owned(),
        };
        format!("{source}, {}", rate_words(text(Field::Rate)))
    }
}

/// “10 times a second”, “once a second”, “every 10 s”.
fn rate_words(rate: &str) -> String {
    match rate.parse::<f64>() {
        Ok(1.0) => "once a second".to_owned(),
        Ok(n) if n > 0.0 && n < 1.0 => {
            let secs = Number::Real(1.0 / n).rounded(2).as_f64();
            format!("every {secs} s")
        }
        _ => format!("{rate} times a second"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(topic_type: TopicType, source: Source) -> Config {
        let mut config = Config { source, ..Config::default() };
        config.set_type(topic_type);
        config.set_text(Field::Path, "a/b".into());
        config
    }

    #[test]
    fn every_source_has_a_plan_as_it_stands() {
        for source in Source::ALL {
            for data_type in DataType::ALL {
                let config = config(data_type.topic_type(), source);
                let plan = config.plan().unwrap_or_else(|| panic!("{source:?} of {data_type:?}"));
                assert_eq!((plan.data_type, plan.per_sec.is_none()), (data_type, config.source == Source::Hand));
                if let Some(recipe) = plan.recipe {
                    let number = super::super::generator::Generator::new(recipe).next(1.0).expect("a first number");
                    assert!(plan.shape.value(number).is_ok(), "{source:?} of {data_type:?}");
                }
            }
        }
        assert_eq!(config(TopicType::Binary, Source::Sine).source, Source::Lines, "numbers do not become bytes");
    }

    #[test]
    fn mistakes_are_said_beside_their_field_and_only_where_it_counts() {
        let mut form = config(TopicType::Double, Source::Counter);
        for (field, text, part) in [
            (Field::Path, "a//b", "empty"),
            (Field::Step, "two", "a number"),
            (Field::Rate, "0.01", "0.1 to 1,000"),
            (Field::Rate, "2000", "0.1 to 1,000"),
            (Field::Decimals, "16", "0 to 15"),
        ] {
            let before = form.text(field).to_owned();
            form.set_text(field, text.into());
            assert!(form.problem(field).is_some_and(|why| why.contains(part)), "{field:?}: {:?}", form.problem(field));
            assert_eq!(form.plan(), None, "{field:?}");
            form.set_text(field, before);
        }
        form.set_text(Field::Period, "0".into());
        assert!(form.plan().is_some(), "a counter has no period");
        form.source = Source::Sine;
        assert_eq!(form.plan(), None);
        let mut json = config(TopicType::Json, Source::Counter);
        json.set_text(Field::Template, "{\"a\":1}".into());
        assert!(json.problem(Field::Template).is_some_and(|why| why.contains(PLACE)));
    }

    #[test]
    fn a_topic_is_created_as_it_is_known() {
        let mut form = config(TopicType::Json, Source::Counter);
        form.creates = true;
        let known = TopicSpec::new(TopicType::TimeSeries)
            .with(property::TIME_SERIES_EVENT_VALUE_TYPE, "int64")
            .with("OWNER", "x");
        form.learn(Some(Arc::new(known.clone())), None);
        let plan = form.plan().expect("sound");
        assert_eq!((plan.spec, plan.data_type), (Some(known), DataType::Int64));
        form.learn(None, None);
        form.set_type(TopicType::TimeSeries);
        let made = TopicSpec::new(TopicType::TimeSeries).with(property::TIME_SERIES_EVENT_VALUE_TYPE, "int64");
        assert_eq!(form.plan().and_then(|plan| plan.spec), Some(made));
    }

    #[test]
    fn what_will_be_sent_is_said_exactly() {
        let mut form = config(TopicType::Double, Source::Counter);
        assert_eq!(form.sentence(None), "a counter from 0 in steps of 1, once a second");
        form.set_text(Field::Rate, "0.1".into());
        assert!(form.sentence(None).ends_with("every 10 s"));
        form.set_text(Field::Rate, "10".into());
        form.source = Source::Lines;
        form.repeats = false;
        let lines = FileSource::read("n.txt", b"1\nx\n2", DataType::Double).expect("text");
        assert_eq!(form.sentence(Some(&lines)), "2 lines of n.txt, once, 10 times a second");
    }
}
