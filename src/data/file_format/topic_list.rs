//! Lists of topics as people have them: a table with a head row, a JSON list, or a file that export wrote.

use super::branch_file::{self, FileTopic};
use super::csv;
use crate::data::TopicPath;
use crate::data::property::{PROPERTIES, Property, check_schema, normalise};
use crate::data::spec::{TopicSpec, TopicType};
use crate::data::value::json::Json;
use crate::data::value::{self, DataType, parse_input};

/// Rows that a list may have.
pub const MAX_ROWS: usize = 10_000;

/// One topic of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Where it stands: the line of a table, the number in a JSON list; from 1.
    pub place: usize,
    /// Its path as written.
    pub path: String,
    /// The topic, or what is wrong with it.
    pub topic: Result<FileTopic, String>,
}

/// Reads a list.
///
/// # Errors
/// It is no list at all; the error says why in one or two sentences.
pub fn parse(text: &str) -> Result<Vec<Row>, String> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let mut rows = match start.chars().next() {
        None => return Err("There is nothing to read yet".to_owned()),
        Some('{') => of_file(text)?,
        Some('[') => of_json(text)?,
        Some(_) => of_table(text.trim_start_matches('\u{feff}'))?,
    };
    if rows.len() > MAX_ROWS {
        return Err(format!("The list has {} topics; {MAX_ROWS} can be created at once", rows.len()));
    }
    if rows.is_empty() {
        return Err("The list has no topics".to_owned());
    }
    let mut seen = std::collections::HashSet::new();
    for row in &mut rows {
        if let Ok(topic) = &row.topic
            && !seen.insert(topic.path.clone())
        {
            row.topic = Err("this path comes twice".to_owned());
        }
    }
    Ok(rows)
}

/// The rows of a file that export wrote.
///
/// # Errors
/// It is no such file; the error says why.
pub fn of_file(text: &str) -> Result<Vec<Row>, String> {
    let rows = branch_file::parse_rows(text).map_err(|error| error.to_string())?;
    let row = |(at, row): (usize, branch_file::FileRow)| Row { place: at + 1, path: row.path, topic: row.topic };
    Ok(rows.into_iter().enumerate().map(row).collect())
}

fn of_json(text: &str) -> Result<Vec<Row>, String> {
    let Json::Array(items) = Json::from_text(text).map_err(|error| error.located(text))? else { return Ok(Vec::new()) };
    let row = |(at, item): (usize, &Json)| {
        let path = match item.member("path") {
            Some(Json::String(path)) => path.clone(),
            _ => String::new(),
        };
        Row { place: at + 1, path, topic: branch_file::read_topic(item) }
    };
    Ok(items.iter().enumerate().map(row).collect())
}

/// What a column holds.
enum Column {
    Path,
    Type,
    Value,
    Property(&'static Property),
}

fn of_table(text: &str) -> Result<Vec<Row>, String> {
    let first = text.lines().next().unwrap_or_default();
    let separator = ['\t', ';', ','].into_iter().find(|c| first.contains(*c)).unwrap_or(',');
    let mut records = csv::read(text, separator).map_err(|error| error.to_string())?.into_iter();
    let Some(head) = records.next() else { return Ok(Vec::new()) };
    let columns = head.cells.iter().enumerate().map(column).collect::<Result<Vec<_>, _>>()?;
    for (needed, name) in [
        (columns.iter().any(|c| matches!(c, Column::Path)), "path"),
        (columns.iter().any(|c| matches!(c, Column::Type)), "type"),
    ] {
        if !needed {
            return Err(format!(
                "The first line names the columns, and “{name}” is not among them. {}",
                known_columns()
            ));
        }
    }
    Ok(records.map(|record| row(record.line, &record.cells, &columns)).collect())
}

fn known_columns() -> String {
    let keys: Vec<&str> = PROPERTIES.iter().map(|p| p.key).collect();
    format!("Columns are path, type, value, and topic properties: {}", keys.join(", "))
}

fn column((at, name): (usize, &String)) -> Result<Column, String> {
    let name = name.trim();
    Ok(match name.to_ascii_lowercase().as_str() {
        "path" => Column::Path,
        "type" => Column::Type,
        "value" => Column::Value,
        _ => match Property::find(name) {
            Some(property) => Column::Property(property),
            None => return Err(format!("Column {}, “{name}”, is not known. {}", at + 1, known_columns())),
        },
    })
}

fn row(line: usize, cells: &[String], columns: &[Column]) -> Row {
    let path = columns.iter().zip(cells).find(|(c, _)| matches!(c, Column::Path)).map(|(_, cell)| cell.trim());
    let path = path.unwrap_or_default().to_owned();
    let topic = topic(&path, cells, columns);
    Row { place: line, path, topic }
}

fn topic(path: &str, cells: &[String], columns: &[Column]) -> Result<FileTopic, String> {
    if cells.len() != columns.len() {
        return Err(format!("this line has {} cells, the first line {}", cells.len(), columns.len()));
    }
    let path = TopicPath::parse(path).map_err(|error| error.located(path))?;
    let (mut topic_type, mut text, mut properties) = (None, None, Vec::new());
    for (column, cell) in columns.iter().zip(cells) {
        match column {
            Column::Type => {
                let name = cell.trim();
                let of_name = |t: &TopicType| *t != TopicType::Unknown && t.name().eq_ignore_ascii_case(name);
                let found = TopicType::ALL.into_iter().find(of_name);
                topic_type = Some(found.ok_or_else(|| format!("“{name}” is no topic type"))?);
            }
            // An empty cell is no value, not an empty text.
            Column::Value => text = (!cell.is_empty()).then_some(cell),
            Column::Property(property) if !cell.trim().is_empty() => properties.push((property.key, cell.trim())),
            Column::Path | Column::Property(_) => {}
        }
    }
    let topic_type = topic_type.ok_or("the type is missing")?;
    let spec = TopicSpec { topic_type, properties: properties.into_iter().collect() };
    let spec = normalise(&spec, check_schema).map_err(|error| error.reason)?;
    let value = match (text, DataType::of_topic_type(topic_type)) {
        (Some(text), Some(data_type)) => Some(value::encode(&parse_input::from_text(data_type, text)?)),
        (Some(_), None) => return Err("a time series has no first value; its events are appended".to_owned()),
        (None, _) => None,
    };
    Ok(FileTopic { path, spec, value, events: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn says(row: &Row) -> String {
        match &row.topic {
            Ok(topic) => format!("{} {} {} {:?}", row.place, topic.path, topic.spec.topic_type.name(), topic.value),
            Err(why) => format!("{} {}: {why}", row.place, row.path),
        }
    }

    #[test]
    fn a_table_is_read_line_by_line() {
        let text = "path,type,value,priority\r\na/1,int64,5,high\r\n\r\na/2,json,\"{\"\"x\"\":\n1}\",\na/3,text,,\n\
                    a/4,string\na//5,string,,\na/1,double,1,\na/7,string,,urgent";
        let rows = parse(text).expect("a list");
        let said: Vec<String> = rows.iter().map(says).collect();
        assert!(said[0].starts_with("2 a/1 INT64 Some"), "{}", said[0]);
        let priority = |row: &Row| row.topic.as_ref().ok().and_then(|t| t.spec.properties.value("PRIORITY")).is_some();
        assert!(priority(&rows[0]) && !priority(&rows[1]));
        assert!(said[1].starts_with("4 a/2 JSON Some"), "{}", said[1]);
        assert_eq!(said[2], "6 a/3: “text” is no topic type");
        assert_eq!(said[3], "7 a/4: this line has 2 cells, the first line 4");
        assert!(said[4].contains("empty parts"));
        assert_eq!(said[5], "9 a/1: this path comes twice");
        assert!(said[6].contains("PRIORITY"));
        assert_eq!(parse("path\ttype\na\tjson").map(|rows| rows.len()), Ok(1));
        assert_eq!(parse("type;path\njson;a").map(|rows| rows[0].path.clone()), Ok("a".to_owned()));
    }

    #[test]
    fn wrong_columns_are_explained() {
        for (text, part) in [
            ("", "nothing to read"),
            ("path,kind\na,json", "Column 2, “kind”, is not known. Columns are path, type, value"),
            ("path,value\na,1", "“type” is not among them"),
            ("a\nb", "Column 1, “a”"),
            ("path,type\n\"a,json", "line 2 is not closed"),
            ("path,type", "no topics"),
            ("[", "position 2"),
            ("{}", "brownian-branch"),
        ] {
            let why = parse(text).expect_err(text);
            assert!(why.contains(part), "{text}: {why}");
        }
    }

    #[test]
    fn a_json_list_is_read_like_a_file() {
        let text =
            r#"[{"path":"a","type":"JSON","value":{"x":1}},{"path":"b"},{"path":"c","type":"int64","value":"1"}]"#;
        let rows = parse(text).expect("a list");
        assert!(rows[0].topic.as_ref().is_ok_and(|t| t.value.is_some()));
        assert_eq!(says(&rows[1]), "2 b: “type” is missing");
        assert_eq!(says(&rows[2]), "3 c: the value is no INT64");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), table in "(path|type|value|,|\n|\"|a|json| ){0,30}") {
            let _ = parse(&text);
            let _ = parse(&table);
        }
    }
}
