/** Runs in Node before the edge tier: what the Worker imports and nobody writes has to be there. */
import type { TestProject } from 'vitest/node';
import { prepareWorker } from '../../offline/local-worker/prepare.ts';
import { fuzzCases } from '../fuzz/cases.ts';

export async function setup(project: TestProject): Promise<void> {
  await prepareWorker();
  project.provide('fuzz', fuzzCases(process.env.CUEPOINT_FUZZ)); // workerd has no environment of ours
}
