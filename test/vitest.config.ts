/**
 * Four tiers: unit (plain Node; fixtures and temporary files), edge (inside workerd), e2e (the production bundle), browser
 * (Chromium, driven from Node).
 */
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    silent: 'passed-only', // the Worker writes a line for each request
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], root: '.' } },
      {
        plugins: [
          cloudflareTest({
            miniflare: {
              compatibilityDate: '2026-10-01', // as in wrangler.toml, and the flags
              compatibilityFlags: ['enable_request_signal'],
              // wrangler's defaults, which this tier does not read
              modulesRules: [
                { type: 'CompiledWasm', include: ['**/*.wasm'] },
                { type: 'Text', include: ['**/*.txt', '**/*.html'] },
              ],
            },
          }),
        ],
        test: { name: 'edge', include: ['test/edge/**/*.test.ts'], root: '.', globalSetup: ['test/edge/setup.ts'] },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          root: '.',
          globalSetup: ['test/e2e/setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 240_000, // the first run builds a tiny index and the Worker
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          root: '.',
          globalSetup: ['test/e2e/setup.ts'], // it shares the Worker and the index with that tier
          testTimeout: 60_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
