/** Models that come from a file or a folder. */

import * as frame from "../../lib/i18n/frame";
import { spoken } from "../../lib/i18n/language.svelte";
import * as words from "../../lib/i18n/models";
import { ask } from "../../lib/ipc";
import { app } from "../../lib/state/app.svelte";
import { library } from "../../lib/state/library.svelte";
import { toasts } from "../../lib/state/toasts.svelte";

/** What a PyTorch file alone does not say. */
export interface PyTorchOrigin {
  base: string;
  labels: string[];
}

/** Imports a model and shows it; throws what went wrong. */
export async function importModel(path: string, origin: PyTorchOrigin | null): Promise<void> {
  const notice = toasts.show(spoken(frame).importing);
  try {
    const name = await ask({
      kind: "importModel",
      path,
      name: null,
      base: origin?.base ?? null,
      labels: origin?.labels ?? null,
    });
    app.model = name;
    toasts.show(spoken(words).imported(name), "good");
    await library.refresh();
  } finally {
    toasts.dismiss(notice);
  }
}

/** The labels of a text with one a line. */
export function labelsOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** The first label that is there twice. */
export function labelTwice(labels: readonly string[]): string | null {
  return labels.find((label, place) => labels.indexOf(label) !== place) ?? null;
}
