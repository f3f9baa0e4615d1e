//! Dependencies: each is named somewhere, and no crate is there in two versions without a reason.

use crate::source::{Finding, Source};
use std::collections::BTreeMap;

/// Dependencies that no source names, each with its reason.
const UNNAMED: &[(&str, &str)] = &[];

/// The dependencies of a manifest that no source names. Those for tests may be named by tests only.
pub(crate) fn unused(manifest: &str, sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut section = "";
    for (at, line) in manifest.lines().enumerate() {
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']');
            continue;
        }
        let Some((name, _)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
        let name = name.trim();
        let for_tests = match section {
            "dependencies" => false,
            "dev-dependencies" => true,
            _ => continue,
        };
        let ident = name.replace('-', "_");
        let used = sources.iter().any(|source| {
            let lines = source.code.lines().zip(&source.tests);
            lines.filter(|(_, test)| for_tests || !**test).any(|(line, _)| names(line, &ident))
        });
        let excepted = UNNAMED.iter().any(|(excepted, _)| *excepted == name);
        if used == excepted {
            let what = if used { "is named: take it off UNNAMED" } else { "is named nowhere: remove it" };
            findings.push(Finding { line: at + 1, what: format!("the dependency {name} {what}") });
        }
    }
    findings
}

/// Whether the line names the crate: as the beginning of a path, or imported whole.
fn names(line: &str, crate_name: &str) -> bool {
    line.match_indices(crate_name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = &line[at + crate_name.len()..];
        let begins = !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
        begins && (after.starts_with("::") || after.starts_with(';') || after.starts_with(" as "))
    })
}

/// Versions of one crate besides its newest that `deny.toml` does not list, and what it lists without need.
pub(crate) fn duplicates(lock: &str, deny: &str) -> Vec<Finding> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut name = "";
    for line in lock.lines() {
        let quoted = |prefix: &str| line.strip_prefix(prefix).map(|rest| rest.trim_matches('"'));
        if let Some(found) = quoted("name = ") {
            name = found;
        } else if let Some(found) = quoted("version = ") {
            versions.entry(name).or_default().push(found);
        }
    }
    let mut needed = Vec::new();
    for (name, mut all) in versions {
        all.sort_by_key(|version| parts(version));
        all.pop();
        needed.extend(all.into_iter().map(|version| format!("{name}@{version}")));
    }
    let skipped: Vec<(usize, &str, bool)> = deny
        .lines()
        .enumerate()
        .filter_map(|(at, line)| {
            let (_, rest) = line.trim_start().strip_prefix("{ crate = ")?.split_once('"')?;
            let (crate_name, rest) = rest.split_once('"')?;
            Some((at + 1, crate_name, rest.contains("reason = \"") && !rest.contains("reason = \"\"")))
        })
        .collect();
    let mut findings = Vec::new();
    for crate_name in &needed {
        if !skipped.iter().any(|(_, skip, _)| skip == crate_name) {
            let what = format!("{crate_name} is there beside a newer version: avoid it, or list it with a reason");
            findings.push(Finding { line: 1, what });
        }
    }
    for (line, crate_name, has_reason) in skipped {
        if !needed.iter().any(|needed| needed == crate_name) {
            findings.push(Finding { line, what: format!("{crate_name} is not there beside a newer version any more") });
        } else if !has_reason {
            findings.push(Finding { line, what: format!("{crate_name} needs a reason") });
        }
    }
    findings
}

/// The numbers of a version, for the order.
fn parts(version: &str) -> Vec<u64> {
    let core = version.split(['+', '-']).next().unwrap_or(version);
    core.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}
