/** What the window needs of whatever is behind it: the shell, or a script in tests. */

import type { Answer } from "./bindings/Answer";
import type { Failure } from "./bindings/Failure";
import type { JobSnapshot } from "./bindings/JobSnapshot";
import type { Request } from "./bindings/Request";
import type { Stop } from "./bindings/Stop";
import type { HistoryEntry } from "./bindings/shell/HistoryEntry";
import type { OpenedPath } from "./bindings/shell/OpenedPath";
import type { PathPurpose } from "./bindings/shell/PathPurpose";
import type { Project } from "./bindings/shell/Project";
import type { Settings } from "./bindings/shell/Settings";
import type { WindowLanguage } from "./bindings/shell/WindowLanguage";

/** The shell's commands: what they take and what they give. */
export interface Commands {
  ask: { takes: { request: Request }; gives: Answer };
  start_job: { takes: { request: Request }; gives: number };
  list_jobs: { takes: Record<string, never>; gives: JobSnapshot[] };
  pause_job: { takes: { id: number }; gives: null };
  resume_job: { takes: { id: number }; gives: null };
  stop_job: { takes: { id: number; how: Stop }; gives: null };
  forget_job: { takes: { id: number }; gives: null };
  choose_path: {
    takes: { purpose: PathPurpose; suggestion: string | null };
    gives: OpenedPath | null;
  };
  take_opened_files: { takes: Record<string, never>; gives: OpenedPath[] };
  open_example: { takes: { language: WindowLanguage }; gives: OpenedPath };
  list_projects: { takes: Record<string, never>; gives: Project[] };
  save_project: { takes: { project: Project }; gives: null };
  delete_project: { takes: { id: string }; gives: null };
  load_settings: { takes: Record<string, never>; gives: Settings };
  save_settings: { takes: { settings: Settings }; gives: null };
  load_history: { takes: Record<string, never>; gives: HistoryEntry[] };
  add_to_history: { takes: { entry: HistoryEntry }; gives: null };
  wipe_history: { takes: Record<string, never>; gives: null };
  show_in_folder: { takes: { path: string }; gives: null };
  save_text: { takes: { path: string; text: string }; gives: null };
  close_window: { takes: { confirmed: boolean }; gives: null };
}

/** Items of the system's menu. */
export type MenuItem =
  | "new"
  | "open"
  | "settings"
  | "shortcuts"
  | "about"
  | `screen-${1 | 2 | 3 | 4 | 5 | 6 | 7}`;

/** The shell's events and what they carry. */
export interface Events {
  "files-hovered": { paths: OpenedPath[] };
  "files-left": null;
  "files-dropped": { paths: OpenedPath[] };
  "files-opened": null;
  "close-requested": null;
  menu: { item: MenuItem };
}

/** Takes a listener away again. */
export type Unlisten = () => void;

/** What is behind the window. */
export interface Backend {
  /** Runs a command; rejects with a `Failure` or something else that went wrong. */
  call<Name extends keyof Commands>(
    name: Name,
    takes: Commands[Name]["takes"],
  ): Promise<Commands[Name]["gives"]>;
  /** Sends every snapshot of a job until it is over. */
  watch(id: number, seen: (snapshot: JobSnapshot) => void): Promise<void>;
  /** Listens to an event. */
  listen<Name extends keyof Events>(
    name: Name,
    heard: (payload: Events[Name]) => void,
  ): Promise<Unlisten>;
}

/** A failure of the engine or of the shell, as an error that can be thrown. */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = "FailureError";
    this.failure = failure;
  }
}

/** The failure that an error stands for; a failure without a known code for anything else. */
export function failureOf(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  if (isFailure(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return { code: "unexpected", message, details: null };
}

function isFailure(value: unknown): value is Failure {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Failure).code === "string" &&
    typeof (value as Failure).message === "string"
  );
}
