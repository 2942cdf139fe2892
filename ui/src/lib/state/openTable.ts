/** Requests about the open table, also of a worker that was started anew and lost it. */

import { type AnswerTo, ask, failureOf, type RequestKind, type RequestOf } from "../ipc";
import { project } from "./project.svelte";

/** Asks about the open table; opens it again first when the worker does not have it. */
export async function askTable<Kind extends RequestKind>(
  request: RequestOf<Kind> & { kind: Kind },
): Promise<AnswerTo<Kind>> {
  try {
    return await ask<Kind>(request);
  } catch (error) {
    if (failureOf(error).code !== "noOpenTable" || project.current === null) throw error;
    await project.reopen();
    return ask<Kind>(request);
  }
}
