/**
 * The bundle's vectors file from a file of vectors, for more of them than should be in memory together with their graph.
 *
 * Few are linked here. Many are linked in another process, and where it would hold too much rounded in a third, so that neither holds what the other needs, and
 * this one neither.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RetrievalKind } from '../../index/format/manifest.ts';
import { ask } from '../lib/child-process.ts';
import { readOwn } from '../lib/files.ts';
import { temporaryName } from '../lib/leftovers.ts';
import type { Progress } from '../lib/progress.ts';
import { contentBytes, readWork } from '../lib/work-file.ts';
import { graphBytes, kindFor, vectorsFile } from './vectors.ts';
import type { VectorsTask } from './vectors-child.ts';

export interface OfFileOptions {
  width: number;
  /** For the files of hnswlib. */
  folder: string;
  bar?: Progress;
}

/** @param path of f32[N, D] (lib/work-file.ts), in the order of the catalogue */
export async function vectorsFileOf(
  path: string,
  { width, folder, bar }: OfFileOptions,
  kind: RetrievalKind,
): Promise<Uint8Array> {
  const count = (await contentBytes(path))! / (4 * width);
  if (!isLarge(count, width)) {
    const file = await vectorsFile({ vectors: await rowsOfFile(path), width, folder }, kind);
    bar?.done();
    return file;
  }
  const linked = temporaryName(join(folder, 'linked'));
  const rounded = `${linked}.int8`;
  try {
    const link = { do: 'link', vectors: path, count, width, removed: [], out: linked } as const;
    const tasks = kind === 'hnsw' ? [link] : [link, { do: 'round', file: linked, out: rounded } as const];
    await inChildren(tasks, count, width, (rows) => bar?.tick(rows));
    bar?.done();
    return await readOwn(kind === 'hnsw' ? linked : rounded);
  } finally {
    for (const file of [linked, rounded]) await rm(file, { force: true });
  }
}

/** Whether a graph is too much to be linked beside all else. */
export const isLarge = (count: number, width: number): boolean => kindFor(count, width) === 'hnsw-int8';

/** All of a file of vectors. */
export async function rowsOfFile(path: string): Promise<Float32Array> {
  return new Float32Array(readWork(path, 0, (await contentBytes(path))!).buffer);
}

/** Of hnswlib's file. To start a process takes half a second of a processor, which is more than what a smaller one is worth. */
const ONE_PROCESS_BYTES = 128e6;

/** One after another, for a graph of so many vectors: in a process each where one holds what the next has no room for. */
export async function inChildren(
  tasks: readonly VectorsTask[],
  count: number,
  width: number,
  onDone?: (rows: number) => void,
): Promise<void> {
  if (graphBytes(count, width) <= ONE_PROCESS_BYTES) return inChild(tasks, onDone);
  for (const task of tasks) await inChild([task], onDone);
}

/** A graph of a million vectors takes an hour. */
const LIMIT_MS = 24 * 3600_000;

export async function inChild(tasks: readonly VectorsTask[], onDone?: (rows: number) => void): Promise<void> {
  const script = join(import.meta.dirname, 'vectors-child.ts');
  await ask<readonly VectorsTask[], true>(script, tasks, LIMIT_MS, onDone).catch((cause: Error) => {
    throw new Error(`vectors: ${cause.message}. Build again: what came before is kept.`, { cause });
  });
}
