/** Runs in Node once before the end-to-end and the browser tier: build the Worker, and a bundle for it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { prepareWorker } from '../../offline/local-worker/prepare.ts';
import { buildWorker } from './service.ts';
import { TINY_BUNDLE } from './tiny-bundle.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Directory of the tiny bundle. */
    tinyBundle: string;
  }
}

/** vitest loads this file for each project of a run, and they write to one place: the first one's promise is everyone's. */
const shared = globalThis as { cuepointPrepared?: Promise<void> };

export async function setup(project: TestProject): Promise<void> {
  shared.cuepointPrepared ??= prepare();
  await shared.cuepointPrepared;
  project.provide('tinyBundle', TINY_BUNDLE);
}

async function prepare(): Promise<void> {
  await prepareWorker();
  await buildWorker();
  // By Node itself, as the offline program runs: vitest loads a set-up file without import.meta.resolve.
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'tiny-bundle.ts')]);
}
