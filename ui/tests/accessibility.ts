/** Accessibility as axe sees it, without what jsdom cannot know. */

import axe from "axe-core";
import { expect } from "vitest";

/** Fails with every violation in the element. Colours are held by `tests/contrast.test.ts`. */
export async function expectAccessible(element: Element = document.body): Promise<void> {
  const { violations } = await axe.run(element, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`,
  );
  expect(found).toEqual([]);
}
