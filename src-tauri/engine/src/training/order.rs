//! The order in which an epoch visits the training rows.

use kernels::random::{STEP, mix};

/// The numbers `0..rows` in the order of one epoch: a Fisher-Yates shuffle that depends on the
/// seed and the epoch alone, so that a resumed run sees the same batches.
pub(crate) fn epoch_order(rows: usize, seed: u64, epoch: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    let mut state = mix(seed ^ mix(epoch as u64 + 1));
    for last in (1..rows).rev() {
        state = state.wrapping_add(STEP);
        // Lemire's multiplication; its bias at these sizes is below 1e-15.
        let chosen = ((u128::from(mix(state)) * (last as u128 + 1)) >> 64) as usize;
        order.swap(last, chosen);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_visits_every_row_once() {
        let mut order = epoch_order(100, 42, 0);
        assert_ne!(order, (0..100).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn the_order_differs_by_seed_and_by_epoch_and_by_nothing_else() {
        assert_eq!(epoch_order(50, 1, 2), epoch_order(50, 1, 2));
        assert_ne!(epoch_order(50, 1, 2), epoch_order(50, 1, 3));
        assert_ne!(epoch_order(50, 1, 2), epoch_order(50, 2, 2));
    }
}
