/**
 * Runs in Node once before the end-to-end and the browser tier: build the Worker, and a bundle for it.
 *
 * The Worker on that bundle is started once for all files that ask it as anyone may and change nothing: each start compiles it anew, some six
 * seconds of computing. It runs here, from the first file that wants it on.
 */
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { prepareWorker } from '../../offline/local-worker/prepare.ts';
import { buildWorker, type RunningService, startService } from './service.ts';
import { TINY_BUNDLE } from './tiny-bundle.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Directory of the tiny bundle. */
    tinyBundle: string;
    /** Answers with the address of the Worker that files share; see sharedService in service.ts. */
    sharedService: string;
  }
}

/** vitest loads this file for each project of a run, and they write to one place: the first one's promise is everyone's. */
const shared = globalThis as { cuepointPrepared?: Promise<string> };
let doorman: Server | undefined;
let service: Promise<RunningService> | undefined;

export async function setup(project: TestProject): Promise<void> {
  shared.cuepointPrepared ??= prepare();
  project.provide('sharedService', await shared.cuepointPrepared);
  project.provide('tinyBundle', TINY_BUNDLE);
}

/** Of the project that was first; the others share its Worker, and all of them have ended. */
export async function teardown(): Promise<void> {
  doorman?.close();
  await (await service)?.close();
}

/** @returns where the doorman listens */
async function prepare(): Promise<string> {
  await prepareWorker();
  await buildWorker();
  // By Node itself, as the offline program runs: vitest loads a set-up file without import.meta.resolve.
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'tiny-bundle.ts')]);
  doorman = createServer((_, response) => {
    service ??= startService('shared', TINY_BUNDLE);
    service.then(
      ({ url }) => response.end(url),
      (error: Error) => response.writeHead(500).end(error.stack),
    );
  });
  const listening = Promise.withResolvers<void>();
  doorman.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  return `http://127.0.0.1:${(doorman.address() as AddressInfo).port}/`;
}
