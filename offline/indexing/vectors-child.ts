/**
 * A process of its own for a large graph of vectors: what hnswlib holds is given back when it ends. It does what it is asked, one after another, and is gone.
 */
import { writeFile } from 'node:fs/promises';
import { writeHnswFile } from '../../index/format/hnsw-file.ts';
import { graphOfHnswInt8, writeHnswInt8 } from '../../index/search/hnsw-int8.ts';
import { answer } from '../lib/child-process.ts';
import { readOwn } from '../lib/files.ts';
import { rowsIn } from '../lib/float-rows.ts';
import { extendGraph, HNSW, writeGraph } from './vectors.ts';

/**
 * All files are hnswlib's but those of vectors, f32[N, D], and what is rounded, which is of index/search/hnsw-int8.ts; `unround` makes hnswlib's
 * of it again.
 */
export type VectorsTask =
  | { do: 'link'; vectors: string; count: number; width: number; removed: readonly number[]; out: string }
  | { do: 'extend'; file: string; vectors: string; count: number; width: number; removed: readonly number[] }
  | { do: 'round'; file: string; out: string }
  | { do: 'unround'; file: string; out: string };

answer<readonly VectorsTask[], true>(async (tasks, onDone) => {
  for (const task of tasks) await done(task, onDone);
  return true;
});

async function done(task: VectorsTask, onDone: (rows: number) => void): Promise<void> {
  if (task.do === 'round') return writeFile(task.out, writeHnswInt8((await readOwn(task.file)).buffer));
  if (task.do === 'unround') {
    const graph = graphOfHnswInt8((await readOwn(task.file)).buffer);
    return writeFile(task.out, writeHnswFile({ ...graph, ...HNSW }));
  }
  const rows = { ...task, rows: rowsIn(task.vectors, task.count, task.width), onRows: onDone };
  if (task.do === 'link') writeGraph(task.out, rows);
  else extendGraph(task.file, rows);
}
