//! Once a second: does what is due by time.

use super::Shared;
use std::sync::Weak;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior};

/// Time between two looks.
pub(super) const PERIOD: Duration = Duration::from_secs(1);

/// Looks again and again until the server is gone.
pub(super) async fn run(shared: Weak<Shared>) {
    let mut ticks = tokio::time::interval_at(Instant::now() + PERIOD, PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(shared) = shared.upgrade() else { return };
        shared.world().tick();
        loop {
            let more = shared.world().forget_subscribers();
            if !more {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
}
