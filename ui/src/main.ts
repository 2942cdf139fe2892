import { mount } from "svelte";

import App from "./App.svelte";
import { useBackend } from "./lib/ipc";
import "./styles/base.css";

// The script stands in for the shell while the window is designed. It is no part of what is built:
// the condition is known when the program is built, and what hangs on it is left out.
if (import.meta.env.MODE === "design") {
  const { designBackend } = await import("./lib/ipc/design");
  useBackend(designBackend(new URLSearchParams(location.search)));
}

const target = document.getElementById("app");
if (target !== null) mount(App, { target });
