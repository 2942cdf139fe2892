import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, it } from "vitest";
import App from "../src/App.svelte";
import { FailureError, ask, useBackend } from "../src/lib/ipc";
import { designBackend } from "../src/lib/ipc/design";
import { failure, type FakeBackend } from "../src/lib/ipc/fake";
import * as fixtures from "../src/lib/ipc/fixtures";
import { app } from "../src/lib/state/app.svelte";
import { jobs } from "../src/lib/state/jobs.svelte";
import { library } from "../src/lib/state/library.svelte";
import { project } from "../src/lib/state/project.svelte";
import { toasts } from "../src/lib/state/toasts.svelte";
import { expectAccessible } from "./accessibility";

let backend: FakeBackend;

async function openWindow(address: string): Promise<void> {
  app.reset();
  jobs.reset();
  library.reset();
  project.reset();
  backend = designBackend(new URLSearchParams(address));
  useBackend(backend);
  render(App);
  await waitFor(() => expect(app.isReady).toBe(true));
  await waitFor(() => expect(library.content).not.toBeNull());
}

beforeEach(() => {
  app.reset();
});

describe("the frame", () => {
  it("says what a step lacks, and leads to where that is settled", async () => {
    await openWindow("state=empty&language=en");
    const lacks = await screen.findAllByRole("button", { name: "Open a table first" });
    await fireEvent.click(screen.getByRole("button", { name: "Data" }));
    expect(app.screen).toBe("data");
    await fireEvent.click(lacks[0] as HTMLElement);
    expect(app.screen).toBe("home");
  });

  it("names what would compute: the card where there is one and it was not told otherwise", async () => {
    await openWindow("language=en");
    const status = within(screen.getByRole("contentinfo", { name: "Status" }));
    await status.findByText("Processor · 8 threads");
    library.machine = { ...fixtures.MACHINE, card: "NVIDIA GeForce RTX 4070" };
    await status.findByText("NVIDIA GeForce RTX 4070");
    await app.change({ device: "cuda:1" });
    await status.findByText("Card 1");
    await app.change({ device: "cpu" });
    await status.findByText("Processor · 8 threads");
  });

  it("goes to a screen by Ctrl and its number", async () => {
    await openWindow("language=en");
    await fireEvent.keyDown(window, { key: "3", ctrlKey: true });
    expect(app.screen).toBe("train");
  });

  it("lists the shortcuts at ?, but not while someone types", async () => {
    await openWindow("language=en");
    const box = document.createElement("input");
    document.body.append(box);
    await fireEvent.keyDown(box, { key: "?" });
    expect(app.showsShortcuts).toBe(false);
    box.remove();
    await fireEvent.keyDown(window, { key: "?" });
    expect(await screen.findByRole("dialog", { name: "Keyboard shortcuts" })).toBeTruthy();
  });

  it("shows the running training with its share and the time that is left", async () => {
    await openWindow("state=training&language=en");
    const job = await screen.findByRole("button", { name: /Training.*left/ });
    await fireEvent.click(job);
    expect(app.screen).toBe("train");
  });

  it("speaks the other language at once, and keeps it", async () => {
    await openWindow("language=en");
    await fireEvent.click(await screen.findByRole("radio", { name: "ES" }));
    expect(await screen.findByRole("button", { name: "Ajustes" })).toBeTruthy();
    expect(document.documentElement.lang).toBe("es");
    expect(backend.calledWith("save_settings").at(-1)?.settings.language).toBe("es");
  });

  it("opens a dropped table as a project", async () => {
    await openWindow("state=empty&language=en");
    backend.emit("files-dropped", { paths: [fixtures.TABLE_PATH] });
    await waitFor(() => expect(project.isReady).toBe(true));
    expect(app.screen).toBe("data");
    expect(backend.calledWith("save_project")).toHaveLength(1);
  });

  it("says why a dropped file cannot be opened", async () => {
    await openWindow("language=en");
    backend.emit("files-dropped", { paths: [{ path: "/a/b.doc", name: "b.doc", kind: "other" }] });
    expect((await screen.findAllByText(/“b.doc” cannot be opened/)).length).toBeGreaterThan(0);
  });

  it("says on every other screen too what a file that hovers will do", async () => {
    await openWindow("language=en");
    app.go("train");
    backend.emit("files-hovered", { paths: [fixtures.TABLE_PATH] });
    expect(await screen.findByText("“medical-abstracts.csv” will be opened as a new project")).toBeTruthy();
    await expectAccessible();
    backend.emit("files-left", null);
    await waitFor(() => expect(screen.queryByText("Let go to continue")).toBeNull());
    backend.emit("files-hovered", { paths: [{ path: "/a/b.doc", name: "b.doc", kind: "other" }] });
    expect(await screen.findByText("This cannot be opened")).toBeTruthy();
    backend.emit("files-hovered", { paths: [fixtures.TABLE_PATH, fixtures.TABLE_PATH] });
    expect(await screen.findByText("Drop one file at a time.")).toBeTruthy();
  });

  it("says what the open screen will do with a file, and does that", async () => {
    await openWindow("language=en");
    app.go("classify");
    await screen.findByRole("tab", { name: "A table" });
    backend.emit("files-hovered", { paths: [fixtures.TABLE_PATH] });
    expect(await screen.findByText(/will be made ready to have its rows classified/)).toBeTruthy();
    backend.emit("files-dropped", { paths: [fixtures.TABLE_PATH] });
    await waitFor(() => expect(screen.queryByText("Let go to continue")).toBeNull());
    await waitFor(() => expect(backend.asked("openTable")).toHaveLength(1));
    expect(app.screen).toBe("classify");
  });

  it("says why a table cannot be dropped while another one is classified", async () => {
    await openWindow("language=en&batch=running");
    app.go("classify");
    await screen.findByRole("tab", { name: "A table" });
    backend.emit("files-hovered", { paths: [fixtures.TABLE_PATH] });
    expect(await screen.findByText(/A table is being classified already/)).toBeTruthy();
    backend.emit("files-dropped", { paths: [fixtures.TABLE_PATH] });
    await waitFor(() => expect(toasts.all.at(-1)?.text).toMatch(/A table is being classified already/));
    expect(backend.asked("openTable")).toEqual([]);
  });

  it("asks before it closes while a task runs", async () => {
    await openWindow("state=training&language=en");
    backend.emit("close-requested", null);
    await fireEvent.click(await screen.findByRole("button", { name: "Close anyway" }));
    expect(backend.calledWith("close_window")).toEqual([{ confirmed: true }]);
  });

  it("has the theme and the text size of the settings", async () => {
    await openWindow("theme=dark&size=130&language=en");
    await waitFor(() => expect(document.documentElement.dataset.theme).toBe("dark"));
    expect(document.documentElement.style.fontSize).toBe("130%");
  });

  it("has no barriers", async () => {
    await openWindow("state=training&language=es");
    await screen.findByText(/Sin conexión/);
    await expectAccessible();
  });
});

describe("asking", () => {
  it("rejects with the failure as it was sent", async () => {
    await openWindow("language=en");
    backend.on("describeMachine", () => {
      throw failure("workerTooOld");
    });
    const error = await ask({ kind: "describeMachine" }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FailureError);
    expect((error as FailureError).failure.code).toBe("workerTooOld");
  });
});
