import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EncodedTrack } from '../../../offline/encode/library.ts';
import { NO_FACTS } from '../../../offline/encode/music-facts.ts';
import { arrangeVectors } from '../../../offline/indexing/arrange-vectors.ts';
import { arrangeElsewhere } from '../../../offline/indexing/arranged-tracks.ts';
import { diskNeeded, refuseFullDisk } from '../../../offline/indexing/disk-needed.ts';
import { enhanceTracks } from '../../../offline/indexing/enhance-tracks.ts';
import { sha256Hex } from '../../../offline/lib/files.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import type { Checkpoint } from '../../../offline/models/checkpoint.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { builtIn, checkpoint, segmentWidth, tracks } from './sample.ts';
import { memoryStore } from './store/memory-store.ts';

let folder: TestFolder;
let looks: string[];
/** Two files' worth and a little; every look at tokens is written down. */
let many: EncodedTrack[];
beforeEach(async () => {
  folder = await testFolder();
  looks = [];
  many = Array.from({ length: 1030 }, (_, i) => lookedAt(`${i}`));
});
afterEach(() => folder.remove());

function lookedAt(id: string): EncodedTrack {
  const segments = 1 + (Number(id) % 3);
  return {
    ...{ id, title: id, file: id, sha256: sha256Hex(id), durationSec: 2.5 * segments, music: NO_FACTS },
    tokens: {
      shape: [segments, segmentWidth],
      get data() {
        looks.push(id);
        const random = createRandom(id);
        return Float32Array.from({ length: segments * segmentWidth }, () => random.normal());
      },
    },
  };
}

const enhance = async (all: readonly EncodedTrack[] = many, model: Checkpoint = checkpoint) => {
  looks.length = 0;
  let skipped = 0;
  const skip = (count: number): void => {
    skipped += count;
  };
  const bar = { tick: () => undefined, done: () => undefined, skip };
  const enhanced = await enhanceTracks(all, model, { threads: 1, folder: folder.path, bar });
  return { ...enhanced, skipped, looks: looks.length, all: all.map((_, i) => enhanced.tokensOf(i)) };
};

describe('enhanced tracks', () => {
  test('are made once: a second run goes on behind the last whole file of the first', async () => {
    const first = await enhance();
    expect([first.looks, first.skipped]).toEqual([1030, 0]);
    expect([...first.segments.subarray(0, 4)]).toEqual([1, 2, 3, 1]);
    const again = await enhance();
    expect([again.looks, again.skipped]).toEqual([0, 1030]);
    const names = await readdir(folder.path);
    expect(names).toHaveLength(3);
    const last = await lastFile(names);
    await rm(join(folder.path, last));
    const resumed = await enhance();
    expect([resumed.looks, resumed.skipped]).toEqual([6, 1024]);
    const bytes = await readFile(join(folder.path, last));
    await writeFile(join(folder.path, last), bytes.fill(7, 30, 40)); // damaged: it is made again
    const mended = await enhance();
    expect([mended.looks, mended.skipped]).toEqual([6, 1024]);
    for (const other of [again, resumed, mended])
      for (const what of ['all', 'means', 'key', 'segments'] as const) expect(other[what]).toEqual(first[what]);
  });

  /** Of the six tracks at the end. */
  async function lastFile(names: readonly string[]): Promise<string> {
    const sizes = await Promise.all(names.map(async (name) => (await readFile(join(folder.path, name))).length));
    return names[sizes.indexOf(Math.min(...sizes))];
  }

  test('of another model, other media or other uses are made anew', async () => {
    const some = many.slice(0, 3);
    const { key } = await enhance(some);
    const keys = [key];
    const other = { ...checkpoint, theta: checkpoint.theta.map((value) => 1.01 * value) };
    for (const [all, model] of [
      [some, other],
      [[...some.slice(0, 2), lookedAt('9')], checkpoint],
      [[some[0], some[1], { ...lookedAt('2'), uses: [{ videoId: 'v', startSec: 0, endSec: 1 }] }], checkpoint],
    ] as const) {
      const made = await enhance(all, model);
      expect(made.looks).toBe(3);
      keys.push(made.key);
    }
    expect(new Set(keys).size).toBe(4);
  });
});

test('many tracks are arranged in a process of their own, to the same bytes', async () => {
  const { parts } = await enhance();
  const task = (where: string) => {
    const [order, vectors] = ['order', 'vectors'].map((name) => join(folder.path, `${name}-${where}`));
    return { parts, width: checkpoint.config.width, order, vectors };
  };
  const [here, there] = [task('here'), task('there')];
  await arrangeVectors(here);
  let placed = 0;
  await arrangeElsewhere(there, (tracks) => {
    placed += tracks;
  });
  expect(placed).toBe(1030);
  for (const what of ['order', 'vectors'] as const)
    expect((await readFile(there[what])).equals(await readFile(here[what]))).toBe(true);
  await rm(parts[0].path);
  await expect(arrangeElsewhere(there, () => undefined)).rejects.toThrow(
    /^arrange: .*Build again: what came before is kept\.$/,
  );
});

describe('a build', () => {
  test('in a folder that stays gives the index of one in a temporary folder, also when it is gone on with', async () => {
    const [one, two] = [memoryStore(), memoryStore()];
    const manifest = await builtIn(one);
    const work = join(folder.path, 'work');
    const killed = {
      tick: () => undefined,
      skip: () => undefined,
      done: () => {
        throw new Error('killed');
      },
    };
    const silent = { ...killed, done: () => undefined };
    const progress = (label: string) => (label === 'arrange tracks' ? killed : silent);
    await expect(builtIn(two, { work, progress })).rejects.toThrow('killed');
    expect((await readdir(work)).some((name) => name.startsWith('enhanced-'))).toBe(true);
    expect(await builtIn(two, { work })).toEqual(manifest);
    expect(await builtIn(two, { work })).toEqual(manifest);
    expect([...two.files.keys()].sort()).toEqual([...one.files.keys()].sort());
  });

  test('says what it takes of the disk, and is refused where there is less', async () => {
    const places = { folder: join(folder.path, 'index'), work: join(folder.path, 'work') };
    expect(await refuseFullDisk(diskNeeded(tracks, checkpoint.config), places)).toMatch(
      /^disk: about 1 MB for the index, and 1 MB beside it in .*work until it is built$/,
    );
    await expect(refuseFullDisk({ index: 1e18, work: 1 }, places)).rejects.toThrow(
      /index: expected 1000000000\.0 GB for the index and what is needed until it is built, got .* that are free\. Free some space/,
    );
  });
});
