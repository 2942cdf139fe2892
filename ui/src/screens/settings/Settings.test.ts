import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, it } from "vitest";
import { expectAccessible } from "../../../tests/accessibility";
import { useBackend } from "../../lib/ipc";
import { FakeBackend, failure } from "../../lib/ipc/fake";
import * as shared from "../../lib/ipc/fixtures";
import { language } from "../../lib/i18n/language.svelte";
import { app } from "../../lib/state/app.svelte";
import { library } from "../../lib/state/library.svelte";
import { toasts } from "../../lib/state/toasts.svelte";
import Settings from "./Settings.svelte";

let backend: FakeBackend;

beforeEach(async () => {
  language.current = "en";
  backend = new FakeBackend()
    .on("describeMachine", () => shared.MACHINE)
    .on("listLibrary", () => shared.LIBRARY);
  useBackend(backend);
  await Promise.all([library.refresh(), library.describeMachine()]);
});

const saved = () => backend.calledWith("save_settings").at(-1)?.settings;
const field = (name: string): HTMLElement => screen.getByRole("textbox", { name });

describe("the settings", () => {
  it("change the language at once, and are kept", async () => {
    render(Settings);
    await expectAccessible();
    await fireEvent.click(screen.getByRole("radio", { name: "Español" }));
    expect(await screen.findByRole("heading", { name: "Ajustes" })).toBeTruthy();
    await waitFor(() => expect(saved()?.language).toBe("es"));
    await expectAccessible();
  });

  it("change colours and the size of the text", async () => {
    render(Settings);
    await fireEvent.click(screen.getByRole("radio", { name: "Dark" }));
    await fireEvent.change(screen.getByRole("slider", { name: "Size of the text" }), { target: { value: "125" } });
    await waitFor(() => expect(saved()).toMatchObject({ theme: "dark", fontSize: 125 }));
  });

  it("say which device computes, and why", () => {
    render(Settings);
    expect(screen.getByText("Intel Core i7-1165G7: 8 of 8 threads are used.")).toBeTruthy();
    expect(screen.getByText("The processor computes with AVX-512 instructions.")).toBeTruthy();
  });

  it("find and test the cards, say why one cannot be used, and keep which one computes", async () => {
    backend.on("listDevices", () => shared.DEVICES);
    render(Settings);
    expect(backend.asked("listDevices")).toEqual([]);
    await fireEvent.click(screen.getByRole("button", { name: "Find and test the cards" }));
    const card = await screen.findByRole("radio", { name: "Card 0: NVIDIA GeForce RTX 4070" });
    expect(screen.getByText("Passes its test · 12 GB free of 13 GB · compute 8.9")).toBeTruthy();
    expect(screen.getByText(/GTX 1060 is too old \(compute 6.1; 8.0 is needed/)).toBeTruthy();
    const old = screen.getByRole<HTMLInputElement>("radio", { name: /GTX 1060/ });
    expect(old.disabled).toBe(true);
    await expectAccessible();
    await fireEvent.click(card);
    await waitFor(() => expect(saved()?.device).toBe("cuda:0"));
  });

  it("say that a card that was chosen is gone", async () => {
    const problem = failure("cardDriverMissing", null);
    backend.on("listDevices", () => ({ ...shared.DEVICES, driver: null, cards: [], problem }));
    app.settings = { ...app.settings, device: "cuda:1" };
    render(Settings);
    expect(screen.getByRole<HTMLInputElement>("radio", { name: "Card 1" }).checked).toBe(true);
    await fireEvent.click(screen.getByRole("button", { name: "Find and test the cards" }));
    expect(await screen.findByText(/This machine has no NVIDIA driver/)).toBeTruthy();
    expect(screen.getByText("The card that was chosen is not among those there are.")).toBeTruthy();
    await fireEvent.click(screen.getByRole("radio", { name: "The processor" }));
    await waitFor(() => expect(saved()?.device).toBe("cpu"));
  });

  it("take a possible number of threads only", async () => {
    render(Settings);
    await fireEvent.input(field("Threads"), { target: { value: "99" } });
    expect(screen.getByText(/Write a whole number from 1 to 8/)).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Save" }).disabled).toBe(true);
    await fireEvent.input(field("Threads"), { target: { value: "4" } });
    await fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(saved()?.threads).toBe(4));
  });

  it("let other programs go first", async () => {
    render(Settings);
    await fireEvent.click(screen.getByRole("checkbox", { name: "Let other programs go first" }));
    await waitFor(() => expect(saved()?.lowPriority).toBe(true));
  });

  it("keep a worker command with one argument a line", async () => {
    render(Settings);
    await fireEvent.input(field("Worker command"), { target: { value: "ssh\n server one \n\netiqueta worker" } });
    await fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(saved()?.workerCommand).toEqual(["ssh", "server one", "etiqueta worker"]));
  });

  it("move the data folder from the next start on, and back", async () => {
    backend.command("choose_path", () => ({ path: "/big/disk", name: "disk", kind: "other" }));
    render(Settings);
    await fireEvent.click(screen.getByRole("button", { name: "Choose another folder…" }));
    expect(await screen.findByText("From the next start: /big/disk")).toBeTruthy();
    await fireEvent.click(screen.getByRole("button", { name: "Back to the usual one" }));
    await waitFor(() => expect(saved()?.folder).toBeNull());
  });

  it("switch the history off, and wipe it after a question", async () => {
    render(Settings);
    await fireEvent.click(screen.getByRole("checkbox", { name: "Keep the articles that I classify" }));
    await waitFor(() => expect(saved()?.keepsHistory).toBe(false));
    await fireEvent.click(screen.getByRole("button", { name: "Wipe the history…" }));
    const dialog = await screen.findByRole("dialog");
    expect(backend.calledWith("wipe_history")).toEqual([]);
    await fireEvent.click(within(dialog).getByRole("button", { name: "Wipe" }));
    await waitFor(() => expect(backend.calledWith("wipe_history")).toHaveLength(1));
  });

  it("say how much is kept and how much room is left", () => {
    render(Settings);
    expect(screen.getByText("What is kept takes 48 MB. 81 GB are free on the disk.")).toBeTruthy();
  });

  it("open the folder where everything is", async () => {
    render(Settings);
    await fireEvent.click(screen.getByRole("button", { name: "Open the folder" }));
    expect(backend.calledWith("show_in_folder")).toEqual([{ path: "/home/ana/etiqueta" }]);
  });

  it("say what the program is for, and what it is not", () => {
    render(Settings);
    expect(screen.getByText(/Not a medical device; not for decisions about a patient/)).toBeTruthy();
  });

  it("tell when they cannot be kept", async () => {
    backend.command("save_settings", () => {
      throw failure("unheardOf");
    });
    render(Settings);
    await fireEvent.click(screen.getByRole("radio", { name: "Dark" }));
    await waitFor(() => expect(toasts.all.at(-1)?.tone).toBe("bad"));
    expect(app.theme).toBe("dark");
  });
});
