import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Assets } from '../../functions/runtime/assets.ts';
import { releaseSessions } from '../../functions/runtime/bundle.ts';
import type { Session } from '../../functions/runtime/ort.ts';
import { manifestPath, POINTER_PATH } from '../../index/format/pointer.ts';
import { assetsOf, ENCODER } from './ask.ts';
import { handBundle } from './hand-bundle.ts';

const first = await handBundle(ENCODER);
const second = await handBundle(ENCODER, { version: 'second000000', removed: ['east'] });
/** With another graph for frames, and the other two graphs as they are. */
const third = await handBundle({ ...ENCODER, width: ENCODER.width + 1 }, { version: 'third0000000' });
const noAssets: Assets = assetsOf(new Map());

/** A bucket whose files can be exchanged, that knows what was read of it. */
function bucket(files: ReadonlyMap<string, Uint8Array>) {
  const state = { files, read: [] as string[] };
  const get = async (path: string) => {
    state.read.push(path);
    const content = state.files.get(path);
    return content ? { arrayBuffer: async () => content.slice().buffer } : null;
  };
  return { state, BUCKET: { get } as unknown as R2Bucket };
}

/** An isolate that has opened nothing yet. */
async function fresh() {
  vi.resetModules();
  return import('../../functions/runtime/current-index.ts');
}

let clock = 0;
beforeEach(() => {
  clock = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => clock);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('the index of an isolate', () => {
  it('is opened once', async () => {
    const { theIndex } = await fresh();
    const { state, BUCKET } = bucket(first);
    const opened = await theIndex({ ASSETS: noAssets, BUCKET });
    const reads = state.read.length;
    expect(await theIndex({ ASSETS: noAssets, BUCKET })).toBe(opened);
    expect(state.read).toHaveLength(reads);
    expect(await opened.catalogue.labelsOf(['east'])).toEqual([0]);
  });

  it('opens after a request that failed to open it', async () => {
    const { theIndex } = await fresh();
    await expect(theIndex({ ASSETS: noAssets })).rejects.toMatchObject({ code: 'index-missing' });
    expect((await theIndex({ ASSETS: assetsOf(first) })).catalogue.count).toBe(3);
  });

  it('opens after a request that was opening it has gone', async () => {
    const { theIndex } = await fresh();
    void theIndex({ ASSETS: { fetch: () => new Promise(() => undefined) } }); // what is left of a cancelled request
    clock += 5_000;
    expect((await theIndex({ ASSETS: assetsOf(first) })).catalogue.count).toBe(3);
  });

  it('stays the one of the request that was quicker, when one that was taken for gone comes back', async () => {
    const { theIndex } = await fresh();
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow: Assets = {
      async fetch(url) {
        if (url.includes('vectors')) await promise;
        return assetsOf(first).fetch(url);
      },
    };
    const late = theIndex({ ASSETS: slow });
    await scheduler.wait(200); // it has come to the vectors
    clock += 5_000;
    const quick = await theIndex({ ASSETS: assetsOf(first) });
    resolve();
    expect(await late).toBe(quick);
    expect(await theIndex({ ASSETS: assetsOf(first) })).toBe(quick);
    const frame = new Float32Array(ENCODER.width);
    frame[0] = 1;
    expect([...(await quick.engine.enhanceVideo(frame, 1)).h], 'and its graphs are open').toEqual([1, 0, 0, 0]);
  });

  it('is not opened twice when its files are slow to come', async () => {
    const { theIndex } = await fresh();
    const fetched: string[] = [];
    const slow: Assets = {
      async fetch(url) {
        fetched.push(url);
        await scheduler.wait(30);
        clock += 3_000;
        return assetsOf(first).fetch(url);
      },
    };
    const [one, other] = await Promise.all([theIndex({ ASSETS: slow }), theIndex({ ASSETS: slow })]);
    expect(one).toBe(other);
    expect(new Set(fetched).size).toBe(fetched.length);
  });

  it('is replaced by the first request after thirty seconds when another was published, and its graphs are not opened again', async () => {
    const { theIndex, leaseIndex, PICKED_UP_WITHIN_MS } = await fresh();
    const { state, BUCKET } = bucket(first);
    const places = { ASSETS: noAssets, BUCKET };
    const before = await leaseIndex(places);
    state.files = second;
    clock += PICKED_UP_WITHIN_MS - 1;
    expect((await theIndex(places)).manifest.indexVersion).toBe('hand00000000');
    clock += 1;
    state.read.length = 0;
    const after = await theIndex(places);
    expect(after.manifest.indexVersion).toBe('second000000');
    expect(state.read).toEqual([
      POINTER_PATH,
      manifestPath('second000000'),
      expect.stringMatching(/^objects\/column-/),
      expect.stringMatching(/^objects\/vectors-/),
    ]);
    expect(await after.catalogue.labelsOf(['east'])).toEqual([undefined]);
    // An answer that began with the old one still ends with it.
    const frame = new Float32Array(ENCODER.width);
    frame[0] = 1;
    expect([...(await before.index.engine.enhanceVideo(frame, 1)).h]).toEqual([1, 0, 0, 0]);
    await before.index.tokens.of([0]);
    expect(before.index.tokens.counts.bytes).toBeGreaterThan(0);
    await before.release();
    expect(before.index.tokens.counts.bytes, 'after its last answer its memory is given back').toBe(0);
    expect([...(await after.engine.enhanceVideo(frame, 1)).h]).toEqual([1, 0, 0, 0]);
  });

  it('answers with the graphs it shares with one that was closed, while a third is served', async () => {
    const { leaseIndex, PICKED_UP_WITHIN_MS } = await fresh();
    const { state, BUCKET } = bucket(first);
    const places = { ASSETS: noAssets, BUCKET };
    const leases = [await leaseIndex(places)];
    for (const files of [second, third]) {
      state.files = files;
      clock += PICKED_UP_WITHIN_MS - 1;
      await leases[0].index.tokens.of([0]);
      clock += 1;
      leases.push(await leaseIndex(places));
    }
    expect(leases.map(({ index }) => index.manifest.indexVersion)).toEqual([
      'hand00000000',
      'second000000',
      'third0000000',
    ]);
    const frame = new Float32Array(ENCODER.width);
    frame[0] = 1;
    await leases[0].release();
    expect([...(await leases[1].index.engine.enhanceVideo(frame, 1)).h]).toEqual([1, 0, 0, 0]);
    await leases[1].release();
    await expect(leases[1].index.engine.enhanceVideo(frame, 1), 'nobody answers with it').rejects.toThrow();
    const [relevance] = await leases[2].index.engine.relevance(
      Float32Array.of(1, 0, 0, 0),
      Float32Array.of(1, 0, 0, 0),
      Float32Array.of(1, 0, 0, 0),
    );
    expect(relevance).toBeGreaterThan(0);
  });

  it('is not held for ever by a request that was dropped with its lease', async () => {
    const { leaseIndex, LEASE_MS, PICKED_UP_WITHIN_MS } = await fresh();
    const { state, BUCKET } = bucket(first);
    const places = { ASSETS: noAssets, BUCKET };
    const dropped = await leaseIndex(places);
    await dropped.index.tokens.of([0]);
    state.files = second;
    clock += PICKED_UP_WITHIN_MS;
    await (await leaseIndex(places)).release();
    expect(dropped.index.tokens.counts.bytes, 'it may still answer').toBeGreaterThan(0);
    clock += LEASE_MS - PICKED_UP_WITHIN_MS + 1;
    const now = await leaseIndex(places);
    expect(dropped.index.tokens.counts.bytes).toBe(0);
    await dropped.release(); // it comes back after all
    const frame = new Float32Array(ENCODER.width);
    frame[0] = 1;
    expect([...(await now.index.engine.enhanceVideo(frame, 1)).h]).toEqual([1, 0, 0, 0]);
  });

  it('gives memory back although a request was dropped with its lease', async () => {
    const { leaseIndex, LEASE_MS } = await fresh();
    const places = { ASSETS: assetsOf(first) };
    const dropped = await leaseIndex(places);
    const freed = vi.spyOn(dropped.index.tokens, 'free');
    clock += LEASE_MS + 1;
    await (await leaseIndex(places)).release();
    expect(freed).toHaveBeenCalledOnce();
  });

  it('is not described by its files to who asks without a key, when it is broken', async () => {
    const { theIndexForAnyone } = await fresh();
    const damaged = new Map(first);
    damaged.delete([...first.keys()].find((path) => path.startsWith('objects/vectors'))!);
    const error = (await theIndexForAnyone({ ASSETS: assetsOf(damaged) }).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: 'index-unusable', message: expect.not.stringContaining('objects/') });
    expect(String(error.cause), 'for the log').toContain('objects/vectors');
  });

  it('closes all graphs before it waits for one: a client that has gone takes the rest of its request along', () => {
    const closed: string[] = [];
    const session = (name: string) => ({ release: async () => void closed.push(name) }) as unknown as Session;
    const sessions = new Map(['a', 'b', 'c'].map((name) => [name, session(name)]));
    void releaseSessions(sessions, new Map([['b', session('b')]]));
    expect(closed).toEqual(['a', 'c']);
  });

  it.each<[string, (files: Map<string, Uint8Array>) => void]>([
    ['is half there', (files) => files.delete([...files.keys()].find((path) => path.startsWith('objects/vectors'))!)],
    ['has a manifest that is not there yet', (files) => files.delete(manifestPath('second000000'))],
    ['has a pointer that is none', (files) => files.set(POINTER_PATH, Uint8Array.of(123))],
  ])('stays when the published one %s, and is replaced once that is mended', async (_what, damage) => {
    const { theIndex, PICKED_UP_WITHIN_MS } = await fresh();
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { state, BUCKET } = bucket(first);
    const places = { ASSETS: noAssets, BUCKET };
    await theIndex(places);
    const damaged = new Map(second);
    damage(damaged);
    state.files = damaged;
    clock += PICKED_UP_WITHIN_MS;
    expect((await theIndex(places)).manifest.indexVersion).toBe('hand00000000');
    expect(logged).toHaveBeenCalledOnce();
    state.files = second;
    expect((await theIndex(places)).manifest.indexVersion).toBe('hand00000000'); // not looked at again at once
    clock += PICKED_UP_WITHIN_MS;
    expect((await theIndex(places)).manifest.indexVersion).toBe('second000000');
  });
});
