/** What the keyboard does everywhere in the window. */

import { app, SCREENS } from "../lib/state/app.svelte";
import { chooseTable } from "./openings";

/** Does what a key asks for, if it is a shortcut. */
export function pressed(event: KeyboardEvent): void {
  const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey;
  const screen = SCREENS[Number(event.key) - 1];
  if (isCommand && screen !== undefined) app.go(screen);
  else if (isCommand && event.key.toLowerCase() === "o") void chooseTable();
  else if (isCommand && event.key === "Enter" && app.primary !== null) app.primary();
  else if (event.key === "?" && !isCommand && !isTyping(event.target)) app.showsShortcuts = true;
  else return;
  event.preventDefault();
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName))
  );
}
