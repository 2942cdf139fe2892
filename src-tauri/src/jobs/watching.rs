//! Tells a page how a job goes on, not too often.

use std::time::Duration;

use engine::protocol::JobSnapshot;
use tokio::sync::watch;
use tokio::time::sleep;

/// The shortest time between two snapshots: five a second are as many as an eye follows, and
/// WebKitGTK freezes with many more.
pub const SHORTEST_INTERVAL: Duration = Duration::from_millis(200);

/// Sends the snapshot that is there, then what changed, and the last one in any case.
pub(super) async fn forward(
    mut snapshots: watch::Receiver<JobSnapshot>,
    mut send: impl FnMut(JobSnapshot) -> bool + Send,
) {
    loop {
        let snapshot = snapshots.borrow_and_update().clone();
        let is_last = snapshot.state.is_over();
        if !send(snapshot) || is_last {
            return;
        }
        sleep(SHORTEST_INTERVAL).await;
        if snapshots.changed().await.is_err() {
            return;
        }
    }
}
