/** The language of the window, and how messages are read in it. */

import type { WindowLanguage } from "../ipc/bindings/shell/WindowLanguage";

/** The languages, the users' first one first. */
export const LANGUAGES: readonly WindowLanguage[] = ["es", "en"];

/** The language spoken when the settings name none. */
export function systemLanguage(preferred: readonly string[]): WindowLanguage {
  for (const tag of preferred) {
    const language = tag.slice(0, 2).toLowerCase();
    if (language === "es" || language === "en") return language;
  }
  return "es";
}

class LanguageState {
  /** The one that is spoken now. */
  current = $state<WindowLanguage>("es");
}

/** The language of the window. */
export const language = new LanguageState();

/** The messages of one file in the language that is spoken now. Each file exports `es` and `en`,
 *  and `en` has the type of `es`, so that a missing message is an error of the compiler. */
export function spoken<Messages>(file: { es: Messages; en: Messages }): Messages {
  return file[language.current];
}
