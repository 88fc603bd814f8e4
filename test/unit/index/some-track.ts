import type { Track } from '../../../index/format/catalogue.ts';

/** A track of which nothing is known; `over` is what is. */
export const someTrack = (id: string, over: Partial<Track> = {}): Track => ({
  id,
  title: id,
  durationMs: 120_000,
  file: `${id}.wav`,
  sha256: '0'.repeat(64),
  segments: 49,
  loudnessLufs: null,
  peakDb: null,
  bpm: null,
  beatConfidence: 0,
  beatsPerBar: null,
  key: null,
  ...over,
});
