/** A process of its own for a large graph of vectors: what hnswlib holds is given back when it ends. One task, then it is gone. */
import { readFile, writeFile } from 'node:fs/promises';
import { writeHnswInt8 } from '../../index/search/hnsw-int8.ts';
import { answer } from '../lib/child-process.ts';
import { rowsIn } from '../lib/float-rows.ts';
import { extendGraph, writeGraph } from './vectors.ts';

/** All files are hnswlib's but those of vectors, f32[N, D], and what is rounded, which is of index/search/hnsw-int8.ts. */
export type VectorsTask =
  | { do: 'link'; vectors: string; count: number; width: number; removed: readonly number[]; out: string }
  | { do: 'extend'; file: string; vectors: string; count: number; width: number; removed: readonly number[] }
  | { do: 'round'; file: string; out: string };

answer<VectorsTask, true>(async (task, onDone) => {
  if (task.do === 'round') {
    const { buffer } = Uint8Array.from(await readFile(task.file));
    await writeFile(task.out, writeHnswInt8(buffer));
    return true;
  }
  const rows = { ...task, rows: rowsIn(task.vectors, task.count, task.width), onRows: onDone };
  if (task.do === 'link') writeGraph(task.out, rows);
  else extendGraph(task.file, rows);
  return true;
});
