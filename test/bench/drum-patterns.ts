/**
 * Drums whose beats and bars are known: what the beat tracker is measured on.
 *
 * Each piece has a pattern as drummers play it, a tempo, and for some a swing, a drift, or a bass and chords over it. Hits fall a
 * few milliseconds early or late and vary in strength, cymbals are loud or soft in the mix; the first beat of a bar is played
 * a little stronger, and a crash begins every eighth bar. Everything is drawn from the seed.
 */
import { createRandom, type Random } from '../../offline/lib/random.ts';

export const SAMPLE_RATE = 44100;

export interface Piece {
  name: string;
  category: Category | 'composed';
  samples: Float32Array;
  beatsSec: number[];
  downbeatsSec: number[];
  bpm: number;
  beatsPerBar: number;
}

export const CATEGORIES = ['straight', 'swing', 'drift', 'triple', 'with bass and chords'] as const;
export type Category = (typeof CATEGORIES)[number];

type Drum = 'kick' | 'snare' | 'hat' | 'ride' | 'tom';
/** A hit on a place of the bar, in beats from 0, with its strength. */
type Hit = [beat: number, drum: Drum, strength: number];

interface Pattern {
  name: string;
  beats: number;
  hits: Hit[];
}

const every = (step: number, beats: number, drum: Drum, strong: number, weak: number): Hit[] =>
  Array.from({ length: Math.round(beats / step) }, (_, i) => [
    i * step,
    drum,
    Number.isInteger(i * step) ? strong : weak,
  ]);

const IN_FOUR: Pattern[] = [
  {
    name: 'rock',
    beats: 4,
    hits: [
      [0, 'kick', 1],
      [1, 'snare', 1],
      [2, 'kick', 0.9],
      [2.5, 'kick', 0.7],
      [3, 'snare', 1],
      ...every(0.5, 4, 'hat', 0.5, 0.35),
    ],
  },
  {
    name: 'pop',
    beats: 4,
    hits: [
      [0, 'kick', 1],
      [1, 'snare', 1],
      [1.5, 'kick', 0.7],
      [2, 'kick', 0.8],
      [3, 'snare', 1],
      ...every(0.5, 4, 'hat', 0.5, 0.4),
    ],
  },
  {
    name: 'house',
    beats: 4,
    hits: [
      ...every(1, 4, 'kick', 1, 1),
      [1, 'snare', 0.7],
      [3, 'snare', 0.7],
      [0.5, 'hat', 0.6],
      [1.5, 'hat', 0.6],
      [2.5, 'hat', 0.6],
      [3.5, 'hat', 0.6],
    ],
  },
  {
    name: 'half-time',
    beats: 4,
    hits: [[0, 'kick', 1], [0.75, 'kick', 0.6], [2, 'snare', 1], [3.5, 'kick', 0.6], ...every(1, 4, 'hat', 0.6, 0.6)],
  },
  {
    name: 'sixteenths',
    beats: 4,
    hits: [
      [0, 'kick', 1],
      [1, 'snare', 1],
      [1.75, 'kick', 0.7],
      [2.5, 'kick', 0.8],
      [3, 'snare', 1],
      ...every(0.25, 4, 'hat', 0.5, 0.25),
    ],
  },
  {
    name: 'ballad',
    beats: 4,
    hits: [[0, 'kick', 1], [1, 'snare', 0.8], [2, 'kick', 0.7], [3, 'snare', 0.8], ...every(1, 4, 'ride', 0.5, 0.5)],
  },
];
const SWUNG: Pattern[] = [
  {
    name: 'shuffle',
    beats: 4,
    hits: [[0, 'kick', 1], [1, 'snare', 0.9], [2, 'kick', 0.9], [3, 'snare', 0.9], ...every(0.5, 4, 'hat', 0.5, 0.35)],
  },
  {
    name: 'jazz ride',
    beats: 4,
    hits: [
      [0, 'kick', 0.7],
      [2, 'kick', 0.5],
      [1, 'hat', 0.7],
      [3, 'hat', 0.7],
      [0, 'ride', 0.6],
      [1, 'ride', 0.7],
      [1.5, 'ride', 0.5],
      [2, 'ride', 0.6],
      [3, 'ride', 0.7],
      [3.5, 'ride', 0.5],
    ],
  },
];
const IN_THREE: Pattern[] = [
  {
    name: 'waltz',
    beats: 3,
    hits: [[0, 'kick', 1], [1, 'snare', 0.6], [2, 'snare', 0.6], ...every(1, 3, 'hat', 0.4, 0.4)],
  },
  {
    name: 'jazz waltz',
    beats: 3,
    hits: [
      [0, 'kick', 0.9],
      [0, 'ride', 0.6],
      [1, 'ride', 0.5],
      [1.5, 'ride', 0.35],
      [2, 'ride', 0.5],
      [1, 'hat', 0.6],
      [2.5, 'snare', 0.25],
    ],
  },
  {
    name: 'rock in three',
    beats: 3,
    hits: [
      [0, 'kick', 1],
      [1, 'snare', 0.9],
      [2, 'snare', 0.7],
      [2.5, 'kick', 0.5],
      ...every(0.5, 3, 'hat', 0.5, 0.35),
    ],
  },
];

const SECONDS = 30;

/** `each` pieces of every category. */
export function drumPieces(seed: string, each: number): Piece[] {
  return CATEGORIES.flatMap((category) =>
    Array.from({ length: each }, (_, i) => compose(category, createRandom(`${seed} ${category} ${i}`))),
  );
}

function compose(category: Category, random: Random): Piece {
  const patterns = category === 'swing' ? SWUNG : category === 'triple' ? IN_THREE : IN_FOUR;
  const pattern = patterns[random.integer(patterns.length)];
  const bpm = Math.round(60 * (190 / 60) ** random.uniform(0, 1) * 10) / 10;
  const swing = category === 'swing' ? random.uniform(0.58, 0.68) : 0.5; // where the half beat falls
  const drift = category === 'drift' ? random.uniform(0.04, 0.08) : 0;
  const turns = random.uniform(0.5, 1.5); // of the drift's wave within the piece
  const phase = random.uniform(0, 2 * Math.PI);
  const bpmAt = (sec: number): number => bpm * (1 + drift * Math.sin((2 * Math.PI * turns * sec) / SECONDS + phase));
  const chords = category === 'with bass and chords';

  const beatsSec: number[] = [];
  for (let sec = random.uniform(0.05, 0.8); sec < SECONDS - 0.3; sec += 60 / bpmAt(sec)) beatsSec.push(sec);
  const placeSec = (beat: number): number => {
    const whole = Math.floor(beat);
    const part = beat - whole;
    const warped = part < 0.5 ? part * 2 * swing : swing + (part - 0.5) * 2 * (1 - swing);
    const next = beatsSec[whole + 1] ?? beatsSec[whole] + 60 / bpmAt(beatsSec[whole]);
    return beatsSec[whole] + warped * (next - beatsSec[whole]);
  };

  const samples = new Float32Array(SECONDS * SAMPLE_RATE);
  const drums = drumKit(random);
  const cymbals = random.uniform(0.6, 1.8); // how loud they are in the mix
  for (let first = 0, bar = 0; first < beatsSec.length; first += pattern.beats, bar++) {
    if (bar % 8 === 0) addAt(samples, drums.crash, beatsSec[first], 0.5);
    for (const [beat, drum, strength] of pattern.hits) {
      if (first + Math.floor(beat) >= beatsSec.length) continue;
      if (!Number.isInteger(beat) && random.uniform(0, 1) < 0.1) continue; // a hit between the beats left out
      const accent = beat === 0 ? 1 : random.uniform(0.75, 0.95);
      const mix = drum === 'hat' || drum === 'ride' ? cymbals : 1;
      addAt(samples, drums[drum], placeSec(first + beat) + random.normal() * 0.004, strength * accent * mix);
    }
    if (chords) addHarmony(samples, random, beatsSec, first, pattern.beats, bar);
  }
  const loudest = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return {
    name: `${pattern.name} ${bpm}`,
    category,
    samples: samples.map((value) => (0.7 * value) / loudest),
    beatsSec,
    downbeatsSec: beatsSec.filter((_, i) => i % pattern.beats === 0),
    bpm,
    beatsPerBar: pattern.beats,
  };
}

function drumKit(random: Random): Record<Drum | 'crash', Float32Array> {
  const noise = (sec: number, decaySec: number, brightness: number, gain: number): Float32Array => {
    let before = 0;
    return sound(sec, (t) => {
      const white = random.uniform(-1, 1);
      const high = white - brightness * before;
      before = white;
      return gain * high * Math.exp(-t / decaySec);
    });
  };
  const tone = (hz: number, fall: number, sec: number, decaySec: number, gain: number): Float32Array =>
    sound(
      sec,
      (t) =>
        gain * Math.sin(2 * Math.PI * (hz * t + fall * (1 - Math.exp(-t / 0.03)) * 0.03)) * Math.exp(-t / decaySec),
    );
  const snareBody = tone(random.uniform(170, 220), 60, 0.2, 0.06, 0.5);
  const snareNoise = noise(0.2, random.uniform(0.05, 0.09), 0.6, 0.5);
  return {
    kick: tone(random.uniform(45, 60), random.uniform(80, 160), 0.3, random.uniform(0.07, 0.13), 1),
    snare: snareNoise.map((value, i) => value + (snareBody[i] ?? 0)),
    hat: noise(0.08, random.uniform(0.012, 0.03), 0.95, 0.35),
    ride: noise(0.35, random.uniform(0.08, 0.14), 0.9, 0.22),
    tom: tone(110, 60, 0.3, 0.1, 0.7),
    crash: noise(1.5, 0.5, 0.85, 0.4),
  };
}

const sound = (sec: number, at: (t: number) => number): Float32Array =>
  Float32Array.from({ length: Math.round(sec * SAMPLE_RATE) }, (_, i) => at(i / SAMPLE_RATE));

const PROGRESSION = [0, 9, 5, 7];

/** A bass note on the bar and one within it, and a chord held through it. */
function addHarmony(
  samples: Float32Array,
  random: Random,
  beatsSec: number[],
  first: number,
  beats: number,
  bar: number,
): void {
  const root = 40 + PROGRESSION[bar % PROGRESSION.length];
  const note = (midi: number, sec: number, decaySec: number, gain: number): Float32Array => {
    const hz = 440 * 2 ** ((midi - 69) / 12);
    return sound(
      sec,
      (t) =>
        gain *
        Math.min(1, t / 0.008) *
        Math.exp(-t / decaySec) *
        (Math.sin(2 * Math.PI * hz * t) + 0.3 * Math.sin(4 * Math.PI * hz * t)),
    );
  };
  const barSec = (60 / 120) * beats;
  addAt(samples, note(root, 0.6, 0.35, 0.35), beatsSec[first], 1);
  const second = beatsSec[first + Math.floor(beats / 2)];
  if (second !== undefined) addAt(samples, note(root + (random.uniform(0, 1) < 0.5 ? 0 : 7), 0.5, 0.3, 0.3), second, 1);
  for (const step of [12, 16, 19]) addAt(samples, note(root + step, barSec, 1.2, 0.08), beatsSec[first], 1);
}

function addAt(samples: Float32Array, hit: Float32Array, sec: number, gain: number): void {
  const from = Math.round(sec * SAMPLE_RATE);
  for (let i = Math.max(0, -from); i < hit.length && from + i < samples.length; i++) samples[from + i] += gain * hit[i];
}
