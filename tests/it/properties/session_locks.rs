//! Session locks on the line: made-up ones survive.

use super::wire::{assert_service, text};
use brownian::data::SessionId;
use brownian::wire::frame::VERSION;
use brownian::wire::services::session_lock_acquire::{self, LockScope};
use brownian::wire::services::session_lock_get::{self, LockDetails};
use brownian::wire::services::{self, session_lock_cancel, session_lock_release};
use proptest::collection::vec;
use proptest::prelude::{any, proptest};
use proptest::sample::select;

proptest! {
    #[test]
    fn session_locks_survive(
        name in text(),
        number: i64,
        scope in select(LockScope::ALL),
        holders in vec((text(), any::<u64>(), any::<u64>(), any::<i64>()), 0..5),
        released: bool,
    ) {
        let (request, sequence) = (number, number);
        let acquire = session_lock_acquire::Request { name: name.clone(), request, scope };
        let acquired = session_lock_acquire::Response { name: name.clone(), sequence, scope };
        assert_service::<services::SessionLockAcquire>(&acquire, &acquired, VERSION);
        let cancel = session_lock_cancel::Request { name: name.clone(), request };
        assert_service::<services::SessionLockCancel>(&cancel, &(), VERSION);
        let release = session_lock_release::Request { name: name.clone(), sequence, scope };
        assert_service::<services::SessionLockRelease>(&release, &released, VERSION);
        let locks: Vec<(String, LockDetails)> = holders
            .into_iter()
            .map(|(server_name, server, session, sequence)| {
                let lock = LockDetails { server_name, session: SessionId { server, session }, sequence };
                (format!("lock {sequence}"), lock)
            })
            .collect();
        let one = locks.first().map(|(_, lock)| lock.clone());
        assert_service::<services::SessionLockGet>(&session_lock_get::Request { name }, &one, VERSION);
        assert_service::<services::SessionLockList>(&(), &locks, VERSION);
    }
}
