/** What an analysis would say of a simulated track: its bars and beats as they are, loudness by its energy, and onsets on the beats. */

import type { MusicFacts } from '../../offline/encode/music-facts.ts';
import { createRandom } from '../../offline/lib/random.ts';
import { moodAt } from '../../offline/worlds/composed/song.ts';
import { STYLES } from '../../offline/worlds/composed/styles.ts';
import type { SimulatedTrack } from '../../offline/worlds/simulated/world.ts';

const WAVEFORM = 400;
const BEATS_PER_BAR = 4;
const STRIDE_SEC = 2.5;
const ONSET_SEC = 0.05;
const ARTISTS = 500;
const TONICS = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'];

/** @param segments as many as its tokens */
export function simulatedFacts({ id, song, seed, style }: SimulatedTrack, segments: number): MusicFacts {
  const random = createRandom(`${seed}/facts`);
  const { durationSec, barSec, bpm, tonic, mode } = song;
  const energyAt = (sec: number): number => moodAt(song, Math.min(sec, durationSec - 0.001)).energy;
  const beats = Float32Array.from(
    { length: Math.floor((durationSec * BEATS_PER_BAR) / barSec) },
    (_, beat) => (beat * barSec) / BEATS_PER_BAR,
  );
  const segmentLufs = Float32Array.from(
    { length: segments },
    (_, s) => -30 + 18 * energyAt(s * STRIDE_SEC) + random.normal(),
  );
  const onsetStrength = Uint8Array.from({ length: Math.floor(durationSec / ONSET_SEC) }, () => random.integer(60));
  for (const [beat, sec] of beats.entries()) {
    const place = Math.round(sec / ONSET_SEC);
    if (place < onsetStrength.length) onsetStrength[place] = (beat % BEATS_PER_BAR ? 120 : 200) + random.integer(56);
  }
  return {
    loudnessLufs: segmentLufs.reduce((sum, lufs) => sum + lufs, 0) / segments,
    peakDb: -1,
    segmentLufs,
    bpm,
    beatConfidence: 0.8,
    beats,
    downbeats: Uint32Array.from({ length: Math.ceil(beats.length / BEATS_PER_BAR) }, (_, bar) => bar * BEATS_PER_BAR),
    beatsPerBar: BEATS_PER_BAR,
    key: { tonic: TONICS[tonic], mode, confidence: 0.7 },
    highlight: { startSec: durationSec / 2, endSec: Math.min(durationSec, durationSec / 2 + 15) },
    waveform: Uint8Array.from({ length: WAVEFORM }, (_, i) =>
      Math.min(255, Math.round(255 * energyAt((i * durationSec) / WAVEFORM) * random.uniform(0.7, 1))),
    ),
    onsetStrength,
    tags: {
      title: `Track ${id}`,
      artist: `Artist ${random.integer(ARTISTS)}`,
      genre: [STYLES[style].name],
      licence: 'CC0',
    },
  };
}
