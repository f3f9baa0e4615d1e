//! Does what is due by time, once a second; what is due because too much is kept, at once; and what nobody waits for, in
//! steps.

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
        let Some((budget, chores)) = shared.upgrade().map(|shared| {
            let world = shared.world();
            (world.budget.clone(), world.chores_ready())
        }) else {
            return;
        };
        let due = tokio::select! {
            _ = ticks.tick() => Due::Tick,
            () = budget.exceeded() => Due::Budget,
            () = chores.notified() => Due::Chores,
        };
        let Some(shared) = shared.upgrade() else { return };
        {
            let mut world = shared.world();
            match due {
                Due::Tick => world.tick(),
                Due::Budget => world.close_overflowing(),
                Due::Chores => {}
            }
        }
        shared.work();
        loop {
            let more = shared.world().do_chores();
            if !more {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
}

/// What has happened.
enum Due {
    Tick,
    Budget,
    Chores,
}
