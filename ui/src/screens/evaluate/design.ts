/** What the screen Evaluate is answered while it is designed. */

import type { DesignScript } from "../../lib/ipc/design";
import { cellCount } from "./numbers";
import { EVALUATION, MODEL_OVERVIEW, judged, trialOf } from "./fixtures";

export const script: DesignScript = (backend, parameters) => {
  let thresholds = [...MODEL_OVERVIEW.thresholds];
  const evaluation = {
    ...EVALUATION,
    part: parameters.get("part") === "validation" ? ("validation" as const) : EVALUATION.part,
  };
  const overview = () => ({ ...MODEL_OVERVIEW, evaluation: { ...evaluation, thresholds }, thresholds });
  backend
    .on("openModel", overview)
    .on("tryThresholds", (request) => trialOf(request.thresholds))
    .on("chooseThresholds", () => trialOf([0.3, 0.35, 0.33, 0.22], [true, true, true, false]))
    .on("setThresholds", (request) => {
      thresholds = request.thresholds;
      return overview();
    })
    .on("listJudged", ({ label, cell, offset, limit }) => {
      const metrics = EVALUATION.metrics.perLabel[label];
      const total = metrics ? cellCount(metrics, cell) : 0;
      return {
        total,
        articles: judged(offset, Math.min(limit, total - offset)),
        tableIsThere: parameters.get("moved") === null,
      };
    })
    .on("writeReport", ({ path }) => `${path}/report.md`)
    .on("evaluateTable", () => ({
      evaluation: { ...EVALUATION, part: "otherTable", rows: 357 },
      unknownLabels: { dermatological: 12 },
      leftOut: 9,
    }));
};
