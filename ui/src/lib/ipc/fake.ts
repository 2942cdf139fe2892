/** A scripted backend, for tests and for `vite --mode design`; never part of the program. */

import type { Backend, Commands, Events, Unlisten } from "./backend";
import type { Answer } from "./bindings/Answer";
import type { Failure } from "./bindings/Failure";
import type { JobSnapshot } from "./bindings/JobSnapshot";
import type { Request } from "./bindings/Request";
import type { Stop } from "./bindings/Stop";
import type { AnswerTo, RequestKind, RequestOf } from "./index";
import { isOver } from "../state/jobs.svelte";

/** Something that stands in the bundle if this module does. */
export const MARK = "etiqueta-scripted-backend";

type Script<Name extends keyof Commands> = (
  takes: Commands[Name]["takes"],
) => Commands[Name]["gives"] | Promise<Commands[Name]["gives"]>;
type Scripts = { [Name in keyof Commands]?: Script<Name> };
type Asked = (request: Request) => unknown;

interface FakeJob {
  snapshot: JobSnapshot;
  seen: ((snapshot: JobSnapshot) => void)[];
}

/** A failure to answer with. */
export const failure = (code: string, details: unknown = null): Failure => ({
  code,
  message: `the failure ${code}`,
  details,
});

/** A backend that answers what it was told to, and remembers what it was asked. */
export class FakeBackend implements Backend {
  /** Every command in its order. */
  readonly calls: { name: keyof Commands; takes: unknown }[] = [];
  /** Every request, of jobs too, in its order. */
  readonly requests: Request[] = [];
  /** What happens when a job was started. */
  onJob: (job: JobSnapshot) => void = () => {};

  private readonly scripts: Scripts = {};
  private readonly answers = new Map<RequestKind, Asked>();
  private readonly listeners = new Map<keyof Events, Set<(payload: never) => void>>();
  private readonly jobs = new Map<number, FakeJob>();
  private nextJob = 1;

  /** Says how a command is answered. */
  command<Name extends keyof Commands>(name: Name, script: Script<Name>): this {
    (this.scripts as Record<string, unknown>)[name] = script;
    return this;
  }

  /** Says how requests of a kind are answered; throw a failure to reject. */
  on<Kind extends RequestKind>(
    kind: Kind,
    answer: (request: RequestOf<Kind>) => AnswerTo<Kind> | Promise<AnswerTo<Kind>>,
  ): this {
    this.answers.set(kind, answer as Asked);
    return this;
  }

  /** The requests of a kind. */
  asked<Kind extends RequestKind>(kind: Kind): RequestOf<Kind>[] {
    return this.requests.filter((request): request is RequestOf<Kind> => request.kind === kind);
  }

  /** What a command was called with, each time. */
  calledWith<Name extends keyof Commands>(name: Name): Commands[Name]["takes"][] {
    return this.calls
      .filter((call) => call.name === name)
      .map((call) => call.takes as Commands[Name]["takes"]);
  }

  /** Lets something happen. */
  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    for (const heard of this.listeners.get(name) ?? []) heard(payload as never);
  }

  /** Changes a job and sends its snapshot. */
  push(id: number, changes: Partial<JobSnapshot>): void {
    const job = this.jobs.get(id);
    if (job === undefined) return;
    job.snapshot = { ...job.snapshot, ...changes };
    for (const seen of job.seen) seen(job.snapshot);
  }

  /** Ends a job with an answer. */
  finish<Kind extends RequestKind>(id: number, kind: Kind, value: AnswerTo<Kind>): void {
    this.push(id, { state: "finished", answer: { kind, value } as unknown as Answer });
  }

  /** The snapshot of a job. */
  job(id: number): JobSnapshot | null {
    return this.jobs.get(id)?.snapshot ?? null;
  }

  /** Puts a job there that began before. */
  addJob(request: Request, changes: Partial<JobSnapshot> = {}): number {
    const id = this.nextJob++;
    const snapshot: JobSnapshot = {
      id,
      request,
      began: "2026-03-02T09:00:00Z",
      state: "running",
      phase: "reading",
      progress: null,
      labels: [],
      device: null,
      prepared: null,
      step: null,
      history: { losses: [], validations: [] },
      worst: [],
      resources: null,
      answer: null,
      failure: null,
      ...changes,
    };
    this.jobs.set(id, { snapshot, seen: [] });
    return id;
  }

  async call<Name extends keyof Commands>(
    name: Name,
    takes: Commands[Name]["takes"],
  ): Promise<Commands[Name]["gives"]> {
    this.calls.push({ name, takes: structuredClone(takes) });
    const script = this.scripts[name] as Script<Name> | undefined;
    if (script) return script(takes);
    return (await this.usual(name, takes)) as Commands[Name]["gives"];
  }

  async watch(id: number, seen: (snapshot: JobSnapshot) => void): Promise<void> {
    const job = this.jobs.get(id);
    if (job === undefined) throw failure("unknownJob");
    job.seen.push(seen);
    seen(job.snapshot);
  }

  async listen<Name extends keyof Events>(
    name: Name,
    heard: (payload: Events[Name]) => void,
  ): Promise<Unlisten> {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(heard as (payload: never) => void));
    return () => listeners.delete(heard as (payload: never) => void);
  }

  private async usual(name: keyof Commands, takes: unknown): Promise<unknown> {
    const { id = 0, request, how } = takes as { id?: number; request?: Request; how?: Stop };
    switch (name) {
      case "ask":
        return this.answer(request as Request);
      case "start_job":
        return this.startJob(request as Request);
      case "list_jobs":
        return [...this.jobs.values()].map((job) => job.snapshot);
      case "pause_job":
        return this.push(id, { state: "paused" });
      case "resume_job":
        return this.push(id, { state: "running" });
      case "stop_job":
        return this.push(id, { state: how === "keep" ? "stopping" : "stopped" });
      case "forget_job":
        return void this.jobs.delete(id);
      case "list_projects":
      case "take_opened_files":
      case "load_history":
        return [];
      case "choose_path":
      case "save_project":
      case "save_settings":
      case "delete_project":
      case "add_to_history":
      case "wipe_history":
      case "show_in_folder":
      case "save_text":
      case "close_window":
        return null;
      case "load_settings":
      case "open_example":
        throw failure("unscripted", { name, mark: MARK });
    }
  }

  private async answer(request: Request): Promise<Answer> {
    this.requests.push(structuredClone(request));
    const answer = this.answers.get(request.kind);
    if (answer === undefined) throw failure("unscripted", { kind: request.kind, mark: MARK });
    return { kind: request.kind, value: await answer(request) } as Answer;
  }

  private startJob(request: Request): number {
    this.requests.push(structuredClone(request));
    const id = this.addJob(structuredClone(request));
    const job = this.jobs.get(id);
    const answer = this.answers.get(request.kind);
    queueMicrotask(() => {
      if (job) this.onJob(job.snapshot);
      if (answer && job && !isOver(job.snapshot)) void this.finishAs(id, request, answer);
    });
    return id;
  }

  private async finishAs(id: number, request: Request, answer: Asked): Promise<void> {
    try {
      const value = { kind: request.kind, value: await answer(request) } as Answer;
      this.push(id, { state: "finished", answer: value });
    } catch (error) {
      this.push(id, { state: "failed", failure: error as Failure });
    }
  }
}
