import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, describe, expect, it } from "vitest";
import { expectAccessible } from "../../../tests/accessibility";
import { language } from "../../lib/i18n/language.svelte";
import { useBackend } from "../../lib/ipc";
import type { RunSummary } from "../../lib/ipc/bindings/RunSummary";
import type { OpenedKind } from "../../lib/ipc/bindings/shell/OpenedKind";
import { FakeBackend } from "../../lib/ipc/fake";
import * as fixtures from "../../lib/ipc/fixtures";
import { app } from "../../lib/state/app.svelte";
import { drops } from "../../lib/state/drops.svelte";
import { jobs } from "../../lib/state/jobs.svelte";
import { library } from "../../lib/state/library.svelte";
import { project } from "../../lib/state/project.svelte";
import { toasts } from "../../lib/state/toasts.svelte";
import Home from "./Home.svelte";
import { stateOf } from "./projectState";

const RUN: RunSummary = {
  name: "first try",
  began: "2026-03-02T09:00:00Z",
  request: fixtures.TRAINING,
  step: 300,
  totalSteps: 600,
  bytes: 180_000_000,
  isBusy: false,
};

let backend: FakeBackend;
let projects = [fixtures.PROJECT];
let runs: RunSummary[] = [];

beforeEach(() => {
  language.current = "en";
  projects = [fixtures.PROJECT];
  runs = [];
  drops.hovered = [];
  backend = new FakeBackend()
    .command("list_projects", () => projects)
    .command("delete_project", ({ id }) => {
      projects = projects.filter((saved) => saved.id !== id);
      return null;
    })
    .command("save_project", ({ project: saved }) => {
      projects = [...projects.filter((other) => other.id !== saved.id), saved];
      return null;
    })
    .command("choose_path", () => fixtures.TABLE_PATH)
    .command("open_example", () => fixtures.TABLE_PATH)
    .on("openTable", () => fixtures.OVERVIEW)
    .on("discardRun", () => null)
    .on("listLibrary", () => ({ ...fixtures.LIBRARY, runs }));
  useBackend(backend);
});

async function openHome(): Promise<void> {
  await project.refresh();
  await library.refresh();
  render(Home);
}

function hover(kind: OpenedKind, name: string): void {
  drops.hovered = [{ path: `/data/${name}`, name, kind }];
}

describe("the drop zone", () => {
  it.each([
    ["table", "a.csv", "“a.csv” will be opened as a new project"],
    ["text", "a.txt", "The text “a.txt” will be classified"],
    ["modelZip", "m.zip", "The model “m.zip” will be imported"],
    ["baseFolder", "bert", "The base model “bert” will be added"],
    ["other", "a.pdf", "“a.pdf” cannot be opened. Drop a table (CSV, TSV, XLSX), a text (.txt) or a model"],
  ] as const)("says what will happen to a %s while it hovers", async (kind, name, text) => {
    await openHome();
    hover(kind, name);
    expect(await screen.findByText(text)).toBeTruthy();
  });

  it("says that a text cannot be classified without a model", async () => {
    backend.on("listLibrary", () => fixtures.EMPTY_LIBRARY);
    await openHome();
    hover("text", "a.txt");
    expect(await screen.findByText(/there is no model yet/)).toBeTruthy();
  });

  it("shows a name that looks like a page as text", async () => {
    await openHome();
    hover("table", "<img src=x onerror=alert(1)>.csv");
    await screen.findByText(/<img src=x onerror=alert\(1\)>\.csv/);
    expect(document.querySelector("img")).toBeNull();
  });
});

describe("the screen Home", () => {
  it("shows the note on the intended use until it was read", async () => {
    await openHome();
    await fireEvent.click(screen.getByRole("button", { name: "Understood" }));
    expect(backend.calledWith("save_settings")[0]?.settings.hasReadIntendedUse).toBe(true);
    await waitFor(() => expect(screen.queryByText("Before you begin")).toBeNull());
  });

  it("opens a table that is chosen, and goes to Data", async () => {
    projects = [];
    await openHome();
    await fireEvent.click(screen.getByRole("button", { name: "Open a table…" }));
    await waitFor(() => expect(project.overview).not.toBeNull());
    expect(app.screen).toBe("data");
  });

  it("opens the example of the window's language", async () => {
    projects = [];
    await openHome();
    await fireEvent.click(screen.getByRole("button", { name: "Use the example" }));
    await waitFor(() => expect(project.overview).not.toBeNull());
    expect(backend.calledWith("open_example")).toEqual([{ language: "en" }]);
  });

  it("shows a project with its articles, labels and best macro-F1, and opens it", async () => {
    await openHome();
    expect(screen.getByText("0.926")).toBeTruthy();
    await fireEvent.click(screen.getByRole("button", { name: "Open medical-abstracts" }));
    await waitFor(() => expect(project.current?.id).toBe(fixtures.PROJECT.id));
  });

  it("takes a project off the list, and brings it back when that is undone", async () => {
    await openHome();
    await fireEvent.click(screen.getByRole("button", { name: "Take medical-abstracts off the list" }));
    await waitFor(() => expect(toasts.all).toHaveLength(1));
    expect(project.saved).toEqual([]);
    toasts.all[0]?.action?.run();
    await waitFor(() => expect(project.saved).toHaveLength(1));
  });

  it("offers to resume a run that was interrupted", async () => {
    runs = [RUN];
    await openHome();
    expect(screen.getByText("Saved at 50%")).toBeTruthy();
    await fireEvent.click(screen.getByRole("button", { name: "Resume" }));
    await waitFor(() => expect(app.screen).toBe("train"));
    expect(backend.asked("resumeRun")).toEqual([{ kind: "resumeRun", run: "first try", device: null }]);
  });

  it("discards a run only after it was asked", async () => {
    runs = [RUN];
    await openHome();
    await fireEvent.click(screen.getByRole("button", { name: "Discard…" }));
    await screen.findByText(/which frees 180 MB/);
    expect(backend.asked("discardRun")).toEqual([]);
    runs = [];
    await fireEvent.click(screen.getByRole("button", { name: "Discard" }));
    await waitFor(() => expect(backend.asked("discardRun")).toHaveLength(1));
    await waitFor(() => expect(screen.queryByText("Interrupted trainings")).toBeNull());
  });

  it("does not offer to resume while another training runs", async () => {
    runs = [RUN];
    backend.addJob(
      { kind: "train", training: { ...fixtures.TRAINING, name: "other" }, replace: false },
      fixtures.RUNNING,
    );
    await jobs.start();
    await openHome();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Resume" }).disabled).toBe(true);
  });

  it("has nothing that axe objects to, in either language", async () => {
    runs = [RUN];
    await openHome();
    await expectAccessible();
    language.current = "es";
    expect(await screen.findByText("Suelte aquí su CSV")).toBeTruthy();
    await expectAccessible();
  });
});

describe("the state of a project", () => {
  it("is training while its table is learned from", async () => {
    backend.addJob({ kind: "train", training: fixtures.TRAINING, replace: false }, fixtures.RUNNING);
    await jobs.start();
    expect(stateOf(fixtures.PROJECT, fixtures.LIBRARY, jobs.training).state).toBe("training");
  });

  it("counts no score that was not measured on test rows", () => {
    const manifest = {
      ...fixtures.MANIFEST,
      headline: { ...fixtures.MANIFEST.headline, onTest: false },
    };
    const content = { ...fixtures.LIBRARY, models: [{ ...fixtures.MODEL, manifest }] };
    expect(stateOf(fixtures.PROJECT, content, null)).toMatchObject({ bestF1: null, state: "trained" });
  });
});
