/**
 * `npm run bench -- abuse [trial …]`: what a hostile client does to the service, and what is left for the others meanwhile.
 *
 * Each trial runs on a service of its own and says what should hold; one that does not makes the command fail. Times are of this machine
 * as it is, so that they are held to generous bounds.
 */
import { startWorkerdService } from '../e2e/workerd-service.ts';
import { costlyPictures } from './abuse/costly-pictures.ts';
import { droppedShards } from './abuse/dropped-shards.ts';
import { goneClients } from './abuse/gone-clients.ts';
import { oddRequests } from './abuse/odd-requests.ts';
import { oneRequestId } from './abuse/one-request-id.ts';
import { ownSpans } from './abuse/own-spans.ts';
import { refusedConnections } from './abuse/refused-connections.ts';
import { slowUploads } from './abuse/slow-uploads.ts';
import type { Service, Start, Trial } from './abuse/trial.ts';
import { BUILT_WORKER, buildEdgeWorker, smallIndex } from './edge-service.ts';

/** In the order they run. */
const TRIALS: readonly Trial[] = [
  slowUploads,
  refusedConnections,
  costlyPictures,
  goneClients,
  oddRequests,
  oneRequestId,
  ownSpans,
  droppedShards,
];

export async function benchAbuse(): Promise<void> {
  const named = process.argv.slice(3);
  const trials = TRIALS.filter(({ name }) => named.length === 0 || named.includes(name));
  const unknown = named.find((name) => !TRIALS.some((trial) => trial.name === name));
  if (unknown)
    throw new Error(`bench: expected trials among ${TRIALS.map(({ name }) => name).join(', ')}, got ${unknown}.`);
  await buildEdgeWorker();
  const index = await smallIndex();
  let failed = 0;
  for (const trial of trials) failed += await runTrial(trial, index);
  if (failed > 0) {
    console.error(`\nbench: expected all of it to hold, but ${failed} did not.`);
    process.exitCode = 1;
  }
}

/** @returns how much of it did not hold */
async function runTrial({ name, does, run }: Trial, index: string): Promise<number> {
  console.log(`\n${name}: ${does}`);
  const stops: (() => Promise<void>)[] = [];
  const start: Start = async (settings) => {
    const workerd = await startWorkerdService(`abuse-${name}-${stops.length}`, BUILT_WORKER, index, settings);
    stops.push(workerd.close);
    const service: Service = { url: `http://127.0.0.1:${workerd.port}`, port: workerd.port, pid: workerd.pid };
    await (await fetch(`${service.url}/healthz`)).text(); // the index is open, and what follows finds a warm service
    return service;
  };
  try {
    const findings = await run(start);
    for (const { what, got, holds } of findings) console.log(`  ${holds ? 'holds' : 'FAILS'}  ${what}: ${got}`);
    return findings.filter(({ holds }) => !holds).length;
  } finally {
    for (const stop of stops) await stop();
  }
}
