/** The demo's composed music as pieces whose beats and bars are known: eight styles, half of them with few drums or none. */

import { resample } from '../../offline/media/resample.ts';
import { COMPOSE_RATE, composeTrack } from '../../offline/worlds/composed/compose.ts';
import { createWorld, type TrackPlan } from '../../offline/worlds/composed/world.ts';
import { type Piece, SAMPLE_RATE } from './drum-patterns.ts';

const SECONDS = 60;
/** Silence before the music, so that a beat is not found where a file begins. */
const LEAD_SEC = 0.37;
const BEATS_PER_BAR = 4;

/** The first minute of `count` tracks, the styles in turn. */
export function composedPieces(seed: string, count: number): Piece[] {
  return createWorld(`beats ${seed}`, { tracks: count, train: 0, val: 0, test: 0 }).tracks.map(compose);
}

function compose(plan: TrackPlan): Piece {
  const lengthSec = Math.min(SECONDS, plan.durationSec);
  const sound = resample(composeTrack(plan).subarray(0, lengthSec * COMPOSE_RATE), COMPOSE_RATE, SAMPLE_RATE);
  const samples = new Float32Array(sound.length + Math.round(LEAD_SEC * SAMPLE_RATE));
  samples.set(sound, samples.length - sound.length);
  const beatSec = plan.barSec / BEATS_PER_BAR;
  const beatsSec = Array.from({ length: Math.floor(lengthSec / beatSec) }, (_, i) => LEAD_SEC + i * beatSec);
  return {
    name: `${plan.style} ${plan.bpm}`,
    category: 'composed',
    samples,
    beatsSec,
    downbeatsSec: beatsSec.filter((_, i) => i % BEATS_PER_BAR === 0),
    bpm: plan.bpm,
    beatsPerBar: BEATS_PER_BAR,
  };
}
