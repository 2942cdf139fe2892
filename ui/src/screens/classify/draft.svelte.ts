/** The article in the form and what a model said of it. It outlives the screen. */

import type { ClassifiedDocument } from "../../lib/ipc/bindings/ClassifiedDocument";
import type { HistoryEntry } from "../../lib/ipc/bindings/shell/HistoryEntry";
import { addToHistory, ask, failureOf } from "../../lib/ipc";
import type { Document } from "../../lib/ipc/bindings/Document";
import type { Failure } from "../../lib/ipc/bindings/Failure";
import { app } from "../../lib/state/app.svelte";
import { toasts } from "../../lib/state/toasts.svelte";
import { personalKinds } from "./personalData";

/** What a model said of an article. */
export interface Judgement {
  model: string;
  document: Document;
  /** When (RFC 3339). */
  at: string;
  /** Of an answer of the history it is not known how it was computed. */
  classified: Omit<ClassifiedDocument, "device"> & { device: ClassifiedDocument["device"] | null };
}

class Draft {
  title = $state("");
  abstractText = $state("");
  /** The identifier of a record that was pasted. */
  id = $state<string | null>(null);
  /** The last answer. */
  judgement = $state.raw<Judgement | null>(null);
  /** Whether a model is reading it. */
  isWorking = $state(false);
  /** Why it could not be classified. */
  failure = $state.raw<Failure | null>(null);

  private turn = 0;

  /** Whether there is nothing to classify. */
  get isEmpty(): boolean {
    return this.title.trim() === "" && this.abstractText.trim() === "";
  }

  /** What in it looks like personal data. */
  get personal() {
    return personalKinds(`${this.title}\n${this.abstractText}`);
  }

  /** Whether the answer is about another text than the one in the form. */
  get isOutdated(): boolean {
    const document = this.judgement?.document;
    return (
      document !== undefined &&
      (document.title !== this.title || document.abstractText !== this.abstractText)
    );
  }

  /** Takes another article; the function that comes back brings the former one back. */
  take(document: Document): () => void {
    const before: Document = { id: this.id, title: this.title, abstractText: this.abstractText };
    this.title = document.title;
    this.abstractText = document.abstractText;
    this.id = document.id;
    this.failure = null;
    return () => void this.take(before);
  }

  /** Shows an article of the history. */
  show(past: HistoryEntry): void {
    this.take(past.document);
    this.judgement = {
      model: past.model,
      document: past.document,
      at: past.at,
      classified: { answer: past.answer, readUntil: past.readUntil, seconds: 0, device: null },
    };
  }

  /** Lets a model read it, and keeps it in the history where that is wanted. */
  async classify(model: string, now: () => Date = () => new Date()): Promise<void> {
    if (this.isEmpty || this.isWorking) return;
    const mine = ++this.turn;
    const document: Document = { id: this.id, title: this.title, abstractText: this.abstractText };
    const isPersonal = this.personal.length > 0;
    this.isWorking = true;
    this.failure = null;
    try {
      const classified = await ask({ kind: "classify", model, document });
      if (mine !== this.turn) return;
      const at = now().toISOString();
      this.judgement = { model, document, at, classified };
      if (app.settings.keepsHistory && !isPersonal) {
        const { answer, readUntil } = classified;
        await keep({ at, model, document, answer, readUntil });
      }
    } catch (error) {
      if (mine === this.turn) this.failure = failureOf(error);
    } finally {
      if (mine === this.turn) this.isWorking = false;
    }
  }

  /** As at the start of the program. */
  reset(): void {
    this.turn += 1;
    this.take({ id: null, title: "", abstractText: "" });
    this.judgement = null;
    this.isWorking = false;
  }
}

/** An answer is worth showing even where it cannot be kept. */
async function keep(entry: HistoryEntry): Promise<void> {
  try {
    await addToHistory(entry);
  } catch (error) {
    toasts.fail(error);
  }
}

/** The article in the form. */
export const draft = new Draft();
