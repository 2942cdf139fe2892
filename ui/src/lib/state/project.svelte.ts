/** The open table with everything that was chosen about it. */

import { ask, deleteProject, failureOf, listProjects, saveProject } from "../ipc";
import { NO_CORRECTIONS } from "../corrections";
import type { Columns } from "../ipc/bindings/Columns";
import type { Corrections } from "../ipc/bindings/Corrections";
import type { Failure } from "../ipc/bindings/Failure";
import type { ReadingChoices } from "../ipc/bindings/ReadingChoices";
import type { RoleChoices } from "../ipc/bindings/RoleChoices";
import type { SplitChoice } from "../ipc/bindings/SplitChoice";
import type { TableOverview } from "../ipc/bindings/TableOverview";
import type { OpenedPath } from "../ipc/bindings/shell/OpenedPath";
import type { Project } from "../ipc/bindings/shell/Project";

/** Nothing said about the file's format. */
export const NO_READING: ReadingChoices = { encoding: null, separator: null, sheet: null };

/** Nothing said about the columns. */
export const NO_ROLES: RoleChoices = {
  title: null,
  abstractText: null,
  labels: [],
  id: null,
  labelSeparator: null,
  labelOrder: null,
};

/** The split that a new project has. */
export const USUAL_SPLIT: SplitChoice = {
  kind: "stratified",
  training: 0.8,
  validation: 0.1,
  test: 0.1,
  seed: 42,
};

/** What a column is. */
export type ColumnRole = "title" | "abstractText" | "labels" | "id" | "unused";

/** What a column is by the roles that were found. */
export function roleOf(column: string, roles: Columns | RoleChoices | null): ColumnRole {
  if (roles === null) return "unused";
  if (roles.title === column) return "title";
  if (roles.abstractText === column) return "abstractText";
  if (roles.id === column) return "id";
  return roles.labels.includes(column) ? "labels" : "unused";
}

/** The choices after one column was given another role. `indicators` are the columns that hold
 *  only 0 and 1: of those several can be labels together, of others one. */
export function withRole(
  found: Columns | RoleChoices | null,
  column: string,
  role: ColumnRole,
  indicators: ReadonlySet<string>,
): RoleChoices {
  const without = (name: string | null): string | null => (name === column ? "" : name);
  const labels = (found?.labels ?? []).filter((name) => name !== column);
  const choices: RoleChoices = {
    title: without(found?.title ?? null),
    abstractText: without(found?.abstractText ?? null),
    labels,
    id: without(found?.id ?? null),
    labelSeparator: labels.length > 0 ? (found?.labelSeparator ?? null) : null,
    labelOrder: null,
  };
  if (role === "labels") {
    const together = indicators.has(column) && labels.every((name) => indicators.has(name));
    return { ...choices, labels: together ? [...labels, column] : [column], labelSeparator: null };
  }
  if (role === "unused") return choices;
  return { ...choices, [role]: column };
}

/** What the table's state asks of the user. */
export type Readiness = "ready" | "check" | "problem";

class ProjectState {
  /** The project; nothing before one was opened. */
  current = $state.raw<Project | null>(null);
  /** What its table holds. */
  overview = $state.raw<TableOverview | null>(null);
  /** The saved projects, the one opened last first. */
  saved = $state.raw<Project[]>([]);
  /** Whether the table is being read. */
  isOpening = $state(false);
  /** Why the table could not be read. */
  failure = $state.raw<Failure | null>(null);
  /** Whether the user looked at the roles and said that they are right. */
  rolesConfirmed = $state(false);
  /** Grows with every table that was read, so that what depends on it is asked anew. */
  reading = $state(0);

  private latest = 0;

  /** Whether a model can learn from the table. */
  get isReady(): boolean {
    return this.overview !== null && this.overview.problem === null && this.failure === null;
  }

  /** The roles as they were found, or as they were chosen where that was not enough. */
  get roles(): Columns | RoleChoices | null {
    return this.overview?.roles ?? this.current?.roles ?? null;
  }

  /** What the banner says. */
  get readiness(): Readiness {
    if (!this.isReady) return "problem";
    return this.rolesConfirmed ? "ready" : "check";
  }

  /** Reads the list of projects. */
  async refresh(): Promise<void> {
    const projects = await listProjects();
    this.saved = projects.toSorted((one, other) => other.opened.localeCompare(one.opened));
  }

  /** Opens a table: as the project that it belongs to, or as a new one. */
  async openTable(path: OpenedPath, now: Date = new Date()): Promise<boolean> {
    const known = this.saved.find((project) => project.table === path.path);
    if (known) return this.openProject(known, now);
    const moment = now.toISOString();
    this.current = {
      id: projectId(path.name, now),
      name: path.name.replace(/\.[^.]+$/, ""),
      created: moment,
      opened: moment,
      table: path.path,
      sha256: "",
      rows: 0,
      labels: [],
      reading: NO_READING,
      roles: NO_ROLES,
      corrections: NO_CORRECTIONS,
      split: USUAL_SPLIT,
      testTable: null,
      models: [],
    };
    this.rolesConfirmed = false;
    return this.read();
  }

  /** Opens a saved project. */
  async openProject(project: Project, now: Date = new Date()): Promise<boolean> {
    this.current = { ...project, opened: now.toISOString() };
    this.rolesConfirmed = project.labels.length > 0;
    return this.read();
  }

  /** Whether the table is not what it was when the project was opened last. */
  hasChanged = $state(false);

  /** Says what a column is. */
  async setRole(column: string, role: ColumnRole): Promise<void> {
    if (this.overview === null) return;
    const indicators = new Set(
      this.overview.columns.filter((other) => other.isIndicator).map((other) => other.name),
    );
    await this.setRoles(withRole(this.roles, column, role, indicators));
  }

  /** Says what separates labels. */
  async setLabelSeparator(separator: string): Promise<void> {
    const found = this.overview?.roles ?? null;
    await this.setRoles({
      ...(this.current?.roles ?? NO_ROLES),
      labels: found?.labels ?? this.current?.roles.labels ?? [],
      labelSeparator: separator,
    });
  }

  /** Says which columns are what. */
  async setRoles(roles: RoleChoices): Promise<void> {
    if (this.current === null) return;
    this.current = { ...this.current, roles };
    this.rolesConfirmed = true;
    await this.read();
  }

  /** Says how the file is read. */
  async setReading(reading: ReadingChoices): Promise<void> {
    if (this.current === null) return;
    this.current = { ...this.current, reading };
    await this.read();
  }

  /** Says what is put right in the table. */
  async setCorrections(corrections: Corrections): Promise<void> {
    if (this.current === null) return;
    this.current = { ...this.current, corrections };
    await this.read();
  }

  /** Says that the roles are right. */
  confirmRoles(): void {
    this.rolesConfirmed = true;
  }

  /** Chooses how the rows are split. */
  async setSplit(split: SplitChoice, testTable: string | null): Promise<void> {
    if (this.current === null) return;
    this.current = { ...this.current, split, testTable };
    await this.save();
  }

  /** Notes that a model or run belongs to the project. */
  async addModel(name: string): Promise<void> {
    if (this.current === null || this.current.models.includes(name)) return;
    this.current = { ...this.current, models: [...this.current.models, name] };
    await this.save();
  }

  /** Forgets a project; the function that comes back brings it back. */
  async remove(project: Project): Promise<() => Promise<void>> {
    await deleteProject(project.id);
    if (this.current?.id === project.id) {
      this.current = null;
      this.overview = null;
    }
    await this.refresh();
    return async () => {
      await saveProject(project);
      await this.refresh();
    };
  }

  /** Opens a known project's table in a worker that lost it, when it was started anew. */
  async reopen(): Promise<void> {
    const project = this.current;
    if (project === null) return;
    const { table: path, reading, roles, corrections } = project;
    await ask({ kind: "openTable", path, reading, roles, corrections });
  }

  /** Reads the table as it was chosen. Of several readings the last one counts. */
  async read(): Promise<boolean> {
    const project = this.current;
    if (project === null) return false;
    const turn = ++this.latest;
    this.isOpening = true;
    this.failure = null;
    try {
      const overview = await ask({
        kind: "openTable",
        path: project.table,
        reading: project.reading,
        roles: project.roles,
        corrections: project.corrections,
      });
      if (turn !== this.latest) return false;
      this.take(project, overview);
    } catch (error) {
      if (turn !== this.latest) return false;
      this.failure = failureOf(error);
      this.overview = null;
      return false;
    } finally {
      if (turn === this.latest) this.isOpening = false;
    }
    await this.save();
    return true;
  }

  /** As at the start of the program. */
  reset(): void {
    this.current = null;
    this.overview = null;
    this.saved = [];
    this.isOpening = false;
    this.failure = null;
    this.rolesConfirmed = false;
    this.hasChanged = false;
    this.reading = 0;
    this.latest = 0;
  }

  private take(project: Project, overview: TableOverview): void {
    this.hasChanged = project.sha256 !== "" && project.sha256 !== overview.source.sha256;
    this.overview = overview;
    this.reading += 1;
    this.current = {
      ...project,
      sha256: overview.source.sha256,
      rows: overview.source.rows,
      labels: overview.labels.map(([name]) => name),
    };
  }

  private async save(): Promise<void> {
    if (this.current === null) return;
    await saveProject($state.snapshot(this.current));
    await this.refresh();
  }
}

/** A name that is fit for a file: letters, digits and hyphens, with the moment. */
function projectId(fileName: string, now: Date): string {
  const stem = fileName
    .replace(/\.[^.]+$/, "")
    .normalize("NFD")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  return `${stem || "table"}-${now.getTime().toString(36)}`;
}

/** The open project. */
export const project = new ProjectState();
