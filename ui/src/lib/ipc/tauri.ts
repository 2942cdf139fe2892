/** The shell, by way of Tauri. */

import { Channel, invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";

import type { Backend } from "./backend";
import type { JobSnapshot } from "./bindings/JobSnapshot";

/** The backend of the program as it is shipped. */
export const tauri: Backend = {
  call: (name, takes) => invoke(name, takes as Record<string, unknown>),
  watch(id, seen) {
    const channel = new Channel<JobSnapshot>();
    channel.onmessage = seen;
    return invoke("watch_job", { id, channel });
  },
  listen: (name, heard) =>
    // Tauri gives the payload as the shell sent it, which the contract describes.
    listen(name, (event) => heard(event.payload as Parameters<typeof heard>[0])),
};
