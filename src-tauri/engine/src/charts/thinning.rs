//! Curves of thousands of points as a picture can show them.

use super::picture::Point;

/// Pixels that a column of [`thin`] spans.
const COLUMN: f64 = 0.5;

/// Keeps of each half-pixel column the first, the lowest, the highest and the last point, and
/// leaves out what lies on a straight line between its neighbours. The line through what is kept
/// covers the same pixels (M4: Jugel, Jerzak, Hackenbroich and Markl, "M4: A
/// Visualization-Oriented Time Series Data Aggregation", VLDB 2014).
///
/// The points must go from left to right. What is not finite is left out.
pub(super) fn thin(points: &[Point]) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    let finite: Vec<Point> = points
        .iter()
        .copied()
        .filter(|point| point.0.is_finite() && point.1.is_finite())
        .collect();
    let column = |point: &Point| (point.0 / COLUMN).floor();
    for group in finite.chunk_by(|one, next| column(one) == column(next)) {
        let lowest = extreme(group, |new, old| new > old);
        let highest = extreme(group, |new, old| new < old);
        let mut indices = [0, lowest.min(highest), lowest.max(highest), group.len() - 1];
        indices.sort_unstable();
        for (position, index) in indices.iter().enumerate() {
            if position == 0 || indices[position - 1] != *index {
                push(&mut kept, group[*index]);
            }
        }
    }
    kept
}

/// Index of the first point that is beyond all others.
fn extreme(group: &[Point], beyond: impl Fn(f64, f64) -> bool) -> usize {
    let mut found = 0;
    for (index, point) in group.iter().enumerate() {
        if beyond(point.1, group[found].1) {
            found = index;
        }
    }
    found
}

/// Adds a point; the one before it goes when it lies on the straight way there.
fn push(kept: &mut Vec<Point>, point: Point) {
    if let [.., before, last] = kept.as_slice() {
        let (to_last, to_point) = (
            (last.0 - before.0, last.1 - before.1),
            (point.0 - before.0, point.1 - before.1),
        );
        let turn = to_last.0 * to_point.1 - to_last.1 * to_point.0;
        let onward = to_last.0 * (point.0 - last.0) + to_last.1 * (point.1 - last.1);
        if turn.abs() < 1e-9 && onward >= 0.0 {
            kept.pop();
        }
    }
    kept.push(point);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_points_become_few_and_keep_their_shape() {
        let points: Vec<Point> = (0..10_000)
            .map(|index| {
                let x = f64::from(index) * 0.02;
                (x, 100.0 + 60.0 * (x / 11.0).sin() + 8.0 * (x * 7.0).sin())
            })
            .collect();
        let kept = thin(&points);
        assert!(kept.len() <= 4 * 401, "{}", kept.len());
        assert_eq!(kept.first(), points.first());
        assert_eq!(kept.last(), points.last());
        // In every column of pixels the line reaches as high and as low as it did.
        let reach = |points: &[Point], column: f64| {
            let inside = points
                .iter()
                .filter(|point| (point.0 / COLUMN).floor() == column);
            let heights = inside.map(|point| point.1);
            heights.fold((f64::MAX, f64::MIN), |reach, y| {
                (reach.0.min(y), reach.1.max(y))
            })
        };
        for column in 0..400 {
            let column = f64::from(column);
            assert_eq!(reach(&kept, column), reach(&points, column), "{column}");
        }
    }

    #[test]
    fn corners_of_steps_stay_and_points_on_straight_lines_go() {
        let steps = [(0.0, 0.0), (3.0, 0.0), (5.0, 0.0), (5.0, 4.0), (9.0, 4.0)];
        assert_eq!(
            thin(&steps),
            [(0.0, 0.0), (5.0, 0.0), (5.0, 4.0), (9.0, 4.0)]
        );
        assert_eq!(thin(&[(0.0, 1.0)]), [(0.0, 1.0)]);
        assert_eq!(thin(&[]), []);
        assert_eq!(thin(&[(0.0, f64::NAN), (1.0, 1.0)]), [(1.0, 1.0)]);
    }

    #[test]
    fn a_way_back_on_the_same_line_stays() {
        let spike = [(0.0, 0.0), (0.0, 9.0), (0.0, 2.0), (4.0, 2.0)];
        assert_eq!(thin(&spike), spike);
    }
}
