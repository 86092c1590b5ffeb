// Builds the page into the Python package, where the server finds it.
import { defineConfig } from "vite";
import { compressed } from "./compress.js";

const gateway = "http://127.0.0.1:54321";
const doors = ["/auth", "/rest", "/storage", "/functions", "/config.json", "/health"];

// What the list has of people beside its cards comes after the first screen, and in one piece: each piece is a way of its own.
const TOLD_OF_PEOPLE = {
  name: "people",
  test: /src\/(words\/(people|topics)|screens\/discover\/about|parts\/(bell|follow|chips)|stores\/(reminders|follows|pushed-to)|frame\/notices|server\/catching-up)\.tsx?$/,
  includeDependenciesRecursively: false,
};

// What the first screen and every later one are made of, in one piece too.
const OF_EVERY_SCREEN = {
  name: "parts",
  test: /src\/(words\/index|parts\/(failure|curtain))\.tsx?$|node_modules\/(preact|@preact)\/|vite\/preload-helper/,
  includeDependenciesRecursively: false,
};

export default defineConfig({
  plugins: [compressed()],
  build: {
    outDir: "../sahne/web",
    emptyOutDir: true,
    target: "es2022",
    cssTarget: ["chrome123", "safari17.5", "firefox120"], // know light-dark() themselves: a dark room in a light page
    assetsInlineLimit: 0, // a file each, kept by its name; nothing of the page is in a data: address
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      checks: { bundlerTimings: false }, // compressing takes its time and is meant to
      output: { codeSplitting: { groups: [TOLD_OF_PEOPLE, OF_EVERY_SCREEN] } },
    },
  },
  test: { include: ["tests/**/*.test.ts"] },
  server: {
    proxy: { ...Object.fromEntries(doors.map((door) => [door, gateway])), "/realtime": { target: gateway, ws: true } },
  },
});
