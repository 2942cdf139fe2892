/** The model that Evaluate and Classify are about. */

import { app } from "../../lib/state/app.svelte";
import { library } from "../../lib/state/library.svelte";

/** The name of the chosen model where it can be used, or else of the newest one. */
export function chosenModel(): string | null {
  const names = library.models.map((model) => model.name);
  if (app.model !== null && names.includes(app.model)) return app.model;
  return names[0] ?? null;
}
