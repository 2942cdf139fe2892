/** The one sentence about a training that runs. */

import { formatNumber } from "../../lib/i18n/format";
import { spoken } from "../../lib/i18n/language.svelte";
import * as train from "../../lib/i18n/train";
import type { JobSnapshot } from "../../lib/ipc/bindings/JobSnapshot";
import type { Recipe } from "../../lib/ipc/bindings/Recipe";
import { trendOf } from "./trend";

/** What is said of a training now. */
export function trendText(job: JobSnapshot, recipe: Recipe | null): string {
  const t = spoken(train);
  if (job.state === "stopping" || job.state === "pausing" || job.state === "starting") {
    return t.states[job.state];
  }
  if (job.state === "paused") return t.trends.paused;
  switch (job.phase) {
    case "reading":
    case "preparing":
      return t.trends.preparing;
    case "evaluating":
      return t.trends.evaluating;
    case "finishing":
      return t.trends.finishing;
    default:
      return curveText(job, recipe);
  }
}

function curveText(job: JobSnapshot, recipe: Recipe | null): string {
  const { trends } = spoken(train);
  const trend = trendOf(job.history.validations);
  switch (trend.kind) {
    case "begun":
      return recipe?.evaluationInterval
        ? trends.begunInterval(formatNumber(recipe.evaluationInterval))
        : trends.begun;
    case "first":
      return trends.first;
    case "improving":
      return trends.improving;
    case "memorising":
      return trends.memorising;
    case "noBetter": {
      const text = trends.noBetter(formatNumber(trend.count), trend.count);
      const left = (recipe?.patience ?? 0) - trend.count;
      return left > 0 ? `${text} ${trends.stopsSoon(formatNumber(left))}` : text;
    }
  }
}
