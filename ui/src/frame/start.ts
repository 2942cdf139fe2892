/** What happens when the window opens. */

import { type MenuItem, onFilesOpened, onMenu, takeOpenedFiles } from "../lib/ipc";
import type { JobSnapshot } from "../lib/ipc/bindings/JobSnapshot";
import * as words from "../lib/i18n/frame";
import { spoken } from "../lib/i18n/language.svelte";
import { app, SCREENS } from "../lib/state/app.svelte";
import { isTraining, jobs, runOf } from "../lib/state/jobs.svelte";
import { library } from "../lib/state/library.svelte";
import { project } from "../lib/state/project.svelte";
import { toasts } from "../lib/state/toasts.svelte";
import { chooseTable, openPath } from "./openings";

/** Reads everything that the window shows, and listens; what comes back ends the listening. */
export function start(): () => void {
  void readAll();
  const dark = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
  const look = (): void => {
    app.systemIsDark = dark?.matches ?? false;
  };
  look();
  dark?.addEventListener("change", look);
  const ends = [
    onFilesOpened(() => void openTaken()),
    onMenu(chosen),
    jobs.onOver(over),
  ];
  return () => {
    dark?.removeEventListener("change", look);
    for (const end of ends) end();
  };
}

async function readAll(): Promise<void> {
  const parts = [
    app.start(navigator.languages),
    project.refresh(),
    jobs.start(),
    library.refresh(),
    library.describeMachine(),
  ];
  for (const part of await Promise.allSettled(parts)) {
    if (part.status === "rejected") toasts.fail(part.reason);
  }
  // A page that was drawn anew in the middle of a training shows it again.
  if (jobs.running !== null && isTraining(jobs.running)) app.go("train");
  await openTaken();
}

/** Says that a training is over, wherever the user is meanwhile. */
function over(job: JobSnapshot): void {
  if (isTraining(job) || job.request.kind === "getBase") void library.refresh();
  const name = runOf(job);
  if (name === null || app.screen === "train") return;
  const t = spoken(words);
  if (job.state === "failed") toasts.show(t.trainingFailed(name), "bad");
  if (job.state !== "finished") return;
  toasts.show(t.trained(name), "good", {
    label: t.seeResults,
    run: () => {
      app.model = name;
      app.go("evaluate");
    },
  });
}

async function openTaken(): Promise<void> {
  try {
    const [path] = await takeOpenedFiles();
    if (path !== undefined) await openPath(path);
  } catch (error) {
    toasts.fail(error);
  }
}

function chosen(item: MenuItem): void {
  if (item === "open" || item === "new") void chooseTable();
  else if (item === "shortcuts") app.showsShortcuts = true;
  else if (item === "settings" || item === "about") app.go("settings");
  else {
    const screen = SCREENS[Number(item.slice("screen-".length)) - 1];
    if (screen !== undefined) app.go(screen);
  }
}
