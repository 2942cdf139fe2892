/** What jsdom lacks, and a clean window before every test. */

import { cleanup, configure } from "@testing-library/svelte";
import { afterEach, vi } from "vitest";
import { language } from "../src/lib/i18n/language.svelte";
import { app } from "../src/lib/state/app.svelte";
import { jobs } from "../src/lib/state/jobs.svelte";
import { library } from "../src/lib/state/library.svelte";
import { project } from "../src/lib/state/project.svelte";
import { toasts } from "../src/lib/state/toasts.svelte";

class NoResizes implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

// A machine that is busy with other work takes more than the usual second.
configure({ asyncUtilTimeout: 10_000 });

globalThis.ResizeObserver ??= NoResizes;
if (typeof window !== "undefined") {
  window.matchMedia ??= (query: string) =>
    ({
      matches: false,
      media: query,
      onchange: null,
      addEventListener: () => {},
      removeEventListener: () => {},
      addListener: () => {},
      removeListener: () => {},
      dispatchEvent: () => false,
    }) as MediaQueryList;
  Element.prototype.scrollIntoView ??= () => {};
  Element.prototype.animate ??= () =>
    ({ cancel: () => {}, finished: Promise.resolve(), onfinish: null }) as unknown as Animation;
}

afterEach(() => {
  cleanup();
  vi.useRealTimers();
  app.reset();
  jobs.reset();
  library.reset();
  project.reset();
  toasts.all = [];
  language.current = "es";
});
