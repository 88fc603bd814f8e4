import { beforeEach, expect, test } from 'vitest';
import { shardCount, shardsOf } from '../../../index/format/shard-table.ts';
import { matchTracks } from '../../../offline/cues/match.ts';
import { type EncodedTrack, type TrackList, tracksAt } from '../../../offline/encode/library.ts';
import { addToIndex } from '../../../offline/indexing/add.ts';
import { sha256Hex } from '../../../offline/lib/files.ts';
import { useAt } from '../cues/one-use.ts';
import { factsOf } from './facts.ts';
import { builtIn, checkpoint, sampleTrack, segmentWidth, tracks } from './sample.ts';
import { type MemoryStore, memoryStore } from './store/memory-store.ts';

let store: MemoryStore;
beforeEach(() => {
  store = memoryStore();
});

const objects = (role: string): number =>
  [...store.files.keys()].filter((path) => path.startsWith(`objects/${role}-`)).length;

/** A list that has nothing of a track until it is asked for it. @param onMusic called when what is known of one is read */
function madeUp(count: number, onMusic: () => void): TrackList {
  const trackAt = (i: number): EncodedTrack => ({
    id: `track-${i}`,
    title: `${i} `.repeat(40).trim(),
    file: `folder/${i}.wav`,
    sha256: sha256Hex(`${i}`),
    durationSec: 2.5,
    tokens: { shape: [1, segmentWidth], data: new Float32Array(segmentWidth).fill(Math.sin(i)) },
    get music() {
      onMusic();
      return factsOf();
    },
  });
  return {
    length: count,
    at: (place) => (place < count ? trackAt(place) : undefined),
    *[Symbol.iterator]() {
      for (let i = 0; i < count; i++) yield trackAt(i);
    },
  };
}

test('a build holds no catalogue entry longer than it takes to write it', async () => {
  const before: number[] = [];
  const { shards } = await builtIn(store, { tracks: madeUp(600, () => before.push(objects('catalogue'))) });
  const written = shardCount(shards.catalogue);
  expect(written).toBeGreaterThan(3);
  expect(before).toHaveLength(600); // once each, for the line and the analysis together
  expect([before[0], before[599]]).toEqual([0, written - 1]);
});

test('tracks that are made when they are looked at give the index of tracks in memory', async () => {
  const elsewhere = memoryStore();
  const places = Uint32Array.from(tracks, (_, i) => i);
  expect(await builtIn(store, { tracks: tracksAt(tracks, places) })).toEqual(await builtIn(elsewhere));
  expect([...store.files.keys()].sort()).toEqual([...elsewhere.files.keys()].sort());
});

test('an addition writes no line and no text of the tracks before again', async () => {
  const first = await builtIn(store);
  store.clock = 5;
  const longer = await addToIndex(store, first, { tracks: [sampleTrack(60)], checkpoint, threads: 1 });
  const writtenAt = (role: 'catalogue' | 'texts') =>
    Array.from(shardsOf(longer.shards[role]), ({ path }) => store.files.get(path)?.writtenAt);
  expect([writtenAt('catalogue'), writtenAt('texts')]).toEqual([
    [0, 5],
    [0, 5],
  ]);
});

test('a log is matched to a catalogue that passes by once', () => {
  function* passing() {
    for (let i = 0; i < 2000; i++) yield { id: `id-${i}`, file: `folder-${i % 7}/${i}.mp3`, durationMs: 1000 * i };
  }
  const named = (trackId: string) => useAt(0, { trackId });
  const uses = ['id-3', '1999', 'folder-4/11.mp3', 'x/folder-5/12', 'folder-5/13.mp3'].map(named);
  const { labelOf, durationMsOf, tracks: count, unmatched } = matchTracks(uses, passing());
  expect([...labelOf]).toEqual([
    ['id-3', 3],
    ['1999', 1999],
    ['folder-4/11.mp3', 11],
    ['x/folder-5/12', 12],
  ]);
  expect(durationMsOf.get(11)).toBe(11_000);
  expect([count, unmatched.length]).toEqual([2000, 1]);
});
