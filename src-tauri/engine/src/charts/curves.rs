//! Points of precision-recall and ROC curves, as scikit-learn defines them.

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CurvePoint {
    /// Labels with at least this probability are given; infinite where none is.
    pub(super) threshold: f64,
    /// Recall of a precision-recall curve, false positive rate of a ROC curve.
    pub(super) across: f64,
    /// Precision of a precision-recall curve, true positive rate of a ROC curve.
    pub(super) up: f64,
}

/// Rows that are given the label at a threshold.
struct Given {
    threshold: f64,
    rightly: usize,
    wrongly: usize,
}

/// Precision over recall from recall 0 up, each distinct score being a threshold; before it, as
/// in scikit-learn's `precision_recall_curve`, recall 0 with precision 1. Empty when no row has
/// the label.
pub(super) fn precision_recall(rows: &[(bool, f64)]) -> Vec<CurvePoint> {
    let having = rows.iter().filter(|row| row.0).count();
    if having == 0 {
        return Vec::new();
    }
    let start = CurvePoint {
        threshold: f64::INFINITY,
        across: 0.0,
        up: 1.0,
    };
    let points = given(rows).into_iter().map(|given| CurvePoint {
        threshold: given.threshold,
        across: given.rightly as f64 / having as f64,
        up: given.rightly as f64 / (given.rightly + given.wrongly) as f64,
    });
    std::iter::once(start).chain(points).collect()
}

/// True over false positive rate from (0, 0) to (1, 1), each distinct score being a threshold,
/// as in scikit-learn's `roc_curve` with all points kept. Empty when all rows have the label or
/// none has.
pub(super) fn roc(rows: &[(bool, f64)]) -> Vec<CurvePoint> {
    let having = rows.iter().filter(|row| row.0).count();
    let lacking = rows.len() - having;
    if having == 0 || lacking == 0 {
        return Vec::new();
    }
    let start = CurvePoint {
        threshold: f64::INFINITY,
        across: 0.0,
        up: 0.0,
    };
    let points = given(rows).into_iter().map(|given| CurvePoint {
        threshold: given.threshold,
        across: given.wrongly as f64 / lacking as f64,
        up: given.rightly as f64 / having as f64,
    });
    std::iter::once(start).chain(points).collect()
}

/// What is given at each distinct score, from the highest to the lowest.
fn given(rows: &[(bool, f64)]) -> Vec<Given> {
    let mut sorted: Vec<(bool, f64)> = rows.into();
    sorted.sort_by(|one, other| other.1.total_cmp(&one.1));
    let (mut rightly, mut wrongly) = (0, 0);
    sorted
        .chunk_by(|one, next| one.1 == next.1)
        .map(|ties| {
            let right = ties.iter().filter(|row| row.0).count();
            rightly += right;
            wrongly += ties.len() - right;
            Given {
                threshold: ties[0].1,
                rightly,
                wrongly,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of scikit-learn's documentation of both functions.
    const ROWS: [(bool, f64); 4] = [(false, 0.1), (false, 0.4), (true, 0.35), (true, 0.8)];

    fn points(curve: &[CurvePoint]) -> Vec<(f64, f64)> {
        curve.iter().map(|point| (point.across, point.up)).collect()
    }

    #[test]
    fn precision_and_recall_are_those_of_the_scikit_learn_documentation() {
        let expected = [
            (0.0, 1.0),
            (0.5, 1.0),
            (0.5, 0.5),
            (1.0, 2.0 / 3.0),
            (1.0, 0.5),
        ];
        assert_eq!(points(&precision_recall(&ROWS)), expected);
    }

    #[test]
    fn the_roc_curve_is_that_of_the_scikit_learn_documentation() {
        let expected = [(0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)];
        assert_eq!(points(&roc(&ROWS)), expected);
    }

    #[test]
    fn rows_with_the_same_score_come_in_together() {
        let rows = [(true, 0.5), (false, 0.5), (true, 0.5)];
        assert_eq!(points(&roc(&rows)), [(0.0, 0.0), (1.0, 1.0)]);
        assert_eq!(
            points(&precision_recall(&rows)),
            [(0.0, 1.0), (1.0, 2.0 / 3.0)]
        );
    }

    #[test]
    fn what_is_not_defined_has_no_points() {
        assert_eq!(precision_recall(&[(false, 0.5)]), []);
        assert_eq!(roc(&[(false, 0.5)]), []);
        assert_eq!(roc(&[(true, 0.5)]), []);
        assert_eq!(precision_recall(&[]), []);
    }
}
