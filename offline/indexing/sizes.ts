/** How large an index is, and what a Worker needs to hold it. */

import { budgetsBeside, heldWhole, needsRetriever, withoutVectors } from '../../functions/grounding/budgets.ts';
import { takesFrames } from '../../functions/grounding/takes-frames.ts';
import { MAX_PAGES } from '../../functions/runtime/unshared-ort.ts';
import { filesOf, type Manifest } from '../../index/format/manifest.ts';
import { bytesOf, shardsOf } from '../../index/format/shard-table.ts';
import { CATALOGUE_ROLES } from '../../index/search/open-catalogue.ts';

export interface Sizes {
  /** Bytes of everything that the manifest names. */
  total: number;
  files: number;
  largestFile: number;
  largestShard: number;
  /** What a Worker plans to hold, at most: shards up to their budgets, and what is held whole. */
  javascriptBytes: number;
  webassemblyBytes: number;
}

/** onnxruntime's own, and what a graph takes while it is opened beside what stays, in times its file (docs/experiments.md). */
const RUNTIME_BYTES = 12e6;
const WHILE_OPENED = { graph: 1, tower: 2 } as const;

export function sizesOf(manifest: Manifest): Sizes {
  const { files, shards } = manifest;
  const all = [...filesOf(manifest)];
  const sum = (list: readonly { bytes: number }[]) => list.reduce((total, { bytes }) => total + bytes, 0);
  const largest = (list: readonly { bytes: number }[]) => list.reduce((most, { bytes }) => Math.max(most, bytes), 0);
  const graphs = [files.enhanceVideo, files.relevance, files.moment];
  const tower = files.imageTower?.bytes ?? 0;
  const opening = Math.max(WHILE_OPENED.graph * largest(graphs), WHILE_OPENED.tower * tower);
  // One graph is opened at a time, and the memory has an end: what does not fit it was refused before (edge-tower.ts).
  const webassemblyBytes = Math.min(RUNTIME_BYTES + sum(graphs) + tower + opening, MAX_PAGES * 65536);
  // Above what an isolate holds of vectors, a service has them.
  const held = needsRetriever(manifest) ? withoutVectors(manifest) : manifest;
  const budgets = budgetsBeside(webassemblyBytes, held, tower > 0 || takesFrames({ manifest }));
  return {
    total: sum(all),
    files: all.length,
    largestFile: largest(all),
    largestShard: largest([...shardsOf(shards.tokens), ...shardsOf(shards.analysis)]),
    javascriptBytes:
      heldWhole(held) +
      Math.min(budgets.tokens, bytesOf(shards.tokens)) +
      ['analysis' as const, ...CATALOGUE_ROLES].reduce((total, role) => total + budgets[role], 0),
    webassemblyBytes,
  };
}
