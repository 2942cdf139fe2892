/** The types that tie each code to its sentences and their details. */

import type { KnownFailure } from "../../ipc/bindings/KnownFailure";

/** A language of the window. */
export type FailureLanguage = "es" | "en";

/** Failures of the shell itself, which stands between the window and the engine. */
export type ShellFailure =
  | { code: "pathNotOpened" }
  | { code: "trainingInProgress" }
  | { code: "workerMissing"; details: { path: string } }
  | { code: "workerCrashed"; details: { log: string; run: string | null } }
  | { code: "workerNonsense"; details: { line: string } }
  | { code: "workerTooOld" }
  | { code: "wrongKind" }
  | { code: "unknownJob" }
  | { code: "jobNotOver" }
  | { code: "settingsUnwritable" }
  | { code: "projectUnwritable" }
  | { code: "historyUnwritable"; details: { reason: string } }
  | { code: "textUnwritable"; details: { reason: string } }
  | { code: "exampleMissing"; details: { path: string } }
  | { code: "notShown"; details: { path: string } };

/** Every failure that the window knows by its code. */
export type AnyFailure = KnownFailure | ShellFailure;

/** What the sentence of a code is made of; null when the code says it all. */
export type DetailsOf<Code extends AnyFailure["code"]> =
  Extract<AnyFailure, { code: Code }> extends { details: infer Details } ? Details : null;

/** What one code says, in each language. */
export type Sentence<Code extends AnyFailure["code"]> = {
  [Language in FailureLanguage]: (details: DetailsOf<Code>) => string;
};

/** What a word of the engine is called, in each language. */
export type Words<Word extends string> = Record<Word, Record<FailureLanguage, string>>;

/** The sentences of some codes: none may be missing. */
export type Sentences<Code extends AnyFailure["code"]> = { [Each in Code]: Sentence<Each> };
