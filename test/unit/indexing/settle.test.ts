/** The end of a build: it is measured, and answered from only when it is good enough. */
import { beforeEach, expect, test } from 'vitest';
import { reportPath } from '../../../index/format/pointer.ts';
import { writeIndex } from '../../../offline/indexing/build.ts';
import { removeFromIndex } from '../../../offline/indexing/remove.ts';
import { readReport } from '../../../offline/indexing/report.ts';
import { rollBack } from '../../../offline/indexing/roll-back.ts';
import { type SettleOptions, settleIndex } from '../../../offline/indexing/settle.ts';
import { KEEP } from '../../../offline/indexing/store/publish.ts';
import { listVersions, readCurrent, readManifest } from '../../../offline/indexing/store/versions.ts';
import { checkpoint, tracks } from './sample.ts';
import { type MemoryStore, memoryStore } from './store/memory-store.ts';
import { answeredFrom } from './store/sample-index.ts';

let store: MemoryStore;
let lines: string[];
beforeEach(() => {
  store = memoryStore();
  lines = [];
});

const silent = { tick: () => undefined, skip: () => undefined, done: () => undefined };
const some = tracks.slice(0, 12);
const written = (of = some) => writeIndex(store, { tracks: of, checkpoint, threads: 1 });
async function options(over: Partial<SettleOptions> = {}): Promise<SettleOptions> {
  return {
    from: await readCurrent(store),
    keep: KEEP,
    exact: { checkpoint, tracks: some },
    now: () => new Date(1000),
    threads: 1,
    progress: () => silent,
    print: (line) => lines.push(line),
    ...over,
  };
}

test('an index that passes all gates is answered from, with a report that any reader finds', async () => {
  const { manifest, report } = await settleIndex(store, await written(), await options());
  expect(await answeredFrom(store)).toBe(manifest.indexVersion);
  expect(await readReport(store, await readManifest(store, manifest.indexVersion))).toEqual(report);
  expect(report).toMatchObject({
    indexVersion: manifest.indexVersion,
    measuredAt: '1970-01-01T00:00:01.000Z',
    queries: '64 seeded draws around the training statistics of tiny-image',
    retrieval: { at10: 1, at100: 1, tracks: 12 },
  });
  expect(report?.model?.tokens.relevance.largest).toBeGreaterThan(0);
  expect(report?.model?.tokens.relevance.largest).toBeLessThan(0.01);
  expect(report?.model?.served.relevance.mean).toBeCloseTo(report!.model!.tokens.relevance.mean, 4);
  expect(lines.at(-1)).toMatch(/^\nIndex [0-9a-f]{12}: 12 tracks, \d+ segments, model [0-9a-f]{12} \(fp32\)$/);
});

test('the report changes no version: the same index measured twice is the same index', async () => {
  const one = await settleIndex(store, await written(), await options());
  const elsewhere = memoryStore();
  const again = await writeIndex(elsewhere, { tracks: some, checkpoint, threads: 1 });
  const two = await settleIndex(elsewhere, again, { ...(await options()), from: {}, now: () => new Date(9000) });
  expect(two.manifest.indexVersion).toBe(one.manifest.indexVersion);
  expect(two.report?.measuredAt).not.toBe(one.report?.measuredAt);
  const third = await settleIndex(store, await written(), await options());
  expect(third, 'what is answered from already is not measured again').toEqual(one);
  expect(lines.at(-1)).toContain('nothing has changed');
});

test('an index that fails a gate is kept to be looked at, and not answered from', async () => {
  const good = await settleIndex(store, await written(), await options());
  const inWorkerd = async () => ({ one: { p50: 1, p95: 1 }, five: { p50: 9999, p95: 9999 } });
  const slow = await written(tracks.slice(0, 13));
  await expect(settleIndex(store, slow, await options({ inWorkerd }))).rejects.toThrow(
    /^index [0-9a-f]{12}: expected all gates to pass, 1 failed:\n {2}FAILED five moments in workerd, median: 9999 ms, at most 450 ms .*\n.*`cuepoint index report [0-9a-f]{12}` prints this again\. Answers go on coming from [0-9a-f]{12}\.$/s,
  );
  expect(await answeredFrom(store)).toBe(good.manifest.indexVersion);
  expect((await listVersions(store)).map(({ indexVersion }) => indexVersion)).toContain(slow.indexVersion);
  expect((await readReport(store, await readManifest(store, slow.indexVersion)))?.latency.workerd?.five.p50).toBe(9999);
  const back = { to: slow.indexVersion, keep: KEEP, now: new Date(0), start: () => silent };
  await expect(rollBack(store, back), 'nor by going back to it').rejects.toThrow('1 had failed');
});

test('a report that passed is not replaced by one of the same index that failed on a busy machine', async () => {
  const good = await settleIndex(store, await written(), await options());
  const inWorkerd = async () => ({ one: { p50: 1, p95: 1 }, five: { p50: 9999, p95: 9999 } });
  const atOnce = settleIndex(store, await written(), await options({ inWorkerd, from: {} }));
  await expect(atOnce).rejects.toThrow('FAILED five moments in workerd');
  expect(await readReport(store, good.manifest)).toEqual(good.report);
  const back = { to: good.manifest.indexVersion, keep: KEEP, now: new Date(0), start: () => silent };
  await expect(rollBack(store, back)).rejects.toThrow('answers from');
});

test('an index that is answered from and has lost its report is measured again', async () => {
  const one = await settleIndex(store, await written(), await options());
  for (const damage of ['{', '{}']) {
    await store.write(reportPath(one.manifest.indexVersion), damage);
    await expect(readReport(store, one.manifest)).rejects.toThrow('expected the report of this index, got something');
    const { report } = await settleIndex(store, await written(), await options({ now: () => new Date(7000) }));
    expect(report?.measuredAt).toBe('1970-01-01T00:00:07.000Z');
    expect(await readReport(store, one.manifest)).toEqual(report);
    expect(await answeredFrom(store)).toBe(one.manifest.indexVersion);
  }
});

test('an index that only lost tracks tells what was measured of the model before', async () => {
  const { manifest, report } = await settleIndex(store, await written(), await options());
  const less = await removeFromIndex(store, manifest, { tracks: ['track-3'], files: [] });
  const earlier = { model: report!.model!, on: manifest.indexVersion };
  const after = await settleIndex(store, less.manifest, await options({ exact: undefined, earlier }));
  expect(after.report?.retrieval.tracks).toBe(11);
  expect(after.report?.model).toEqual(report?.model);
  expect(after.report?.modelMeasuredOn).toBe(manifest.indexVersion);
});

test('a build that another one overtook says so, and its index can still be put in place', async () => {
  const from = await readCurrent(store);
  const [one, two] = [await written(), await written(tracks.slice(0, 13))];
  await settleIndex(store, one, await options({ from }));
  await expect(settleIndex(store, two, await options({ from }))).rejects.toThrow(/another build or publish came first/);
  expect(await answeredFrom(store)).toBe(one.indexVersion);
  await rollBack(store, { to: two.indexVersion, keep: KEEP, now: new Date(0), start: () => silent });
  expect(await answeredFrom(store)).toBe(two.indexVersion);
});
