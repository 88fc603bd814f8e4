/**
 * Turn a track's plan into sound: play the score, follow the sections' energy, add the track's character.
 *
 * Loudness spans 24 dB from the quietest to the fullest moment, about what is left between a break and a chorus in released
 * recordings. Levels are not normalised per track: a quiet track is to stay a quiet track.
 */
import { createRandom } from '../../lib/random.ts';
import { energyAt, sectionAt } from './form.ts';
import { COMPOSE_RATE, createOrchestra } from './instruments.ts';
import { writeScore } from './score.ts';
import { styleNamed } from './styles.ts';
import type { TrackPlan } from './world.ts';

export { COMPOSE_RATE } from './instruments.ts';

const RANGE_DB = 24;
/** Control rate of the slowly moving gain. */
const GAIN_STEP = 256;

/** Mono samples in [-1, 1] at COMPOSE_RATE. Equal plans give equal samples. */
export function composeTrack(plan: TrackPlan): Float32Array {
  const style = styleNamed(plan.style);
  const random = createRandom(plan.seed).fork('sound');
  const orchestra = createOrchestra(random);
  const { notes, drums } = writeScore(plan, style);
  const out = new Float32Array(Math.round(plan.durationSec * COMPOSE_RATE));
  for (const note of notes) {
    const voice = style[note.part];
    mix(
      out,
      orchestra.note(voice, note.pitch, note.lengthSec, note.brightness * (0.7 + 0.6 * plan.character.air)),
      note.startSec,
      note.gain,
    );
  }
  const { weight, air } = plan.character;
  for (const drum of drums) {
    const low = drum.kind === 'kick' || drum.kind === 'timpani';
    mix(out, orchestra.drum(drum.kind), drum.startSec, drum.gain * (low ? 0.5 + 0.7 * weight : 0.35 + 0.9 * air));
  }
  shape(out, plan, random.fork('hiss'));
  return out;
}

function mix(out: Float32Array, sound: Float32Array, startSec: number, gain: number): void {
  const at = Math.round(startSec * COMPOSE_RATE);
  const length = Math.min(sound.length, out.length - at);
  for (let i = 0; i < length; i++) out[at + i] += gain * sound[i];
}

/** Hiss, drive and loudness, in place. */
function shape(out: Float32Array, plan: TrackPlan, random: ReturnType<typeof createRandom>): void {
  const { air, roughness } = plan.character;
  const drive = 0.6 + 3.5 * roughness ** 2;
  const makeUp = 1 / Math.tanh(drive * 0.6);
  let gain = gainAt(plan, 0);
  let previous = 0;
  for (let from = 0; from < out.length; from += GAIN_STEP) {
    const to = Math.min(out.length, from + GAIN_STEP);
    const next = gainAt(plan, to / COMPOSE_RATE);
    for (let i = from; i < to; i++) {
      const white = random.uniform(-1, 1);
      const hiss = (white - previous) * 0.02 * air; // differenced: most of it lies high
      previous = white;
      const level = gain + ((next - gain) * (i - from)) / GAIN_STEP;
      out[i] = Math.tanh(drive * (0.7 * out[i] + hiss)) * makeUp * 0.55 * level;
    }
    gain = next;
  }
}

function gainAt(plan: TrackPlan, sec: number): number {
  const section = plan.sections[sectionAt(plan.sections, sec)];
  return 10 ** ((RANGE_DB * (energyAt(section, plan.barSec, sec) - 1)) / 20);
}
