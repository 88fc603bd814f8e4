/** Sessions hold memory that no collector knows of: every one that is opened is closed, also where something fails. */
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BundleFile, Manifest } from '../../../index/format/manifest.ts';
import { formatAnnotations } from '../../../offline/data/annotations.ts';
import { reportTest } from '../../../offline/evaluate/test-report.ts';
import { compare } from '../../../offline/export/compare.ts';
import { exportGraphs } from '../../../offline/export/graphs.ts';
import type { TokenList } from '../../../offline/indexing/arranged-tracks.ts';
import { fitCues } from '../../../offline/indexing/fit-cues.ts';
import { graphFault } from '../../../offline/indexing/graph-fault.ts';
import { measureIndex } from '../../../offline/indexing/measure.ts';
import { heldOutSplit } from '../../../offline/indexing/queries.ts';
import { readChecked } from '../../../offline/indexing/store/read-checked.ts';
import { openFilesInNode } from '../../../offline/local-worker/node-index.ts';
import { familyOf } from '../../../offline/models/registry.ts';
import { createStepper } from '../../../offline/train/stepper.ts';
import { testFolder } from '../data/folder.ts';
import { countSessions, type OpenSessions } from '../nn/open-sessions.ts';
import { tinyDataset } from '../train/tiny.ts';
import { builtIn, checkpoint, layout, tracks } from './sample.ts';
import { memoryStore } from './store/memory-store.ts';

const silent = () => ({ tick: () => undefined, skip: () => undefined, done: () => undefined });
const some = tracks.slice(0, 6);
const data = tinyDataset();
let sessions: OpenSessions;
beforeEach(() => {
  sessions = countSessions();
});
afterEach(() => {
  vi.restoreAllMocks();
});
const folder = await testFolder();
afterAll(() => folder.remove());

/** The same once through, and once with each of its sessions failing to open. */
async function closesAll(work: () => Promise<unknown>): Promise<void> {
  await work();
  const { opened } = sessions;
  expect(opened).toBeGreaterThan(0);
  expect(sessions.closed).toBe(opened);
  for (let failing = 1; failing <= opened; failing++) {
    Object.assign(sessions, { opened: 0, closed: 0, failsAt: failing });
    await expect(work(), `the one that opens as number ${failing} fails`).rejects.toThrow('no memory for this one');
    expect([sessions.opened, sessions.closed]).toEqual([failing - 1, failing - 1]);
  }
}

test('measuring an index closes all sessions', async () => {
  const store = memoryStore();
  const manifest = await builtIn(store, { tracks: some });
  Object.assign(sessions, { opened: 0, closed: 0 });
  const options = { exact: { checkpoint, tracks: some }, threads: 1, progress: silent };
  await closesAll(() => measureIndex(store, manifest, options));
  Object.assign(sessions, { opened: 0, closed: 0, failsAt: 0 });
  const inWorkerd = () => Promise.reject(new Error('no workerd'));
  await expect(measureIndex(store, manifest, { ...options, inWorkerd })).rejects.toThrow('no workerd');
  expect(sessions.closed).toBe(sessions.opened);
});

test('an index that was opened closes its sessions, and one that cannot be opened has none', async () => {
  const store = memoryStore();
  const manifest = await builtIn(store, { tracks: some });
  Object.assign(sessions, { opened: 0, closed: 0 });
  const read = async (file: BundleFile) => (await readChecked(store, file)).bytes.buffer;
  await closesAll(async () => (await openFilesInNode(manifest, read, 1)).close());
  Object.assign(sessions, { opened: 0, closed: 0, failsAt: 0 });
  const other = { ...manifest, counts: { ...manifest.counts, tracks: 7 } } as Manifest;
  await expect(openFilesInNode(other, read, 1)).rejects.toThrow('expected 7 tracks in the column "durationMs", got 6');
  expect([sessions.opened, sessions.closed]).toEqual([3, 3]);
});

test('comparing precisions closes all sessions', async () => {
  let time = 0;
  const now = () => time++;
  await closesAll(() => compare({ checkpoint, data, rows: data.splits.test, threads: 1, now }));
});

test('fitting cues closes all sessions', async () => {
  const log = await folder.write('log.csv', formatAnnotations(data.splits.train));
  const graphs = exportGraphs(checkpoint, 'fp32');
  const tokens: TokenList = { segments: new Uint32Array(0), at: () => expect.unreachable() };
  await closesAll(() => fitCues({ log, heldOut: heldOutSplit(data), checkpoint, graphs, catalogue: [], tokens }));
});

test('a model, a training step and a test report close all sessions', async () => {
  const { config, theta } = checkpoint;
  await closesAll(async () => (await familyOf(config).open(config, layout, theta, { threads: 1 })).close());
  Object.assign(sessions, { opened: 0, closed: 0, failsAt: 0 });
  const sizes = { config, layout, batch: 2, micro: 2, threads: 1, device: 'cpu' } as const;
  await closesAll(async () => (await createStepper(sizes)).close());
  Object.assign(sessions, { opened: 0, closed: 0, failsAt: 0 });
  await closesAll(() => reportTest(checkpoint, data, 1));
});

test('looking at a graph closes its session, also where it is another graph', async () => {
  const graphs = exportGraphs(checkpoint, 'fp32');
  await graphFault('moment', graphs.moment, {} as Manifest);
  await expect(graphFault('relevance', graphs.moment, {} as Manifest)).rejects.toThrow(
    'expected a graph of h_v, h_0, pooled, got one that asks for "frame_mask"',
  );
  expect([sessions.opened, sessions.closed]).toEqual([2, 2]);
});
