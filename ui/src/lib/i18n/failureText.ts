/** What a failure says in the language of the window. */

import type { Failure } from "../ipc/bindings/Failure";
import { failureText as textOf } from "./failures";
import { language } from "./language.svelte";

/** The sentence of a failure. */
export const failureText = (failure: Failure): string => textOf(failure, language.current);
