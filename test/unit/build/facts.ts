import type { MusicFacts } from '../../../offline/encode/music-facts.ts';

/** What the analysis says of a track of which nothing is known; `over` is what is. */
export const factsOf = (over: Partial<MusicFacts> = {}): MusicFacts => ({
  tags: {},
  loudnessLufs: null,
  peakDb: null,
  segmentLufs: new Float32Array(0),
  bpm: null,
  beatConfidence: 0,
  beats: new Float32Array(0),
  downbeats: new Uint32Array(0),
  beatsPerBar: null,
  key: null,
  waveform: new Uint8Array(0),
  onsetStrength: new Uint8Array(0),
  ...over,
});
