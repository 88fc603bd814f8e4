import { expect, test } from 'vitest';
import type { Annotation } from '../../../offline/data/annotations.ts';
import { meanFrame, usesByTrack, usesFor } from '../../../offline/data/known-uses.ts';

const row = (videoId: string, musicId: string, musicStartSec: number): Annotation => ({
  videoId,
  musicId,
  musicStartSec,
  musicEndSec: musicStartSec + 5,
  musicTotalSec: 60,
  videoSec: 5,
});
const clips = new Map([['v1', { count: 2, data: Float32Array.of(1, 2, 3, 4) }]]);
const clipOf = (id: string) => clips.get(id);
const train = [row('v1', 'a', 10), row('v2', 'b', 0), row('v3', 'a', 20)];

test('uses are those of each track, in the order of the rows, with the mean frame of clips that are there', () => {
  const uses = usesByTrack(train, clipOf);
  expect([...uses.keys()]).toEqual(['a', 'b']);
  expect(uses.get('a')).toEqual([
    { videoId: 'v1', startSec: 10, endSec: 15, frames: Float32Array.of(2, 3) },
    { videoId: 'v3', startSec: 20, endSec: 25, frames: undefined },
  ]);
});

test('a video that is asked about tells nothing, of whichever track', () => {
  const uses = usesFor([row('v1', 'b', 0)], train, clipOf);
  expect(uses.get('a')!.map(({ videoId }) => videoId)).toEqual(['v3']);
  expect(usesFor(train, train, clipOf).size).toBe(0);
});

test('a clip without frames has no mean', () => {
  expect(meanFrame({ count: 0, data: new Float32Array(0) })).toBeUndefined();
  expect(meanFrame(undefined)).toBeUndefined();
});
