/** Runs in Node once before the end-to-end tier: build the Worker, and a bundle for it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { prepareOrtWasm } from '../../offline/edge/ort-wasm.ts';
import { buildWorker } from './service.ts';
import { TINY_BUNDLE } from './tiny-bundle.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Directory of the tiny bundle. */
    tinyBundle: string;
  }
}

export async function setup(project: TestProject): Promise<void> {
  await prepareOrtWasm();
  await buildWorker();
  // By Node itself, as the offline program runs: vitest loads a set-up file without import.meta.resolve.
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'tiny-bundle.ts')]);
  project.provide('tinyBundle', TINY_BUNDLE);
}
