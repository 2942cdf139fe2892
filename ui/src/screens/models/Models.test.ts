import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, it } from "vitest";
import { expectAccessible } from "../../../tests/accessibility";
import { useBackend } from "../../lib/ipc";
import type { OpenedPath } from "../../lib/ipc/bindings/shell/OpenedPath";
import { FakeBackend, failure } from "../../lib/ipc/fake";
import { MODEL } from "../../lib/ipc/fixtures";
import { language } from "../../lib/i18n/language.svelte";
import { app } from "../../lib/state/app.svelte";
import { toasts } from "../../lib/state/toasts.svelte";
import Models from "./Models.svelte";
import { FULL_LIBRARY, script } from "./design";

let backend: FakeBackend;

beforeEach(() => {
  language.current = "en";
  backend = new FakeBackend();
  script(backend, new URLSearchParams("library=full"));
  useBackend(backend);
});

async function open(): Promise<void> {
  render(Models);
  await screen.findByRole("heading", { name: MODEL.name });
}

async function choose(action: string): Promise<void> {
  await open();
  const trigger = screen.getByRole("button", { name: `More actions of “${MODEL.name}”` });
  trigger.focus();
  await fireEvent.keyDown(trigger, { key: "ArrowDown" });
  const item = await screen.findByRole("menuitem", { name: action });
  item.focus();
  await fireEvent.keyDown(item, { key: "Enter" });
  await screen.findByRole("dialog");
}

const chosenPath = (path: OpenedPath): unknown => backend.command("choose_path", () => path);
const lastToast = (): string | undefined => toasts.all.at(-1)?.text;

describe("a model", () => {
  it("says how good it is, and on what that was measured", async () => {
    await open();
    const [first, second] = screen.getAllByRole("article");
    expect(first?.textContent?.replace(/\s+/g, " ")).toMatch(/Macro F1 0\.93.*Micro F1 0\.93.*test.*45 MB/);
    expect(second?.textContent).toMatch(/validation, optimistic/);
    await expectAccessible();
  });

  it("with markup in its name shows it as text", async () => {
    await open();
    expect(screen.getByRole("heading", { name: /Cuaderno <b>original<\/b>/ })).toBeTruthy();
    expect(document.querySelector("h2 b")).toBeNull();
  });

  it("that is damaged says so and can only be deleted", async () => {
    await open();
    const card = screen.getByRole("article", { name: "roto" });
    expect(within(card).getByText(/ends too early/)).toBeTruthy();
    expect(within(card).queryByRole("button", { name: "Classify" })).toBeNull();
  });

  it("leads to its evaluation", async () => {
    await open();
    await fireEvent.click(screen.getAllByRole("button", { name: "Evaluate" })[1] as HTMLElement);
    expect([app.screen, app.model]).toEqual(["evaluate", FULL_LIBRARY.models[1]?.name]);
  });

  it("is renamed, also where it is the chosen one", async () => {
    app.model = MODEL.name;
    await choose("Rename…");
    await fireEvent.input(screen.getByRole("textbox", { name: "Name" }), { target: { value: " Better " } });
    await fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(lastToast()).toBe("It is called “Better” now"));
    expect(backend.asked("renameModel")[0]).toMatchObject({ model: MODEL.name, name: "Better" });
    expect(app.model).toBe("Better");
  });

  it("keeps its name and says why, when the new one is not possible", async () => {
    backend.on("renameModel", () => {
      throw failure("unheardOf");
    });
    await choose("Rename…");
    const name = screen.getByRole("textbox", { name: "Name" });
    await fireEvent.input(name, { target: { value: "a/b" } });
    await fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(name.getAttribute("aria-invalid")).toBe("true"));
  });

  it("has notes", async () => {
    await choose("Notes…");
    await fireEvent.input(screen.getByRole("textbox", { name: "Notes" }), { target: { value: "Mine" } });
    await fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(backend.asked("noteModel")[0]).toMatchObject({ notes: "Mine" }));
  });

  it("is deleted after its size was said, and comes back by undoing", async () => {
    await choose("Delete…");
    const dialog = screen.getByRole("dialog");
    expect(dialog.textContent).toMatch(/This frees 45 MB/);
    expect(backend.asked("deleteModel")).toEqual([]);
    await fireEvent.click(within(dialog).getByRole("button", { name: "Delete" }));
    await waitFor(() => expect(lastToast()).toBe("“medical-abstracts” deleted: 45 MB freed"));
    toasts.all.at(-1)?.action?.run();
    await waitFor(() => expect(backend.asked("restoreModel")).toEqual([{ kind: "restoreModel", model: MODEL.name }]));
  });

  it("is exported as one file where the user wants it", async () => {
    chosenPath({ path: "/out/model.zip", name: "model.zip", kind: "modelZip" });
    await choose("Export…");
    await expectAccessible(screen.getByRole("dialog"));
    await fireEvent.click(screen.getByRole("button", { name: "A .zip file" }));
    await waitFor(() => expect(lastToast()).toBe("Exported: model.zip"));
    expect(backend.calledWith("choose_path")[0]).toEqual({
      purpose: "saveModelZip",
      suggestion: "medical-abstracts.zip",
    });
    expect(backend.asked("exportModel")[0]).toMatchObject({ format: "zip", path: "/out/model.zip" });
  });
});

describe("an import", () => {
  it("of a zip file needs nothing more", async () => {
    chosenPath({ path: "/in/model.zip", name: "model.zip", kind: "modelZip" });
    await open();
    await fireEvent.click(screen.getByRole("button", { name: "Import…" }));
    await fireEvent.click(await screen.findByRole("button", { name: /A file/ }));
    await waitFor(() => expect(backend.asked("importModel")).toHaveLength(1));
    expect(backend.asked("importModel")[0]).toMatchObject({ path: "/in/model.zip", base: null, labels: null });
  });

  it("of a PyTorch file asks for base model and labels, and refuses a label that is there twice", async () => {
    app.go("models", { kind: "importPyTorch", path: "/in/best_model.pth" });
    render(Models);
    const dialog = await screen.findByRole("dialog", { name: "Import a PyTorch file" });
    expect(within(dialog).getByRole<HTMLSelectElement>("combobox", { name: "Base model" }).value).toBe(
      "bert-base-uncased",
    );
    const labels = within(dialog).getByRole("textbox");
    await fireEvent.input(labels, { target: { value: "a\nb\na" } });
    await fireEvent.click(within(dialog).getByRole("button", { name: "Import" }));
    expect(within(dialog).getByText("“a” is there twice.")).toBeTruthy();
    expect(backend.asked("importModel")).toEqual([]);
    await fireEvent.input(labels, { target: { value: "a\n\n b \r\nc" } });
    await fireEvent.click(within(dialog).getByRole("button", { name: "Import" }));
    await waitFor(() => expect(backend.asked("importModel")).toHaveLength(1));
    expect(backend.asked("importModel")[0]).toMatchObject({ base: "bert-base-uncased", labels: ["a", "b", "c"] });
  });
});

describe("an unfinished training", () => {
  it("goes on where it was", async () => {
    await open();
    expect(screen.getByText(/step 540 of 895 \(60%\)/)).toBeTruthy();
    await fireEvent.click(screen.getByRole("button", { name: "Go on" }));
    await waitFor(() => expect(app.screen).toBe("train"));
    expect(backend.asked("resumeRun")[0]).toMatchObject({ run: "medical-abstracts-2" });
  });

  it("is discarded only after a question", async () => {
    await open();
    await fireEvent.click(screen.getAllByRole("button", { name: "Discard…" })[0] as HTMLElement);
    const dialog = await screen.findByRole("dialog");
    expect(backend.asked("discardRun")).toEqual([]);
    await fireEvent.click(within(dialog).getByRole("button", { name: "Discard" }));
    await waitFor(() => expect(backend.asked("discardRun")).toHaveLength(1));
  });
});

describe("a training that cannot be read", () => {
  it("says why, and can be discarded but not resumed", async () => {
    await open();
    const run = screen.getByText("roto a medias").closest("li") as HTMLElement;
    expect(run.textContent).toMatch(/Cannot be read.*is damaged \(EOF.*134 MB/s);
    expect(within(run).queryByRole("button", { name: "Go on" })).toBeNull();
    await fireEvent.click(within(run).getByRole("button", { name: "Discard…" }));
    const dialog = await screen.findByRole("dialog");
    await fireEvent.click(within(dialog).getByRole("button", { name: "Discard" }));
    await waitFor(() => expect(backend.asked("discardRun")[0]).toMatchObject({ run: "roto a medias" }));
  });
});

describe("a base model", () => {
  it("comes from the network only by a button that says so", async () => {
    await open();
    await fireEvent.click(screen.getByRole("button", { name: "Get from the Hub…" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog.textContent).toMatch(/This uses the network/);
    await expectAccessible(dialog);
    await fireEvent.click(within(dialog).getByRole("button", { name: "Connect and download" }));
    expect(backend.asked("getBase")).toEqual([]);
    await fireEvent.click(within(dialog).getByRole("button", { name: "google-bert/bert-base-uncased" }));
    await fireEvent.click(within(dialog).getByRole("button", { name: "Connect and download" }));
    expect(await screen.findByText("Downloading google-bert/bert-base-uncased")).toBeTruthy();
    expect(backend.asked("getBase")).toEqual([{ kind: "getBase", name: "google-bert/bert-base-uncased" }]);
  });

  it("that came with the program cannot be deleted, others can", async () => {
    await open();
    expect(screen.queryByRole("button", { name: "Delete compact…" })).toBeNull();
    await fireEvent.click(screen.getByRole("button", { name: "Delete bert-base-uncased…" }));
    const dialog = await screen.findByRole("dialog");
    await fireEvent.click(within(dialog).getByRole("button", { name: "Delete" }));
    await waitFor(() => expect(backend.asked("deleteBase")[0]).toMatchObject({ name: "bert-base-uncased" }));
  });
});

it("the disk is told, and an empty library says how to begin", async () => {
  await open();
  expect(screen.getByText("Everything takes 1.7 GB (the models 935 MB) · 81 GB free")).toBeTruthy();
  cleanup();
  backend.on("listLibrary", () => ({ ...FULL_LIBRARY, models: [], runs: [], unreadableRuns: [] }));
  render(Models);
  await fireEvent.click(await screen.findByRole("button", { name: "Go to Home" }));
  expect(app.screen).toBe("home");
});
