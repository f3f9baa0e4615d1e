//! Once a second: does what is due by time.

use super::Shared;
use super::removal_policy::Moment;
use std::sync::Weak;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior};

/// Time between two looks.
const PERIOD: Duration = Duration::from_secs(1);

/// Looks again and again until the server is gone.
pub(super) async fn run(shared: Weak<Shared>) {
    let began = Instant::now();
    let mut ticks = tokio::time::interval_at(began + PERIOD, PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(shared) = shared.upgrade() else { return };
        let uptime = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        shared.world().sweep(Moment { uptime, wall: super::publisher::now_millis() });
    }
}
