/** The primary action of a screen. */

import { app } from "../lib/state/app.svelte";

/** Lets Ctrl+Enter do this while the component is shown; called while it is being made. */
export function primaryAction(action: () => void): void {
  $effect(() => {
    app.primary = action;
    return () => {
      if (app.primary === action) app.primary = null;
    };
  });
}
