/** The backend of `vite --mode design`: every screen in a browser, without the program.
 *  The address chooses: `?state=empty|ready|training&device=cpu|card|full&language=es|en&theme=light|dark&screen=train`. */

import type { WindowLanguage } from "./bindings/shell/WindowLanguage";
import type { WindowTheme } from "./bindings/shell/WindowTheme";
import { corrected } from "./correctedTable";
import { FakeBackend } from "./fake";
import * as fixtures from "./fixtures";
import { SCREENS, app } from "../state/app.svelte";

/** What a screen adds to the script, in `src/screens/<screen>/design.ts`. */
export type DesignScript = (backend: FakeBackend, parameters: URLSearchParams) => void;

const scripts = import.meta.glob<{ script: DesignScript }>("../../screens/*/design.ts", {
  eager: true,
});

/** A backend in the state that the address asks for. */
export function designBackend(parameters: URLSearchParams): FakeBackend {
  const backend = new FakeBackend();
  const state = parameters.get("state") ?? "ready";
  const isEmpty = state === "empty";
  const isOnCard = parameters.get("device") === "card";
  let settings = {
    ...fixtures.SETTINGS,
    language: (parameters.get("language") ?? "es") as WindowLanguage,
    theme: (parameters.get("theme") ?? "light") as WindowTheme,
    fontSize: Number(parameters.get("size") ?? 100),
    hasReadIntendedUse: !isEmpty,
  };
  let projects = isEmpty ? [] : [fixtures.PROJECT];
  backend
    .command("load_settings", () => settings)
    .command("save_settings", (takes) => {
      settings = { ...takes.settings, language: takes.settings.language ?? "es" };
      return null;
    })
    .command("list_projects", () => projects)
    .command("delete_project", ({ id }) => {
      projects = projects.filter((project) => project.id !== id);
      return null;
    })
    .command("choose_path", () => fixtures.TABLE_PATH)
    .command("open_example", () => fixtures.TABLE_PATH)
    .on("listLibrary", () => (isEmpty ? fixtures.EMPTY_LIBRARY : fixtures.LIBRARY))
    .on("describeMachine", () =>
      ["card", "full"].includes(parameters.get("device") ?? "") ? { ...fixtures.MACHINE, card: fixtures.CARD.name } : fixtures.MACHINE,
    )
    .on("listDevices", () => fixtures.DEVICES)
    .on("drawChart", () => fixtures.DRAWN)
    .on("openTable", ({ corrections }) =>
      parameters.get("table") === "unclear"
        ? fixtures.UNCLEAR
        : corrected(fixtures.OVERVIEW, corrections),
    )
    .on("profileTable", ({ maxLength }) => fixtures.profile(maxLength))
    .on("listArticles", ({ offset, limit }) => ({
      total: 3565,
      articles: fixtures.articles(offset, limit),
    }))
    .on("previewSplit", ({ split }) => ({
      ...(split.kind === "random" ? fixtures.LEAKING : fixtures.SPLIT),
      split,
    }))
    .on("estimateTraining", () => (isOnCard ? { ...fixtures.ESTIMATE, device: fixtures.CARD } : fixtures.ESTIMATE));
  if (state === "training") {
    const running = isOnCard ? fixtures.RUNNING_ON_CARD : fixtures.RUNNING;
    backend.addJob({ kind: "train", training: fixtures.TRAINING, replace: false }, running);
  }
  const first = SCREENS.find((screen) => screen === parameters.get("screen"));
  if (first !== undefined) app.screen = first;
  for (const { script } of Object.values(scripts)) script(backend, parameters);
  return backend;
}
