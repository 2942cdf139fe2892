/** What becomes of a file or folder that was opened, dropped or given at the start. */

import * as frame from "../lib/i18n/frame";
import { spoken } from "../lib/i18n/language.svelte";
import { ask, choosePath, failureOf, openExample } from "../lib/ipc";
import type { OpenedPath } from "../lib/ipc/bindings/shell/OpenedPath";
import { app } from "../lib/state/app.svelte";
import { drops } from "../lib/state/drops.svelte";
import { library } from "../lib/state/library.svelte";
import { project } from "../lib/state/project.svelte";
import { toasts } from "../lib/state/toasts.svelte";
import { language } from "../lib/i18n/language.svelte";

/** What would happen to what hovers: the sentence, and whether it can be done. */
export function promiseFor(paths: readonly OpenedPath[]): { text: string; isPossible: boolean } {
  const t = spoken(frame);
  const [path] = paths;
  if (path === undefined) return { text: "", isPossible: false };
  if (paths.length > 1) return { text: t.oneFile, isPossible: false };
  const plan = drops.planFor(path);
  if (plan !== null) return plan;
  return usualPromise(path);
}

/** What would happen to a file that no screen takes. */
function usualPromise(path: OpenedPath): { text: string; isPossible: boolean } {
  const t = spoken(frame);
  switch (path.kind) {
    case "table":
      return { text: t.drop.table(path.name), isPossible: true };
    case "text":
      return library.models.length > 0
        ? { text: t.drop.text(path.name), isPossible: true }
        : { text: t.drop.textWithoutModel(path.name), isPossible: false };
    case "modelFolder":
    case "modelZip":
      return { text: t.drop.model(path.name), isPossible: true };
    case "pyTorch":
      return { text: t.drop.pyTorch(path.name), isPossible: true };
    case "baseFolder":
      return { text: t.drop.base(path.name), isPossible: true };
    case "other":
      return { text: t.drop.other(path.name), isPossible: false };
  }
}

/** Takes what was dropped: the open screen first, else as its kind asks. */
export async function takePaths(paths: readonly OpenedPath[]): Promise<void> {
  const [path] = paths;
  if (path === undefined) return;
  if (paths.length > 1) {
    toasts.show(spoken(frame).oneFile, "bad");
    return;
  }
  const plan = drops.planFor(path);
  if (plan === null) await openPath(path);
  else if (plan.isPossible) plan.run();
  else toasts.show(plan.text, "bad");
}

/** Opens a file or folder as its kind asks. */
export async function openPath(path: OpenedPath): Promise<void> {
  const promise = usualPromise(path);
  if (!promise.isPossible) {
    toasts.show(promise.text, "bad");
    return;
  }
  try {
    switch (path.kind) {
      case "table":
        app.go("data");
        await project.openTable(path);
        break;
      case "text":
        app.go("classify", { kind: "classifyText", path: path.path });
        break;
      case "pyTorch":
        app.go("models", { kind: "importPyTorch", path: path.path });
        break;
      case "modelFolder":
      case "modelZip":
        await importModel(path);
        break;
      case "baseFolder":
        await addBase(path);
        break;
      case "other":
        break;
    }
  } catch (error) {
    toasts.fail(error);
  }
}

/** Lets the user choose a table and opens it. */
export async function chooseTable(): Promise<void> {
  await chosen(() => choosePath("openTable"));
}

/** Lets the user choose a model's file and imports it. */
export async function chooseModel(): Promise<void> {
  await chosen(() => choosePath("openModel"));
}

/** Lets the user choose a model's folder and imports it. */
export async function chooseModelFolder(): Promise<void> {
  await chosen(() => choosePath("openModelFolder"));
}

/** Opens the example in the language of the window. */
export async function openTheExample(): Promise<void> {
  await chosen(() => openExample(language.current));
}

async function chosen(choose: () => Promise<OpenedPath | null>): Promise<void> {
  try {
    const path = await choose();
    if (path !== null) await openPath(path);
  } catch (error) {
    toasts.fail(failureOf(error));
  }
}

async function importModel(path: OpenedPath): Promise<void> {
  const t = spoken(frame);
  const notice = toasts.show(t.importing);
  try {
    const name = await ask({
      kind: "importModel",
      path: path.path,
      name: null,
      base: null,
      labels: null,
    });
    toasts.show(t.imported(name), "good");
    await library.refresh();
    app.model = name;
    app.go("models");
  } finally {
    toasts.dismiss(notice);
  }
}

async function addBase(path: OpenedPath): Promise<void> {
  const name = await ask({ kind: "addBase", path: path.path, name: null });
  toasts.show(spoken(frame).baseAdded(name), "good");
  await library.refresh();
}
