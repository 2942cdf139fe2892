/** What Home says of a project. */

import type { JobSnapshot } from "../../lib/ipc/bindings/JobSnapshot";
import type { Library } from "../../lib/ipc/bindings/Library";
import type { ModelSummary } from "../../lib/ipc/bindings/ModelSummary";
import type { RunSummary } from "../../lib/ipc/bindings/RunSummary";
import type { Project } from "../../lib/ipc/bindings/shell/Project";
import { isOver, runOf } from "../../lib/state/jobs.svelte";

/** Where a project stands. */
export interface ProjectState {
  /** The models that learned from it. */
  models: ModelSummary[];
  /** The best macro-averaged F1 of them on test rows. */
  bestF1: number | null;
  state: "training" | "interrupted" | "trained" | "untrained";
}

/** Where a project stands, by what is kept and by the training that runs. */
export function stateOf(
  project: Project,
  library: Library | null,
  training: JobSnapshot | null,
): ProjectState {
  const models = (library?.models ?? []).filter(
    (model) => project.models.includes(model.name) || model.manifest?.table.path === project.table,
  );
  const scores = models.flatMap(({ manifest }) =>
    manifest?.headline.onTest && manifest.headline.macroF1 !== null
      ? [manifest.headline.macroF1]
      : [],
  );
  const bestF1 = scores.length > 0 ? Math.max(...scores) : null;
  const isTrained = training !== null && !isOver(training) && tableOf(training, library) === project.table;
  if (isTrained) return { models, bestF1, state: "training" };
  const isInterrupted = (library?.runs ?? []).some((run) => run.request.table === project.table && !run.isBusy);
  if (isInterrupted) return { models, bestF1, state: "interrupted" };
  return { models, bestF1, state: models.length > 0 ? "trained" : "untrained" };
}

/** The runs that wait to be resumed: those that no process works on. */
export function interruptedRuns(library: Library | null, training: JobSnapshot | null): RunSummary[] {
  const busy = training !== null && !isOver(training) ? runOf(training) : null;
  return (library?.runs ?? []).filter((run) => !run.isBusy && run.name !== busy);
}

function tableOf(training: JobSnapshot, library: Library | null): string | null {
  if (training.request.kind === "train") return training.request.training.table;
  const name = runOf(training);
  return library?.runs.find((run) => run.name === name)?.request.table ?? null;
}
