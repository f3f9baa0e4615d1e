//! Order, copies and selection of a table, without a window.

use super::copy::{Form, rows_as};
use super::order::{Arranged, Change, Wanted};
use super::{Column, SortKey, TableSource, TableState, keys};
use egui::Modifiers;
use std::borrow::Cow;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Col {
    Name,
    Size,
}

const COLUMNS: [Column<'_, Col>; 2] =
    [Column::new(Col::Name, "name", "Name", 100.0), Column::new(Col::Size, "size", "Size", 60.0).right()];

#[derive(Default)]
struct Files {
    list: Vec<(&'static str, i64)>,
    revision: u64,
}

impl Files {
    fn new(list: &[(&'static str, i64)]) -> Self {
        Self { list: list.to_vec(), revision: 1 }
    }

    fn set(&mut self, list: &[(&'static str, i64)]) {
        self.list = list.to_vec();
        self.revision += 1;
    }
}

impl TableSource for Files {
    type Key = &'static str;
    type Column = Col;

    fn row_count(&self) -> usize {
        self.list.len()
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn key(&self, row: usize) -> &'static str {
        self.list[row].0
    }

    fn text(&self, row: usize, column: Col) -> Cow<'_, str> {
        match column {
            Col::Name => self.list[row].0.into(),
            Col::Size => format!("{} B", self.list[row].1).into(),
        }
    }

    fn exact(&self, row: usize, column: Col) -> Cow<'_, str> {
        match column {
            Col::Name => self.text(row, column),
            Col::Size => self.list[row].1.to_string().into(),
        }
    }

    fn sort_key(&self, row: usize, column: Col) -> SortKey<'_> {
        match column {
            Col::Name => self.list[row].0.into(),
            Col::Size => SortKey::Int(self.list[row].1.into()),
        }
    }

    fn is_moving(&self, column: Col) -> bool {
        column == Col::Size
    }
}

fn by(sort: Option<(Col, bool)>, filter: &str) -> Wanted<Col> {
    Wanted { sort, filter: filter.to_owned(), columns: vec![Col::Name, Col::Size] }
}

fn names(arranged: &Arranged<&'static str, Col>, files: &Files) -> Vec<&'static str> {
    arranged.rows().map(|row| files.list[row].0).collect()
}

#[test]
fn rows_are_sorted_and_filtered() {
    let files = Files::new(&[("pear", 30), ("apple", 4), ("plum", 30)]);
    let check = |sort, filter: &str, expected: &[&str]| {
        let mut arranged = Arranged::default();
        arranged.renew(&files, &by(sort, filter), false, 0.0);
        assert_eq!(names(&arranged, &files), expected, "{sort:?} {filter}");
    };
    check(None, "", &["pear", "apple", "plum"]);
    check(Some((Col::Name, false)), "", &["apple", "pear", "plum"]);
    check(Some((Col::Size, true)), "", &["pear", "plum", "apple"]);
    check(None, "P 30", &["pear", "plum"]);
    check(Some((Col::Name, true)), "b pl", &["plum", "apple"]);
    check(None, "kiwi", &[]);
}

struct Mixed(&'static [&'static str]);
impl TableSource for Mixed {
    type Key = usize;
    type Column = ();
    fn row_count(&self) -> usize {
        self.0.len()
    }
    fn revision(&self) -> u64 {
        0
    }
    fn key(&self, row: usize) -> usize {
        row
    }
    fn text(&self, row: usize, (): ()) -> Cow<'_, str> {
        self.0[row].into()
    }
    fn sort_key(&self, row: usize, (): ()) -> SortKey<'_> {
        match self.0[row] {
            "missing" => SortKey::Missing,
            "2" => SortKey::Number(2.5),
            "10" => SortKey::Int(10),
            text => text.into(),
        }
    }
}

#[test]
fn keys_of_several_kinds_have_an_order() {
    let files = ["missing", "2", "10", "x"];
    let mixed = Mixed(&["x", "10", "missing", "2"]);
    let mut arranged = Arranged::default();
    let wanted = Wanted { sort: Some(((), false)), filter: String::new(), columns: Vec::new() };
    arranged.renew(&mixed, &wanted, false, 0.0);
    assert_eq!(arranged.rows().map(|row| mixed.0[row]).collect::<Vec<_>>(), files);
}

#[test]
fn a_table_that_is_read_holds_still() {
    let mut files = Files::new(&[("b", 1), ("d", 2)]);
    let wanted = by(Some((Col::Name, false)), "");
    let mut arranged = Arranged::default();
    assert_eq!(arranged.renew(&files, &wanted, false, 0.0), Change::Asked);
    assert_eq!(arranged.renew(&files, &wanted, false, 0.1), Change::None);
    files.set(&[("b", 1), ("c", 3), ("d", 2), ("a", 9)]);
    assert_eq!(arranged.renew(&files, &wanted, true, 0.2), Change::Rows);
    assert_eq!(names(&arranged, &files), ["b", "d", "a", "c"], "new rows join at the end");
    files.set(&[("c", 3), ("d", 2), ("a", 9)]);
    arranged.renew(&files, &wanted, true, 0.3);
    assert_eq!(names(&arranged, &files), ["d", "a", "c"], "what is gone leaves no gap");
    assert_eq!(arranged.renew(&files, &wanted, false, 0.4), Change::Rows, "the pointer left");
    assert_eq!(names(&arranged, &files), ["a", "c", "d"]);
}

#[test]
fn values_that_move_are_sorted_once_a_second() {
    let mut files = Files::new(&[("a", 1), ("b", 2)]);
    let wanted = by(Some((Col::Size, false)), "");
    let mut arranged = Arranged::default();
    arranged.renew(&files, &wanted, false, 0.0);
    files.list[0].1 = 5;
    assert_eq!(arranged.renew(&files, &wanted, false, 0.5), Change::None);
    assert_eq!(arranged.renew(&files, &wanted, true, 1.5), Change::None, "not under the pointer");
    assert_eq!(arranged.renew(&files, &wanted, false, 1.5), Change::Rows);
    assert_eq!(names(&arranged, &files), ["b", "a"]);
}

#[test]
fn a_filter_follows_values_that_move() {
    let mut files = Files::new(&[("a", 1), ("b", 2)]);
    let mut arranged = Arranged::default();
    arranged.renew(&files, &by(None, "2 b"), false, 0.0);
    assert_eq!(names(&arranged, &files), ["b"]);
    files.list[0].1 = 2;
    arranged.renew(&files, &by(None, "2 b"), false, 0.5);
    assert_eq!(names(&arranged, &files), ["b"]);
    arranged.renew(&files, &by(None, "2 b"), false, 1.5);
    assert_eq!(names(&arranged, &files), ["a", "b"], "a is 2 B now");
}

#[test]
fn rows_are_copied_in_three_forms() {
    let files = Files::new(&[("=SUM(A1)", -1), ("a,\"b\"\tc", 2)]);
    let columns: Vec<&Column<'_, Col>> = COLUMNS.iter().collect();
    assert_eq!(rows_as(Form::Text, &files, &columns, &[0, 1]), "=SUM(A1)\t-1\na,\"b\" c\t2");
    assert_eq!(
        rows_as(Form::Csv, &files, &columns, &[0, 1]),
        "Name,Size\r\n'=SUM(A1),-1\r\n\"a,\"\"b\"\"\tc\",2\r\n",
        "a formula is only text, a negative number stays one"
    );
    let json: serde_json::Value = serde_json::from_str(&rows_as(Form::Json, &files, &columns, &[1])).expect("JSON");
    assert_eq!(json, serde_json::json!([{ "name": "a,\"b\"\tc", "size": 2 }]));
}

#[test]
fn clicks_select_one_several_or_a_range() {
    let files = Files::new(&[("a", 1), ("b", 2), ("c", 3), ("d", 4)]);
    let mut state = TableState::<&'static str, Col>::default();
    state.arranged.renew(&files, &by(Some((Col::Name, true)), ""), false, 0.0);
    let mut check = |place, modifiers, expected: &[&str]| {
        keys::click(&mut state, &files, place, modifiers);
        let rows = keys::selected_rows(&state, &files);
        assert_eq!(rows.iter().map(|row| files.list[*row].0).collect::<Vec<_>>(), expected);
    };
    check(0, Modifiers::NONE, &["d"]);
    check(2, Modifiers::SHIFT, &["d", "c", "b"]);
    check(1, Modifiers::SHIFT, &["d", "c"]);
    check(3, Modifiers::COMMAND, &["d", "c", "a"]);
    check(0, Modifiers::COMMAND, &["c", "a"]);
    check(2, Modifiers::NONE, &["b"]);
}

#[test]
fn a_menu_takes_the_selection_or_its_own_row() {
    let files = Files::new(&[("a", 1), ("b", 2), ("c", 3)]);
    let mut state = TableState::<&'static str, Col>::default();
    state.arranged.renew(&files, &by(None, ""), false, 0.0);
    keys::click(&mut state, &files, 0, Modifiers::NONE);
    keys::click(&mut state, &files, 1, Modifiers::SHIFT);
    assert!(!keys::select_for_menu(&mut state, &files, 1));
    assert_eq!(keys::selected_rows(&state, &files), [0, 1]);
    assert!(keys::select_for_menu(&mut state, &files, 2));
    assert_eq!(keys::selected_rows(&state, &files), [2]);
}

#[test]
fn a_selection_goes_with_its_rows() {
    let mut files = Files::new(&[("a", 1), ("b", 2), ("c", 3)]);
    let mut state = TableState::<&'static str, Col>::default();
    state.arranged.renew(&files, &by(None, ""), false, 0.0);
    keys::click(&mut state, &files, 0, Modifiers::NONE);
    keys::click(&mut state, &files, 2, Modifiers::COMMAND);
    files.set(&[("c", 3), ("b", 2)]);
    state.arranged.renew(&files, &by(None, ""), false, 1.0);
    keys::forget_gone(&mut state, &files);
    assert_eq!(keys::selected_rows(&state, &files), [0]);
    assert_eq!((state.cursor(), state.selected_count()), (Some(&"c"), 1));
}
