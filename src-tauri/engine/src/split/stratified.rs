//! Iterative stratification (Sechidis, Tsoumakas & Vlahavas 2011): the rarest label first, each
//! of its rows to the part that lacks it most.

use std::collections::BTreeMap;

use crate::labels::LabelMatrix;

/// Rows that stay together, with the labels they have between them.
struct Group {
    rows: Vec<usize>,
    labels: Vec<usize>,
    placed: bool,
}

/// Splits rows into parts with these shares so that every label has about the same share in each.
/// Rows of the same group (one number a row) stay together. Each part is sorted.
pub fn stratify(
    targets: &LabelMatrix,
    groups: &[usize],
    shares: &[f64],
    seed: u64,
) -> Vec<Vec<usize>> {
    let mut groups = gather(targets, groups);
    shuffle(&mut groups, seed);
    let labels = targets.labels();
    let mut wanted_rows: Vec<f64> = shares
        .iter()
        .map(|share| share * targets.rows() as f64)
        .collect();
    let mut wanted: Vec<Vec<f64>> = shares
        .iter()
        .map(|share| {
            let count = |label| targets.column(label).filter(|&has| has).count() as f64;
            (0..labels).map(|label| share * count(label)).collect()
        })
        .collect();
    let mut parts = vec![Vec::new(); shares.len()];
    let mut place = |group: &mut Group, label: Option<usize>| {
        let need = |part: usize| match label {
            Some(label) => (wanted[part][label], wanted_rows[part]),
            None => (wanted_rows[part], 0.0),
        };
        // The first of equals, so that the result is one and the same everywhere.
        let best = (1..shares.len()).fold(
            0,
            |best, part| if need(part) > need(best) { part } else { best },
        );
        group.placed = true;
        parts[best].extend(&group.rows);
        wanted_rows[best] -= group.rows.len() as f64;
        for &row in &group.rows {
            for (wanted, &has) in wanted[best].iter_mut().zip(targets.row(row)) {
                *wanted -= f64::from(u8::from(has));
            }
        }
    };
    while let Some(label) = rarest(&groups, labels) {
        for group in &mut groups {
            if !group.placed && group.labels.contains(&label) {
                place(group, Some(label));
            }
        }
    }
    for group in groups.iter_mut().filter(|group| !group.placed) {
        place(group, None);
    }
    for part in &mut parts {
        part.sort_unstable();
    }
    parts
}

fn gather(targets: &LabelMatrix, groups: &[usize]) -> Vec<Group> {
    let mut gathered: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for row in 0..targets.rows() {
        let number = groups.get(row).copied().unwrap_or(usize::MAX - row);
        gathered.entry(number).or_default().push(row);
    }
    let labels = |rows: &[usize]| {
        let has = |label: &usize| rows.iter().any(|&row| targets.row(row)[*label]);
        (0..targets.labels()).filter(has).collect()
    };
    gathered
        .into_values()
        .map(|rows| Group {
            labels: labels(&rows),
            rows,
            placed: false,
        })
        .collect()
}

fn shuffle(groups: &mut [Group], seed: u64) {
    let order = crate::training::epoch_order(groups.len(), seed, 0);
    let mut keys: Vec<usize> = vec![0; order.len()];
    for (key, &group) in order.iter().enumerate() {
        keys[group] = key;
    }
    let mut index = 0;
    groups.sort_by_cached_key(|_| {
        index += 1;
        keys[index - 1]
    });
}

/// The label with the fewest groups left to place.
fn rarest(groups: &[Group], labels: usize) -> Option<usize> {
    let left = |label: usize| {
        let waiting = groups.iter().filter(|group| !group.placed);
        waiting
            .filter(|group| group.labels.contains(&label))
            .count()
    };
    (0..labels)
        .map(|label| (left(label), label))
        .filter(|&(left, _)| left > 0)
        .min()
        .map(|(_, label)| label)
}
