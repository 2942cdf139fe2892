/** Everything the window asks of the shell, typed. Nothing else imports `@tauri-apps`. */

import { type Backend, type Events, FailureError, type Unlisten, failureOf } from "./backend";
import type { Commands } from "./backend";
import type { Answer } from "./bindings/Answer";
import type { JobSnapshot } from "./bindings/JobSnapshot";
import type { Request } from "./bindings/Request";
import type { Stop } from "./bindings/Stop";
import type { HistoryEntry } from "./bindings/shell/HistoryEntry";
import type { OpenedPath } from "./bindings/shell/OpenedPath";
import type { PathPurpose } from "./bindings/shell/PathPurpose";
import type { Project } from "./bindings/shell/Project";
import type { Settings } from "./bindings/shell/Settings";
import type { WindowLanguage } from "./bindings/shell/WindowLanguage";
import { tauri } from "./tauri";

export { FailureError, failureOf } from "./backend";
export type { MenuItem, Unlisten } from "./backend";

let backend: Backend = tauri;

/** Puts another backend behind the window: a scripted one, in tests and while designing. */
export function useBackend(other: Backend): void {
  backend = other;
}

async function call<Name extends keyof Commands>(
  name: Name,
  takes: Commands[Name]["takes"],
): Promise<Commands[Name]["gives"]> {
  try {
    return await backend.call(name, takes);
  } catch (error) {
    throw new FailureError(failureOf(error));
  }
}

/** The kinds of requests. */
export type RequestKind = Request["kind"];

/** The request of a kind. */
export type RequestOf<Kind extends RequestKind> = Extract<Request, { kind: Kind }>;

/** What a request of a kind is answered with. */
export type AnswerTo<Kind extends RequestKind> = Kind extends RequestKind
  ? Extract<Answer, { kind: Kind }>["value"]
  : never;

/** Asks for something that is no job. */
export async function ask<Kind extends RequestKind>(
  request: RequestOf<Kind> & { kind: Kind },
): Promise<AnswerTo<Kind>> {
  return valueOf(request.kind, await call("ask", { request }));
}

/** The value of an answer, which has to be of the kind that was asked for. */
export function valueOf<Kind extends RequestKind>(kind: Kind, answer: Answer): AnswerTo<Kind> {
  if (answer.kind === kind) return answer.value as unknown as AnswerTo<Kind>;
  throw new FailureError({
    code: "workerNonsense",
    message: `asked for ${kind}, answered ${answer.kind}`,
    details: { line: answer.kind },
  });
}

/** Starts a job and gives its number. */
export const startJob = (request: Request): Promise<number> => call("start_job", { request });
/** The jobs of this session. */
export const listJobs = (): Promise<JobSnapshot[]> => call("list_jobs", {});
/** Lets a job wait. */
export const pauseJob = (id: number): Promise<null> => call("pause_job", { id });
/** Lets a job go on. */
export const resumeJob = (id: number): Promise<null> => call("resume_job", { id });
/** Ends a job. */
export const stopJob = (id: number, how: Stop): Promise<null> => call("stop_job", { id, how });
/** Forgets a job that is over. */
export const forgetJob = (id: number): Promise<null> => call("forget_job", { id });

/** Sends the snapshots of a job, the present one at once. */
export async function watchJob(
  id: number,
  seen: (snapshot: JobSnapshot) => void,
): Promise<void> {
  try {
    await backend.watch(id, seen);
  } catch (error) {
    throw new FailureError(failureOf(error));
  }
}

/** Asks the user for a path; nothing when they cancel. */
export const choosePath = (
  purpose: PathPurpose,
  suggestion: string | null = null,
): Promise<OpenedPath | null> => call("choose_path", { purpose, suggestion });
/** The files that the program was opened with, once. */
export const takeOpenedFiles = (): Promise<OpenedPath[]> => call("take_opened_files", {});
/** Opens the example. */
export const openExample = (language: WindowLanguage): Promise<OpenedPath> =>
  call("open_example", { language });
/** All projects. */
export const listProjects = (): Promise<Project[]> => call("list_projects", {});
/** Keeps a project. */
export const saveProject = (project: Project): Promise<null> => call("save_project", { project });
/** Forgets a project; its table stays where it is. */
export const deleteProject = (id: string): Promise<null> => call("delete_project", { id });
/** The settings. */
export const loadSettings = (): Promise<Settings> => call("load_settings", {});
/** Keeps the settings. */
export const saveSettings = (settings: Settings): Promise<null> =>
  call("save_settings", { settings });
/** The classified articles, the newest first. */
export const loadHistory = (): Promise<HistoryEntry[]> => call("load_history", {});
/** Adds a classified article. */
export const addToHistory = (entry: HistoryEntry): Promise<null> =>
  call("add_to_history", { entry: entry as unknown as HistoryEntry });
/** Wipes them all. */
export const wipeHistory = (): Promise<null> => call("wipe_history", {});
/** Shows a path in the system's file manager. */
export const showInFolder = (path: string): Promise<null> => call("show_in_folder", { path });
/** Writes a text to a path that was chosen. */
export const saveText = (path: string, text: string): Promise<null> =>
  call("save_text", { path, text });
/** Closes the window, also while a job runs when that was confirmed. */
export const closeWindow = (confirmed: boolean): Promise<null> =>
  call("close_window", { confirmed });

/** Listens to an event of the shell; the function that comes back ends it. */
export function listen<Name extends keyof Events>(
  name: Name,
  heard: (payload: Events[Name]) => void,
): Unlisten {
  let isOver = false;
  let unlisten: Unlisten | null = null;
  void backend
    .listen(name, (payload) => {
      if (!isOver) heard(payload);
    })
    .then((stop) => {
      if (isOver) stop();
      else unlisten = stop;
    });
  return () => {
    isOver = true;
    unlisten?.();
  };
}

/** Files hover over the window. */
export const onFilesHovered = (heard: (paths: OpenedPath[]) => void): Unlisten =>
  listen("files-hovered", ({ paths }) => heard(paths));
/** They left it. */
export const onFilesLeft = (heard: () => void): Unlisten => listen("files-left", heard);
/** They were dropped on it. */
export const onFilesDropped = (heard: (paths: OpenedPath[]) => void): Unlisten =>
  listen("files-dropped", ({ paths }) => heard(paths));
/** The program was opened with files. */
export const onFilesOpened = (heard: () => void): Unlisten => listen("files-opened", heard);
/** The window is to be closed while a job runs. */
export const onCloseRequested = (heard: () => void): Unlisten => listen("close-requested", heard);
/** An item of the menu was chosen. */
export const onMenu = (heard: (item: Events["menu"]["item"]) => void): Unlisten =>
  listen("menu", ({ item }) => heard(item));
