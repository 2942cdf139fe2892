/** What each failure says, in both languages: what happened, where, and what to do. */

import type { Failure } from "../ipc/bindings/Failure";
import { baseSentences } from "./failures/bases";
import { deskSentences } from "./failures/desk";
import { modelSentences } from "./failures/models";
import type { AnyFailure, FailureLanguage, Sentences } from "./failures/sentence";
import { tableSentences } from "./failures/tables";
import { trainingSentences } from "./failures/training";

export type { AnyFailure, DetailsOf, FailureLanguage, ShellFailure } from "./failures/sentence";

/** The sentences of every code: a code that is missing here, or a field that its details lack, is
 *  an error of the compiler. */
export const failureMessages: Sentences<AnyFailure["code"]> = {
  ...tableSentences,
  ...trainingSentences,
  ...modelSentences,
  ...baseSentences,
  ...deskSentences,
  damagedBase: {
    es: ({ name, source }) => `El modelo base «${name}» no se puede usar. ${tell(source, "es")}`,
    en: ({ name, source }) => `The base model “${name}” cannot be used. ${tell(source, "en")}`,
  },
};

/** Whether a failure's code is one that has sentences here. */
export function isKnown(failure: { code: string }): failure is AnyFailure {
  return Object.hasOwn(failureMessages, failure.code);
}

/** What a failure says in a language; in the engine's English where its code is not known. */
export function failureText(failure: Failure, language: FailureLanguage): string {
  return isKnown(failure) ? tell(failure, language) : failure.message;
}

function tell(failure: AnyFailure, language: FailureLanguage): string {
  // A code and its details belong together, which the compiler cannot follow through a lookup.
  const sentence = failureMessages[failure.code][language] as (details: unknown) => string;
  return sentence("details" in failure ? failure.details : null);
}
