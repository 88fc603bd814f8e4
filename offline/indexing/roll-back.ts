/**
 * Going back: the pointer moves to an index that is kept, whole, and was good enough to be answered from. Where it names that one
 * already and only its hash is wrong, it is mended.
 */
import type { Manifest } from '../../index/format/manifest.ts';
import type { Progress } from '../lib/progress.ts';
import { failedGates, gateLine, readReport } from './report.ts';
import { movePointer, putManifest } from './store/publish.ts';
import type { BundleStore } from './store/store.ts';
import { readCurrent, readManifest } from './store/versions.ts';
import { pointerFault, verifyIndex } from './verify.ts';

export interface RollBackOptions {
  /** Version; the one before the current one unless given. */
  to?: string;
  keep: number;
  now: Date;
  start: (total: number) => Progress;
  /** Throws where what would answer is not set to (retriever-setting.ts). */
  suits?: (manifest: Manifest) => Promise<void>;
}

/** @throws Error when there is no such index, when it is not whole, or when a gate had failed; OvertakenError */
export async function rollBack(store: BundleStore, options: RollBackOptions): Promise<{ from: string; to: string }> {
  await store.sweep();
  const current = await readCurrent(store); // its index may be what is broken, and is not looked at
  if (!current.pointer)
    throw new Error(`${store.name}: expected an index, found none. Build one by \`cuepoint index build\`.`);
  const from = current.pointer.indexVersion;
  const to = options.to ?? current.pointer.previous;
  if (!to)
    throw new Error(
      `${store.name}: expected an index before ${from}, found none. Name one by --to: \`cuepoint index list\` has them.`,
    );
  const manifest = await readManifest(store, to);
  await options.suits?.(manifest);
  const wronglyNamed = await pointerFault(store, to);
  const faults = (await verifyIndex(store, to, options.start)).filter((fault) => fault !== wronglyNamed);
  if (to === from && !faults.length && !wronglyNamed)
    throw new Error(`${store.name}: it answers from ${to} already, and all of it is there.`);
  if (faults.length)
    throw new Error(
      `index ${to}: expected a whole one, got ${faults.length} fault${faults.length > 1 ? 's' : ''}:\n  ${faults.join('\n  ')}\nNothing was changed. Build that index again, or publish it again: what is damaged or missing is written then.`,
    );
  const report = await readReport(store, manifest);
  const failed = report ? failedGates(report) : [];
  if (failed.length)
    throw new Error(
      `index ${to}: expected all gates to have passed, ${failed.length} had failed:\n${failed.map((gate) => `  ${gateLine(gate)}`).join('\n')}\nNothing was changed.`,
    );
  await putManifest(store, manifest, options.now); // whose files may be old enough to be tidied away
  await movePointer(store, to, { from: current, now: options.now, keep: options.keep });
  return { from, to };
}
