/** States of a training for `vite --mode design`: `?state=done|failed|stopped|interrupted`. */

import type { DesignScript } from "../../lib/ipc/design";
import { failure } from "../../lib/ipc/fake";
import * as fixtures from "../../lib/ipc/fixtures";
import type { RunSummary } from "../../lib/ipc/bindings/RunSummary";

const RUN: RunSummary = {
  name: "medical-abstracts",
  began: "2026-03-02T09:00:00Z",
  request: fixtures.TRAINING,
  step: 537,
  totalSteps: 895,
  bytes: 180_000_000,
  isBusy: false,
};

/** Puts the training of the asked state there. */
export const script: DesignScript = (backend, parameters) => {
  const request = { kind: "train", training: fixtures.TRAINING, replace: false } as const;
  const withRun = { ...fixtures.LIBRARY, runs: [RUN] };
  switch (parameters.get("state")) {
    case "done":
      backend.addJob(request, {
        ...fixtures.RUNNING,
        state: "finished",
        history: fixtures.historyOf([0.81, 0.884, 0.912, 0.921, 0.919]),
        answer: {
          kind: "train",
          value: {
            model: "medical-abstracts",
            end: "stoppedEarly",
            headline: fixtures.MANIFEST.headline,
            seconds: 1840,
          },
        },
      });
      break;
    case "failed":
      backend.on("listLibrary", () => withRun);
      backend.addJob(request, {
        ...fixtures.RUNNING,
        state: "failed",
        failure: failure("workerCrashed", { log: "memory allocation failed\n", run: RUN.name }),
      });
      break;
    case "stopped":
      backend.on("listLibrary", () => withRun);
      backend.addJob(request, { ...fixtures.RUNNING, state: "stopped" });
      break;
    case "interrupted":
      backend.on("listLibrary", () => withRun);
      break;
  }
};
