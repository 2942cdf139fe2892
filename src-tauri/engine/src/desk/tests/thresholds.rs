//! Thresholds: trying, choosing, keeping.

use super::*;
use crate::evaluation::ThresholdGoal;

#[test]
fn thresholds_are_tried_without_being_kept() {
    let mut place = Place::new();
    let request = Request::TryThresholds {
        model: "one".into(),
        thresholds: vec![0.2, 0.1],
    };
    let trial = value!(place.ask(request), TryThresholds);
    assert_eq!(trial.validation.micro.recall, Some(1.0));
    assert_eq!(trial.validation.micro.precision, Some(0.75));
    assert_eq!((trial.test, trial.goal_met), (None, vec![None, None]));
    let model = place.desk.kept_model("one").unwrap();
    assert_eq!(model.thresholds, [0.5, 0.25]);
}

#[test]
fn thresholds_are_chosen_for_a_goal() {
    let mut place = Place::new();
    let request = Request::ChooseThresholds {
        model: "one".into(),
        goal: ThresholdGoal::RecallAtLeast(1.0),
    };
    let trial = value!(place.ask(request), ChooseThresholds);
    assert_eq!(trial.goal_met, [Some(true), Some(true)]);
    assert_eq!(trial.validation.micro.recall, Some(1.0));
    let request = Request::ChooseThresholds {
        model: "one".into(),
        goal: ThresholdGoal::PrecisionAtLeast(2.0),
    };
    let error = place.ask(request).unwrap_err();
    assert!(error.to_string().contains("precision"), "{error}");
}

#[test]
fn kept_thresholds_show_when_the_model_is_opened_again() {
    let mut place = Place::new();
    let set = |thresholds| Request::SetThresholds {
        model: "one".into(),
        thresholds,
    };
    let shown = value!(place.ask(set(vec![0.2, 0.3])), SetThresholds);
    assert_eq!(
        shown.evaluation.as_ref().unwrap().of_hundred.found,
        Some(100)
    );
    let open = Request::OpenModel {
        model: "one".into(),
    };
    assert_eq!(value!(place.ask(open), OpenModel), shown);
    let error = place.ask(set(vec![0.2, 1.0])).unwrap_err();
    assert!(error.to_string().contains("between 0 and 1"), "{error}");
}
