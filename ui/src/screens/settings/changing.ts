/** Changing settings from this screen: what goes wrong is said in a notice. */

import type { Settings } from "../../lib/ipc/bindings/shell/Settings";
import { app } from "../../lib/state/app.svelte";
import { toasts } from "../../lib/state/toasts.svelte";

/** Changes settings; gives whether they could be kept. */
export async function change(changes: Partial<Settings>): Promise<boolean> {
  const failure = await app.change(changes);
  if (failure !== null) toasts.fail(failure);
  return failure === null;
}
