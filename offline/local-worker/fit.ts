/**
 * Whether a bundle's graphs and an image tower have room in the Worker, found out by opening and running them.
 *
 * onnxruntime-web's memory is of a fixed size there (functions/runtime/unshared-ort.ts), and how much of it a graph needs
 * depends on how its weights are packed and on what its largest layer holds: no size of a file says it. So the same
 * WebAssembly with the same memory does it in a process of its own, fit-child.ts.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_PAGES } from '../../functions/runtime/unshared-ort.ts';
import { ask } from '../lib/child-process.ts';
import type { Found, LargestRequest, Question } from './fit-question.ts';
import { prepareOrtWasm } from './ort-wasm.ts';

export interface FitOptions {
  /** Opened before the tower, in the order of functions/engine.ts. */
  graphs: readonly Uint8Array[];
  tower: Uint8Array;
  /** Names in the tower. */
  input: string;
  output: string;
  /** Of one item, without N. */
  inputShape: readonly number[];
  /** What the graphs, which are those of functions/engine.ts then, are run on after the tower. */
  request?: LargestRequest;
  limitMs?: number;
}

export interface FitReport {
  fits: boolean;
  /** MiB of onnxruntime's memory, after everything; 0 where it was not tried. */
  heapMb: number;
  /** MiB of the file. */
  towerMb: number;
  /** Of the tower, the median of five, one thread. */
  msPerRun?: number;
  /** Why it does not fit, a sentence. */
  reason?: string;
}

const MIB = 2 ** 20;
/** Of one static asset: https://developers.cloudflare.com/workers/platform/limits/#static-assets */
export const LARGEST_ASSET = 25 * MIB;
const HEAP_MIB = (MAX_PAGES * 65536) / MIB;
/** Towers that fit take a second. */
const LIMIT_MS = 120_000;

/** @throws Error when onnxruntime refuses a graph for another reason than memory, or takes too long */
export async function measureFit({ graphs, tower, limitMs = LIMIT_MS, ...how }: FitOptions): Promise<FitReport> {
  const towerMb = tower.length / MIB;
  if (tower.length > LARGEST_ASSET)
    return {
      fits: false,
      heapMb: 0,
      towerMb,
      reason: `The tower's file is ${towerMb.toFixed(1)} MiB, and a Worker's static asset has ${LARGEST_ASSET / MIB} at most.`,
    };
  const folder = await mkdtemp(join(tmpdir(), 'cuepoint-fit-'));
  try {
    const paths = [...graphs, tower].map((_, i) => join(folder, `${i}.onnx`));
    for (const [i, bytes] of [...graphs, tower].entries()) await writeFile(paths[i], bytes);
    const { path: wasm } = await prepareOrtWasm();
    const question: Question = { ...how, wasm, graphs: paths.slice(0, -1), tower: paths.at(-1)! };
    const { heapBytes, msPerRun, failed } = await askChild(question, limitMs);
    const heapMb = heapBytes / MIB;
    if (!failed) return { fits: true, heapMb, towerMb, msPerRun };
    if (!isLackOfMemory(failed.error))
      throw new Error(
        `fit: expected graphs that onnxruntime-web runs, got an error while ${failed.doing}: ${failed.error}`,
      );
    const reason = `The memory of ${HEAP_MIB} MiB that the Worker gives onnxruntime ran out while ${failed.doing}.`;
    return { fits: false, heapMb, towerMb, reason };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function askChild(question: Question, limitMs: number): Promise<Found> {
  return ask<Question, Found>(join(import.meta.dirname, 'fit-child.ts'), question, limitMs).catch((error: Error) => {
    throw new Error(`fit: expected the tower to open and run, but ${error.message}. Take a smaller tower.`);
  });
}

/** onnxruntime's words for it; an exception that comes without words was thrown where there was no memory for them. */
function isLackOfMemory(error: string): boolean {
  return /bad_alloc|failed to allocate|out of memory|memory access out of bounds|^exception \d+$/i.test(error);
}
