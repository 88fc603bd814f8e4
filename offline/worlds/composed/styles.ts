/**
 * The eight styles of the composed music: how each sounds and which texture its pictures have.
 *
 * A style fixes what does not change within its tracks: instruments, drum pattern, range of tempo, texture. Everything that
 * differs between tracks and sections is drawn in world.ts. Sounds are made in instruments.ts, textures in textures.ts.
 */

/** A wavetable voice: harmonic recipe and envelope. */
export interface Voice {
  recipe: 'saw' | 'square' | 'organ' | 'strings' | 'soft' | 'bell' | 'reed';
  attackSec: number;
  /** Time constant of the decay; a plucked sound has a short one, a held sound a long one. */
  decaySec: number;
  releaseSec: number;
  /** How far the sound darkens while it decays: 0 not at all, 1 to a dull tone. */
  damping: number;
  /** Two voices this many cents apart; 0 for one. */
  detuneCents: number;
  gain: number;
}

export type Texture = 'clouds' | 'dots' | 'weave' | 'checks' | 'rings' | 'shards' | 'blocks' | 'waves';
export type DrumPattern = 'none' | 'brushes' | 'backbeat' | 'funk' | 'fourOnFloor' | 'timpani';

export interface Style {
  name: string;
  bpm: [low: number, high: number];
  /** Share of tracks in a major key. */
  majorShare: number;
  /** How energetic its tracks are, 0..1, before their own variation. */
  energy: number;
  drums: DrumPattern;
  pad: Voice;
  bass: Voice;
  chords: Voice;
  lead: Voice;
  texture: Texture;
}

const held = (recipe: Voice['recipe'], gain: number, attackSec = 0.15, detuneCents = 8): Voice => ({
  recipe,
  attackSec,
  decaySec: 6,
  releaseSec: 0.25,
  damping: 0.1,
  detuneCents,
  gain,
});

const struck = (recipe: Voice['recipe'], gain: number, decaySec: number, damping = 0.8): Voice => ({
  recipe,
  attackSec: 0.004,
  decaySec,
  releaseSec: 0.06,
  damping,
  detuneCents: 0,
  gain,
});

export const STYLES: readonly Style[] = [
  {
    name: 'ambient',
    bpm: [64, 82],
    majorShare: 0.5,
    energy: 0.2,
    drums: 'none',
    pad: held('soft', 0.9, 0.8, 14),
    bass: held('soft', 0.6, 0.3, 0),
    chords: struck('bell', 0.5, 1.6, 0.6),
    lead: held('soft', 0.5, 0.3),
    texture: 'clouds',
  },
  {
    name: 'ballad',
    bpm: [68, 92],
    majorShare: 0.5,
    energy: 0.35,
    drums: 'brushes',
    pad: held('strings', 0.3, 0.4),
    bass: struck('soft', 0.8, 1.2),
    chords: struck('reed', 0.8, 1.1),
    lead: struck('bell', 0.7, 1.0),
    texture: 'dots',
  },
  {
    name: 'folk',
    bpm: [88, 118],
    majorShare: 0.6,
    energy: 0.45,
    drums: 'brushes',
    pad: held('reed', 0.2, 0.1),
    bass: struck('reed', 0.8, 0.5),
    chords: struck('saw', 0.9, 0.35, 1),
    lead: held('reed', 0.6, 0.04, 0),
    texture: 'weave',
  },
  {
    name: 'funk',
    bpm: [96, 118],
    majorShare: 0.5,
    energy: 0.6,
    drums: 'funk',
    pad: held('organ', 0.25, 0.02),
    bass: struck('saw', 1.1, 0.3, 0.9),
    chords: struck('square', 0.7, 0.14, 0.7),
    lead: held('saw', 0.5, 0.02, 0),
    texture: 'checks',
  },
  {
    name: 'house',
    bpm: [120, 132],
    majorShare: 0.5,
    energy: 0.75,
    drums: 'fourOnFloor',
    pad: held('saw', 0.4, 0.2, 16),
    bass: struck('square', 0.9, 0.22, 0.6),
    chords: struck('organ', 0.8, 0.25, 0.4),
    lead: struck('saw', 0.6, 0.3, 0.5),
    texture: 'rings',
  },
  {
    name: 'rock',
    bpm: [112, 152],
    majorShare: 0.4,
    energy: 0.8,
    drums: 'backbeat',
    pad: held('saw', 0.4, 0.02, 10),
    bass: struck('saw', 0.9, 0.6, 0.5),
    chords: held('square', 0.8, 0.006, 6),
    lead: held('saw', 0.7, 0.01, 4),
    texture: 'shards',
  },
  {
    name: 'chiptune',
    bpm: [132, 160],
    majorShare: 0.6,
    energy: 0.6,
    drums: 'backbeat',
    pad: held('square', 0.15, 0.01, 0),
    bass: struck('square', 0.7, 0.5, 0),
    chords: struck('square', 0.5, 0.18, 0),
    lead: held('square', 0.6, 0.004, 0),
    texture: 'blocks',
  },
  {
    name: 'orchestral',
    bpm: [72, 126],
    majorShare: 0.5,
    energy: 0.5,
    drums: 'timpani',
    pad: held('strings', 0.8, 0.25, 12),
    bass: held('strings', 0.8, 0.12, 8),
    chords: held('strings', 0.5, 0.05, 10),
    lead: held('strings', 0.7, 0.08, 10),
    texture: 'waves',
  },
];

/** @throws Error for a name that is not in the table: the plan comes from another version. */
export function styleNamed(name: string): Style {
  const style = STYLES.find((candidate) => candidate.name === name);
  if (!style)
    throw new Error(
      `style: expected one of ${STYLES.map((s) => s.name).join(', ')}, got ${name}. Compose the demo again.`,
    );
  return style;
}
