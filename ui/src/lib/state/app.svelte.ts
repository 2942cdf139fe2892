/** Where the user is, how the window looks, and what it says aloud. */

import { failureOf, loadSettings, saveSettings } from "../ipc";
import type { Failure } from "../ipc/bindings/Failure";
import type { Theme } from "../ipc/bindings/Theme";
import type { Settings } from "../ipc/bindings/shell/Settings";
import { language, systemLanguage } from "../i18n/language.svelte";

/** The screens in the order of the rail. */
export const SCREENS = [
  "home",
  "data",
  "train",
  "evaluate",
  "classify",
  "models",
  "settings",
] as const;

/** One of them. */
export type Screen = (typeof SCREENS)[number];

/** Something that a screen is to begin with when it opens; taken once. */
export type Errand =
  | { kind: "classifyText"; path: string }
  | { kind: "classifyTable"; path: string }
  | { kind: "importPyTorch"; path: string }
  | { kind: "evaluate"; model: string };

const DEFAULT_SETTINGS: Settings = {
  language: null,
  theme: "system",
  fontSize: 100,
  device: "auto",
  threads: null,
  lowPriority: false,
  workerCommand: [],
  folder: null,
  keepsHistory: true,
  hasReadIntendedUse: false,
};

class App {
  /** The screen that is shown. */
  screen = $state<Screen>("home");
  /** What the user chose. */
  settings = $state<Settings>({ ...DEFAULT_SETTINGS });
  /** Whether the settings were read. */
  isReady = $state(false);
  /** Whether the list of shortcuts is open. */
  showsShortcuts = $state(false);
  /** What is read aloud next. */
  announcement = $state("");
  /** The model that Evaluate and Classify are about. */
  model = $state<string | null>(null);
  /** Whether the system is dark. */
  systemIsDark = $state(false);
  /** What Ctrl+Enter does on this screen; set by the screen. */
  primary = $state.raw<(() => void) | null>(null);

  private errand = $state.raw<Errand | null>(null);

  /** The colours that are shown. */
  get theme(): Theme {
    if (this.settings.theme !== "system") return this.settings.theme;
    return this.systemIsDark ? "dark" : "light";
  }

  /** Reads the settings. */
  async start(preferredLanguages: readonly string[]): Promise<void> {
    try {
      this.settings = await loadSettings();
    } finally {
      language.current = this.settings.language ?? systemLanguage(preferredLanguages);
      this.isReady = true;
    }
  }

  /** Shows a screen. */
  go(screen: Screen, errand: Errand | null = null): void {
    this.screen = screen;
    if (errand !== null) this.errand = errand;
  }

  /** Gives the errand of a kind and forgets it. */
  takeErrand<Kind extends Errand["kind"]>(kind: Kind): Extract<Errand, { kind: Kind }> | null {
    if (this.errand?.kind !== kind) return null;
    const errand = this.errand as Extract<Errand, { kind: Kind }>;
    this.errand = null;
    return errand;
  }

  /** Changes settings and keeps them; gives what went wrong, if something did. */
  async change(changes: Partial<Settings>): Promise<Failure | null> {
    this.settings = { ...this.settings, ...changes };
    if (changes.language) language.current = changes.language;
    try {
      await saveSettings($state.snapshot(this.settings));
      return null;
    } catch (error) {
      return failureOf(error);
    }
  }

  /** Has something read aloud, the same words again too. */
  announce(words: string): void {
    this.announcement = this.announcement === words ? `${words}\u00a0` : words;
  }

  /** As at the start of the program. */
  reset(): void {
    this.screen = "home";
    this.settings = { ...DEFAULT_SETTINGS };
    this.isReady = false;
    this.showsShortcuts = false;
    this.announcement = "";
    this.model = null;
    this.systemIsDark = false;
    this.primary = null;
    this.errand = null;
  }
}

/** The window. */
export const app = new App();

