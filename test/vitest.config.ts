/**
 * Four tiers: unit (plain Node; fixtures and temporary files), edge (inside workerd), e2e (the production bundle), browser
 * (Chromium, driven from Node).
 *
 * There is one time limit, for tests that hang, and no test sets its own: on a machine that is busy with other work everything
 * takes many times as long. What waits for a clock waits on a fake one.
 */
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig, type TestProjectConfiguration, type TestUserConfig } from 'vitest/config';

/** Far beyond what any test takes, also where every core is shared with other work; but for fuzzing as long as somebody wants (bench/fuzz.ts). */
const HANGS_MS = process.env.CUEPOINT_FUZZ ? 0 : 600_000;

/** It is said for each tier, since a tier does not take it from the whole. */
const limits = {
  testTimeout: HANGS_MS,
  hookTimeout: HANGS_MS, // the first run builds a tiny index and the Worker
  teardownTimeout: HANGS_MS,
  expect: { poll: { timeout: HANGS_MS } },
};

/** Node keeps what it compiled for the processes that tests start, in the folder where commands keep it (offline/commands/compile-cache.ts). */
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'node-compile-cache');

/** Files of the edge tier that bring an index of their own into the isolate, or look at what it holds. */
const FRESH = ['current-index', 'encoder-key', 'fuzz', 'index-source', 'memory', 'taste', 'vectorize'].map(
  (name) => `test/edge/${name}.test.ts`,
);

function edge(name: string, files: Pick<TestUserConfig, 'include' | 'exclude' | 'isolate'>): TestProjectConfiguration {
  const worker = cloudflareTest({
    miniflare: {
      compatibilityDate: '2026-10-01', // as in wrangler.toml, and the flags
      compatibilityFlags: ['enable_request_signal'],
      // wrangler's defaults, which this tier does not read
      modulesRules: [
        { type: 'CompiledWasm', include: ['**/*.wasm'] },
        { type: 'Text', include: ['**/*.txt', '**/*.html'] },
      ],
    },
  });
  return {
    plugins: [worker],
    test: { ...limits, name, root: '.', globalSetup: ['test/edge/setup.ts'], ...files },
  };
}

export default defineConfig({
  test: {
    silent: 'passed-only', // the Worker writes a line for each request
    maxWorkers: availableParallelism() + 1, // some files wait for a clock: a minute of music, a pointer that is kept half a minute
    projects: [
      {
        test: {
          ...limits,
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          root: '.',
          isolate: false, // most of a short file's time is a new process and loading the program into it
        },
      },
      // Starting workerd and loading the Worker into it takes ten times as long as the tests of a file.
      edge('edge', { include: ['test/edge/**/*.test.ts'], exclude: FRESH, isolate: false }),
      edge('edge-fresh', { include: FRESH }),
      {
        test: {
          ...limits,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          root: '.',
          isolate: false, // wrangler alone takes two seconds to load
          globalSetup: ['test/e2e/setup.ts'],
        },
      },
      {
        test: {
          ...limits,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          root: '.',
          isolate: false,
          globalSetup: ['test/e2e/setup.ts'], // it shares the Worker and the index with that tier
        },
      },
    ],
  },
});
