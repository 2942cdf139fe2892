/** Which screens are ready, and what the others lack. */

import type { es } from "../i18n/frame";
import type { Screen } from "./app.svelte";
import { isOver, jobs } from "./jobs.svelte";
import { library } from "./library.svelte";
import { project } from "./project.svelte";

/** What a screen lacks, and the screen where that is settled. */
export interface Lack {
  what: keyof (typeof es)["lacks"];
  where: Screen;
}

/** What a screen lacks; nothing when it is ready. */
export function lackOf(screen: Screen): Lack | null {
  switch (screen) {
    case "data":
      return project.current === null ? { what: "table", where: "home" } : null;
    case "train":
      if (jobs.training !== null && !isOver(jobs.training)) return null;
      if (project.current === null) return { what: "table", where: "home" };
      return project.isReady || project.isOpening ? null : { what: "tableReady", where: "data" };
    case "evaluate":
    case "classify":
      if (library.content === null || library.models.length > 0) return null;
      return { what: "model", where: project.isReady ? "train" : "home" };
    default:
      return null;
  }
}
