/** Short notices, with what can be done about them. */

import { failureOf } from "../ipc";
import { failureText } from "../i18n/failures";
import { language } from "../i18n/language.svelte";
import { app } from "./app.svelte";

/** What a notice is about. */
export type ToastTone = "note" | "good" | "bad";

/** A notice. */
export interface Toast {
  id: number;
  tone: ToastTone;
  text: string;
  /** What a button on it does. */
  action: { label: string; run: () => void } | null;
}

/** How long a notice stays, in milliseconds; one that can be undone stays longer. */
const STAYS = 6000;
const STAYS_WITH_ACTION = 12_000;

class Toasts {
  /** Those that are shown, the oldest first. */
  all = $state<Toast[]>([]);
  private next = 1;

  /** Shows a notice. */
  show(text: string, tone: ToastTone = "note", action: Toast["action"] = null): number {
    const id = this.next++;
    this.all.push({ id, tone, text, action });
    if (this.all.length > 4) this.all.shift();
    app.announce(text);
    // A failure stays until it was read.
    if (tone !== "bad") {
      setTimeout(() => this.dismiss(id), action === null ? STAYS : STAYS_WITH_ACTION);
    }
    return id;
  }

  /** Shows what went wrong. */
  fail(error: unknown): number {
    return this.show(failureText(failureOf(error), language.current), "bad");
  }

  /** Takes a notice away. */
  dismiss(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }
}

/** The notices of the window. */
export const toasts = new Toasts();
