import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// The window's web view is as new as the program, so the target is one that all of them know.
export default defineConfig({
  plugins: [svelte()],
  clearScreen: false,
  // The font lies in the engine, which draws charts with it.
  server: { port: 1420, strictPort: true, fs: { allow: [".."] } },
  build: { target: "safari16", outDir: "dist", emptyOutDir: true },
  resolve: process.env.VITEST ? { conditions: ["browser"] } : {},
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
    setupFiles: ["tests/setup.ts"],
    // A busy machine is no failure: times are never asserted.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
