/** Tracks of music as the tests of placing draw and write them. */
import fc from 'fast-check';
import type { Music } from '../../../index/moment/beat-grid.ts';

/** A beat every beatMs from firstMs on, a bar every four, no onsets. */
export function steadyMusic(beatMs: number, { firstMs = 0, untilMs }: { firstMs?: number; untilMs: number }): Music {
  const beats = Math.ceil((untilMs - firstMs) / beatMs);
  return {
    beatsMs: Uint32Array.from({ length: beats }, (_, beat) => firstMs + beat * beatMs),
    downbeats: Uint32Array.from({ length: Math.ceil(beats / 4) }, (_, bar) => 4 * bar),
    onsetStrength: new Uint8Array(Math.ceil(untilMs / 50)),
  };
}

export const SILENT_GRID: Music = {
  beatsMs: new Uint32Array(0),
  downbeats: new Uint32Array(0),
  onsetStrength: new Uint8Array(0),
};

export interface DrawnTrack {
  trackMs: number;
  music: Music;
}

/** Beats as uneven as they come, downbeats on any of them, none at all among them, and a few beats behind the track's end. */
export const anyTrack: fc.Arbitrary<DrawnTrack> = fc
  .record({
    trackMs: fc.integer({ min: 100, max: 240_000 }),
    firstMs: fc.integer({ min: 0, max: 20_000 }),
    beats: fc.array(fc.record({ gapMs: fc.integer({ min: 60, max: 4000 }), inBar: fc.integer({ min: 0, max: 3 }) }), {
      maxLength: 120,
    }),
    onsets: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  })
  .map(({ trackMs, firstMs, beats, onsets }) => {
    let atMs = firstMs;
    return {
      trackMs,
      music: {
        beatsMs: Uint32Array.from(beats, ({ gapMs }) => (atMs += gapMs)),
        downbeats: Uint32Array.from([...beats.keys()].filter((beat) => beats[beat].inBar === 0)),
        onsetStrength: Uint8Array.from({ length: Math.ceil(trackMs / 50) }, (_, i) => onsets[i % onsets.length]),
      },
    };
  });

/** A span inside the track, from two shares of it. */
export const spanIn = (trackMs: number, one: number, other: number) => ({
  startMs: Math.floor(trackMs * Math.min(one, other)),
  endMs: Math.floor(trackMs * Math.max(one, other)),
});

export const share: fc.Arbitrary<number> = fc.double({ min: 0, max: 1, noNaN: true });
