/**
 * The sounds of the composed music: wavetable voices and drums, rendered once per note and mixed as often as it is played.
 *
 * A voice is a table of one period (additive synthesis: harmonics of a recipe, band-limited below Nyquist) read at the note's
 * pitch and faded from a bright table to a dull one as it decays, which is what a struck or plucked body does. Drums are
 * decaying sines and filtered noise. Which notes are played, and when, is score.ts.
 */
import type { Random } from '../../lib/random.ts';
import type { Voice } from './styles.ts';

export const COMPOSE_RATE = 22050;

const TABLE = 2048;
/** Harmonics stay below this, where the 16 kHz encoder hears nothing anyway. */
const TOP_HZ = 9000;

/** Amplitude of harmonic k of each recipe. */
const RECIPES: Record<Voice['recipe'], (k: number) => number> = {
  saw: (k) => 1 / k,
  square: (k) => (k % 2 === 1 ? 1 / k : 0),
  organ: (k) => ({ 1: 1, 2: 0.8, 3: 0.6, 4: 0.5, 6: 0.35, 8: 0.3 })[k] ?? 0,
  strings: (k) => (1 / k) * (1 + 1.5 * Math.exp(-((k - 4) ** 2) / 4)),
  soft: (k) => 1 / k ** 2.2,
  bell: (k) => ({ 1: 1, 3: 0.45, 4: 0.2, 7: 0.3, 11: 0.18, 14: 0.1 })[k] ?? 0,
  reed: (k) => (k % 2 === 1 ? 1 / k ** 1.3 : 0.35 / k ** 1.3),
};

export interface Orchestra {
  /** A note: MIDI pitch, length in seconds, brightness in 0..1. The array is shared: mix it, do not change it. */
  note(voice: Voice, pitch: number, lengthSec: number, brightness: number): Float32Array;
  drum(kind: DrumKind): Float32Array;
}

export type DrumKind = 'kick' | 'snare' | 'hat' | 'openHat' | 'brush' | 'timpani' | 'crash';

/** An orchestra remembers what it has rendered; make one per track. Drums draw their noise from `random`. */
export function createOrchestra(random: Random): Orchestra {
  const tables = new Map<string, Float32Array>();
  const notes = new Map<string, Float32Array>();
  const drums = new Map<DrumKind, Float32Array>();
  const table = (recipe: Voice['recipe'], pitch: number, level: number): Float32Array => {
    const top = Math.floor(TOP_HZ / hertz(Math.ceil(pitch / 6) * 6)); // one table per half octave
    return remember(tables, `${recipe}/${top}/${level}`, () => buildTable(recipe, top, level / BRIGHTNESS_LEVELS));
  };
  return {
    note(voice, pitch, lengthSec, brightness) {
      const level = Math.round(brightness * BRIGHTNESS_LEVELS);
      const length = Math.round(lengthSec * 100) / 100;
      return remember(notes, `${JSON.stringify(voice)}/${pitch}/${length}/${level}`, () =>
        renderNote(voice, pitch, length, table(voice.recipe, pitch, level), table(voice.recipe, pitch, 0)),
      );
    },
    drum: (kind) => remember(drums, kind, () => renderDrum(kind, random.fork(kind))),
  };
}

const BRIGHTNESS_LEVELS = 6;

function remember<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known) return known;
  const made = make();
  map.set(key, made);
  return made;
}

const hertz = (pitch: number): number => 440 * 2 ** ((pitch - 69) / 12);

function buildTable(recipe: Voice['recipe'], top: number, brightness: number): Float32Array {
  const table = new Float32Array(TABLE + 1); // the first value again at the end, for interpolation
  let energy = 0;
  for (let k = 1; k <= Math.max(1, Math.min(40, top)); k++) {
    const amplitude = RECIPES[recipe](k) * Math.exp(-(k - 1) / (1.5 + 14 * brightness));
    energy += amplitude * amplitude;
    for (let i = 0; i < TABLE; i++) table[i] += amplitude * Math.sin((2 * Math.PI * k * i) / TABLE);
  }
  for (let i = 0; i < TABLE; i++) table[i] /= Math.sqrt(energy); // brightness changes timbre, not loudness
  table[TABLE] = table[0];
  return table;
}

function renderNote(
  voice: Voice,
  pitch: number,
  lengthSec: number,
  bright: Float32Array,
  dull: Float32Array,
): Float32Array {
  const samples = Math.round((lengthSec + voice.releaseSec) * COMPOSE_RATE);
  const out = new Float32Array(samples);
  const step = (hertz(pitch) / COMPOSE_RATE) * TABLE;
  const spread = 2 ** (voice.detuneCents / 2400);
  const strands = voice.detuneCents > 0 ? [step * spread, step / spread] : [step];
  const gain = (0.25 * voice.gain) / Math.sqrt(strands.length);
  const decay = Math.exp(-1 / (voice.decaySec * COMPOSE_RATE));
  const attack = 1 / (voice.attackSec * COMPOSE_RATE);
  const release = Math.exp(-4 / (voice.releaseSec * COMPOSE_RATE));
  const held = Math.round(lengthSec * COMPOSE_RATE);
  for (const [strand, increment] of strands.entries()) {
    let phase = strand * 0.31 * TABLE; // strands that start together would cancel or double
    let level = 1;
    let ending = 1;
    for (let i = 0; i < samples; i++) {
      const at = Math.floor(phase);
      const part = phase - at;
      const dullness = voice.damping * (1 - level);
      const b = bright[at] + part * (bright[at + 1] - bright[at]);
      const d = dull[at] + part * (dull[at + 1] - dull[at]);
      out[i] += gain * level * ending * Math.min(1, i * attack) * (b + dullness * (d - b));
      phase += increment;
      if (phase >= TABLE) phase -= TABLE;
      level *= decay;
      if (i > held) ending *= release;
    }
  }
  return out;
}

/** Seconds until -60 dB, start and end pitch of the body in Hz, level of body and noise, one-pole low-pass of the noise. */
const DRUMS: Record<
  DrumKind,
  { sec: number; fromHz: number; toHz: number; body: number; noise: number; smooth: number }
> = {
  kick: { sec: 0.32, fromHz: 150, toHz: 48, body: 0.9, noise: 0.03, smooth: 0.5 },
  snare: { sec: 0.22, fromHz: 240, toHz: 180, body: 0.3, noise: 0.45, smooth: 0.1 },
  hat: { sec: 0.07, fromHz: 0, toHz: 0, body: 0, noise: 0.3, smooth: -0.7 },
  openHat: { sec: 0.3, fromHz: 0, toHz: 0, body: 0, noise: 0.28, smooth: -0.7 },
  brush: { sec: 0.16, fromHz: 0, toHz: 0, body: 0, noise: 0.22, smooth: 0.4 },
  timpani: { sec: 0.9, fromHz: 95, toHz: 82, body: 0.7, noise: 0.02, smooth: 0.6 },
  crash: { sec: 1.6, fromHz: 0, toHz: 0, body: 0, noise: 0.3, smooth: -0.5 },
};

function renderDrum(kind: DrumKind, random: Random): Float32Array {
  const { sec, fromHz, toHz, body, noise, smooth } = DRUMS[kind];
  const out = new Float32Array(Math.round(sec * COMPOSE_RATE));
  const decay = Math.exp(-6.9 / out.length);
  let level = 1;
  let phase = 0;
  let held = 0;
  for (let i = 0; i < out.length; i++) {
    const white = random.uniform(-1, 1);
    held = smooth * held + (1 - Math.abs(smooth)) * white; // a negative pole passes the top instead of the bottom
    out[i] = level * (body * Math.sin(phase) + noise * 2 * held);
    phase += (2 * Math.PI * (toHz + (fromHz - toHz) * level ** 3)) / COMPOSE_RATE;
    level *= decay;
  }
  return out;
}
