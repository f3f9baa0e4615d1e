//! Does what is due by time, once a second, and what is due because too much is kept, at once.

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
        let Some(budget) = shared.upgrade().map(|shared| shared.world().budget.clone()) else { return };
        let is_tick = tokio::select! {
            _ = ticks.tick() => true,
            () = budget.exceeded() => false,
        };
        let Some(shared) = shared.upgrade() else { return };
        {
            let mut world = shared.world();
            if is_tick { world.tick() } else { world.close_overflowing() }
        }
        shared.work();
        loop {
            let more = shared.world().forget_subscribers();
            if !more {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
}
