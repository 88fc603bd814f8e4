/**
 * The bundle's vectors file from a file of vectors, for more of them than should be in memory together with their graph.
 *
 * Few are linked here. Many are linked in one process and rounded in another, so that neither holds what the other needs, and this one neither.
 */
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RetrievalKind } from '../../index/format/manifest.ts';
import { ask } from '../lib/child-process.ts';
import { readOwn } from '../lib/files.ts';
import { temporaryName } from '../lib/leftovers.ts';
import type { Progress } from '../lib/progress.ts';
import { contentBytes, readWork } from '../lib/work-file.ts';
import { kindFor, vectorsFile } from './vectors.ts';
import type { VectorsTask } from './vectors-child.ts';

export interface OfFileOptions {
  width: number;
  /** For the files of hnswlib. One that is linked stays there until all of it is rounded. */
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
  try {
    await inChild({ do: 'link', vectors: path, count, width, removed: [], out: linked }, (rows) => bar?.tick(rows));
    bar?.done();
    return kind === 'hnsw' ? await readOwn(linked) : await roundedFile(linked);
  } finally {
    await rm(linked, { force: true });
  }
}

/** Whether a graph is too much to be linked beside all else. */
export const isLarge = (count: number, width: number): boolean => kindFor(count, width) === 'hnsw-int8';

/** All of a file of vectors. */
export async function rowsOfFile(path: string): Promise<Float32Array> {
  return new Float32Array(readWork(path, 0, (await contentBytes(path))!).buffer);
}

/** hnswlib's file in int8. @param file is gone afterwards */
export async function roundedFile(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const out = temporaryName(file);
  try {
    await inChild({ do: 'round', file, out });
    await rename(out, file);
    return await readOwn(file);
  } finally {
    await rm(out, { force: true });
  }
}

/** A graph of a million vectors takes an hour. */
const LIMIT_MS = 24 * 3600_000;

export async function inChild(task: VectorsTask, onDone?: (count: number) => void): Promise<void> {
  await ask<VectorsTask, true>(join(import.meta.dirname, 'vectors-child.ts'), task, LIMIT_MS, onDone).catch(
    (cause: Error) => {
      throw new Error(`vectors: ${cause.message}. Build again: what came before is kept.`, { cause });
    },
  );
}
