//! `Demo/machine`: true figures of the computer the demo runs on.

use super::pace::Every;
use super::words::{decimal, double, int64, json, object, rounded, spec, string, text, whole};
use super::{Branch, Moment, Out};
use crate::data::TopicType;
use crate::data::value::json::Json;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use sysinfo::{Disks, Networks, ProcessRefreshKind, ProcessesToUpdate, System};

/// Processes in the list of the busiest.
const BUSIEST: usize = 10;

pub(super) struct Machine {
    system: System,
    networks: Networks,
    disks: Disks,
    /// Topics by name, with their last value: what has not changed is not published.
    topics: HashMap<String, (Arc<str>, Bytes)>,
    second: Every,
    processes: Every,
    slow: Every,
}

impl Machine {
    pub(super) fn new() -> Self {
        Self {
            system: System::new(),
            networks: Networks::new_with_refreshed_list(),
            disks: Disks::new_with_refreshed_list(),
            topics: HashMap::new(),
            second: Every::new(Duration::from_secs(1)),
            processes: Every::new(Duration::from_secs(3)),
            slow: Every::new(Duration::from_secs(10)),
        }
    }

    fn show(&mut self, name: &str, topic_type: TopicType, value: Bytes, out: &mut Out<'_>) {
        match self.topics.get_mut(name) {
            Some((_, last)) if *last == value => {}
            Some((path, last)) => {
                out.set(path, value.clone());
                *last = value;
            }
            None => {
                let path: Arc<str> = format!("Demo/machine/{name}").into();
                out.add(&path, &spec(topic_type));
                out.set(&path, value.clone());
                self.topics.insert(name.to_owned(), (path, value));
            }
        }
    }

    fn whole(&mut self, name: &str, number: u64, out: &mut Out<'_>) {
        self.show(name, TopicType::Int64, int64(i64::try_from(number).unwrap_or(i64::MAX)), out);
    }

    fn real(&mut self, name: &str, number: f64, out: &mut Out<'_>) {
        self.show(name, TopicType::Double, double(rounded(number, 2)), out);
    }

    fn identity(&mut self, out: &mut Out<'_>) {
        let known = [
            ("system/host", System::host_name()),
            ("system/name", System::long_os_version()),
            ("system/kernel", System::kernel_version()),
            ("system/architecture", Some(System::cpu_arch())),
        ];
        for (name, known) in known {
            if let Some(known) = known {
                self.show(name, TopicType::String, string(known), out);
            }
        }
    }

    fn each_second(&mut self, out: &mut Out<'_>) {
        self.system.refresh_cpu_usage();
        self.system.refresh_memory();
        self.networks.refresh(true);
        self.real("cpu/usage_percent", f64::from(self.system.global_cpu_usage()), out);
        let cores: Vec<f32> = self.system.cpus().iter().map(sysinfo::Cpu::cpu_usage).collect();
        for (core, usage) in cores.into_iter().enumerate() {
            self.real(&format!("cpu/cores/{core}/usage_percent"), f64::from(usage), out);
        }
        let load = System::load_average();
        for (name, load) in [("1_minute", load.one), ("5_minutes", load.five), ("15_minutes", load.fifteen)] {
            self.real(&format!("cpu/load/{name}"), load, out);
        }
        self.whole("memory/total_bytes", self.system.total_memory(), out);
        self.whole("memory/used_bytes", self.system.used_memory(), out);
        self.whole("memory/available_bytes", self.system.available_memory(), out);
        self.whole("memory/swap_used_bytes", self.system.used_swap(), out);
        self.whole("system/uptime_secs", System::uptime(), out);
        let lines: Vec<_> = self
            .networks
            .iter()
            .map(|(name, line)| {
                (part(name), [line.total_received(), line.total_transmitted()], [line.received(), line.transmitted()])
            })
            .collect();
        for (name, total, now) in lines {
            for (at, way) in ["received", "sent"].into_iter().enumerate() {
                self.whole(&format!("network/{name}/{way}_bytes"), total[at], out);
                self.whole(&format!("network/{name}/{way}_bytes_per_sec"), now[at], out);
            }
        }
    }

    fn busiest(&mut self, out: &mut Out<'_>) {
        let what = ProcessRefreshKind::nothing().with_cpu().with_memory();
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
        let mut all: Vec<_> =
            self.system.processes().values().filter(|process| process.thread_kind().is_none()).collect();
        let count = all.len();
        all.sort_by(|a, b| b.cpu_usage().total_cmp(&a.cpu_usage()).then_with(|| b.memory().cmp(&a.memory())));
        let rows = all.into_iter().take(BUSIEST).map(|process| {
            object([
                ("pid", whole(process.pid().as_u32())),
                ("name", text(process.name().to_string_lossy())),
                ("cpuPercent", decimal(f64::from(process.cpu_usage()), 1)),
                ("memoryBytes", whole(process.memory())),
                ("runSecs", whole(process.run_time())),
            ])
        });
        let rows = json(Json::Array(rows.collect()));
        self.show("processes/busiest", TopicType::Json, rows, out);
        self.whole("processes/count", count as u64, out);
    }

    fn disks(&mut self, out: &mut Out<'_>) {
        self.disks.refresh(true);
        let disks: Vec<_> = self
            .disks
            .iter()
            .map(|disk| {
                let mount = disk.mount_point().to_string_lossy().into_owned();
                let (total, free) = (disk.total_space(), disk.available_space());
                let used_percent = total.saturating_sub(free) as f64 / total.max(1) as f64 * 100.0;
                let shown = object([
                    ("mountPoint", text(mount.as_str())),
                    ("fileSystem", text(disk.file_system().to_string_lossy())),
                    ("totalBytes", whole(total)),
                    ("availableBytes", whole(free)),
                    ("usedPercent", decimal(used_percent, 1)),
                ]);
                (part(&mount), json(shown))
            })
            .collect();
        for (name, shown) in disks {
            self.show(&format!("disks/{name}"), TopicType::Json, shown, out);
        }
    }
}

/// A name as one part of a topic path.
fn part(name: &str) -> String {
    let part = name.trim_matches(['/', '\\', ':']).replace(['/', '\\'], "_");
    if part.is_empty() { "root".to_owned() } else { part }
}

impl Branch for Machine {
    fn open(&mut self, _at: Moment, out: &mut Out<'_>) {
        self.identity(out);
        self.each_second(out);
        self.busiest(out);
        self.disks(out);
    }

    fn step(&mut self, at: Moment, out: &mut Out<'_>) {
        if self.second.is_due(at.elapsed) {
            self.each_second(out);
        }
        if self.processes.is_due(at.elapsed) {
            self.busiest(out);
        }
        if self.slow.is_due(at.elapsed) {
            self.disks(out);
        }
    }
}
