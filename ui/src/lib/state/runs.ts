/** What can be done with a run that did not finish. What goes wrong is said in a notice. */

import { ask } from "../ipc";
import { app } from "./app.svelte";
import { jobs } from "./jobs.svelte";
import { library } from "./library.svelte";
import { toasts } from "./toasts.svelte";

/** Goes on with a run, and shows it. */
export async function resumeRun(run: string): Promise<void> {
  try {
    await jobs.begin({ kind: "resumeRun", run, device: null });
    app.go("train");
  } catch (error) {
    toasts.fail(error);
  }
}

/** Deletes a run, and says that it is gone. */
export async function discardRun(run: string, gone: string): Promise<void> {
  try {
    await ask({ kind: "discardRun", run });
    toasts.show(gone, "good");
    await library.refresh();
  } catch (error) {
    toasts.fail(error);
  }
}
