/** A process of its own for a large graph of vectors: what hnswlib holds is given back when it ends. One task, then it is gone. */
import { writeFile } from 'node:fs/promises';
import { writeHnswFile } from '../../index/format/hnsw-file.ts';
import { graphOfHnswInt8, writeHnswInt8 } from '../../index/search/hnsw-int8.ts';
import { answer } from '../lib/child-process.ts';
import { readOwn } from '../lib/files.ts';
import { rowsIn } from '../lib/float-rows.ts';
import { extendGraph, HNSW, writeGraph } from './vectors.ts';

/** All files are hnswlib's but those of vectors, f32[N, D], and what is rounded, which is of index/search/hnsw-int8.ts; `unround` makes hnswlib's of it again. */
export type VectorsTask =
  | { do: 'link'; vectors: string; count: number; width: number; removed: readonly number[]; out: string }
  | { do: 'extend'; file: string; vectors: string; count: number; width: number; removed: readonly number[] }
  | { do: 'round'; file: string; out: string }
  | { do: 'unround'; file: string; out: string };

answer<VectorsTask, true>(async (task, onDone) => {
  if (task.do === 'round' || task.do === 'unround') {
    const { buffer } = await readOwn(task.file);
    await writeFile(
      task.out,
      task.do === 'round' ? writeHnswInt8(buffer) : writeHnswFile({ ...graphOfHnswInt8(buffer), ...HNSW }),
    );
    return true;
  }
  const rows = { ...task, rows: rowsIn(task.vectors, task.count, task.width), onRows: onDone };
  if (task.do === 'link') writeGraph(task.out, rows);
  else extendGraph(task.file, rows);
  return true;
});
