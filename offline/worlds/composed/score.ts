/**
 * What is played in a composed track: chords, bass, melody and drums, bar by bar.
 *
 * Common-practice material: four-bar progressions of diatonic triads, a bass on the roots, a melody that walks the scale.
 * A section's density decides how much is played, its register how high, its brightness how bright; sections of one kind
 * share their motif, so that a second verse is the first one again, and what differs is what form.ts says differs.
 */
import { createRandom, type Random } from '../../lib/random.ts';
import type { SectionPlan } from './form.ts';
import type { DrumKind } from './instruments.ts';
import type { DrumPattern, Style } from './styles.ts';
import type { TrackPlan } from './world.ts';

export interface NoteEvent {
  part: 'pad' | 'bass' | 'chords' | 'lead';
  startSec: number;
  lengthSec: number;
  /** MIDI number. */
  pitch: number;
  gain: number;
  brightness: number;
}

export interface DrumEvent {
  kind: DrumKind;
  startSec: number;
  gain: number;
}

const SCALES = { major: [0, 2, 4, 5, 7, 9, 11], minor: [0, 2, 3, 5, 7, 8, 10] };
/** Scale degrees of the chords, 0 = tonic. */
const PROGRESSIONS = {
  major: [
    [0, 4, 5, 3],
    [0, 3, 5, 4],
    [0, 5, 3, 4],
    [0, 3, 0, 4],
  ],
  minor: [
    [0, 5, 2, 6],
    [0, 3, 5, 4],
    [0, 6, 5, 6],
    [0, 3, 0, 4],
  ],
};
const STEPS = 16;

/** All notes and drum strokes of a track. */
export function writeScore(plan: TrackPlan, style: Style): { notes: NoteEvent[]; drums: DrumEvent[] } {
  const notes: NoteEvent[] = [];
  const drums: DrumEvent[] = [];
  const progression = createRandom(plan.seed).fork('progression').pick(PROGRESSIONS[plan.mode]);
  for (const section of plan.sections) {
    const motif = createRandom(plan.seed).fork(`motif/${section.kind}`);
    const rhythm = motif.shuffle(Array.from({ length: STEPS }, (_, step) => step)); // which steps are filled first
    const tune = drawTune(motif);
    for (let bar = 0; bar < section.bars; bar++) {
      const startSec = section.startSec + bar * plan.barSec;
      const degree = progression[bar % progression.length];
      playBar(notes, plan, section, startSec, degree, rhythm, tune, bar);
      playDrums(drums, style.drums, section, plan.barSec, startSec, bar);
    }
  }
  return { notes, drums };
}

function playBar(
  notes: NoteEvent[],
  plan: TrackPlan,
  section: SectionPlan,
  startSec: number,
  degree: number,
  rhythm: readonly number[],
  tune: readonly number[],
  bar: number,
): void {
  const { density, brightness } = section;
  const stepSec = plan.barSec / STEPS;
  const centre = 52 + 26 * section.register; // E3 to F#5
  const chord = [0, 2, 4].map((third) => degree + third);
  for (const tone of chord)
    notes.push({
      part: 'pad',
      startSec,
      lengthSec: plan.barSec,
      pitch: near(plan, tone, centre - 2),
      gain: 0.55,
      brightness,
    });
  // One low and one high layer more for the fullest sections: this is what a second chorus adds.
  if (density > 0.82)
    notes.push({
      part: 'pad',
      startSec,
      lengthSec: plan.barSec,
      pitch: near(plan, chord[2], centre + 14),
      gain: 0.5,
      brightness,
    });

  if (density > 0.25) {
    const strokes = density > 0.7 ? [0, 3, 6, 8, 11, 14] : density > 0.45 ? [0, 6, 8, 14] : [0, 8];
    for (const [i, step] of strokes.entries()) {
      const lengthSec = ((strokes[i + 1] ?? STEPS) - step) * stepSec * 0.9;
      const pitch = near(plan, degree, 38 + 6 * section.register);
      notes.push({
        part: 'bass',
        startSec: startSec + step * stepSec,
        lengthSec,
        pitch,
        gain: 0.6 + 0.6 * plan.character.weight,
        brightness,
      });
    }
  }

  const chordStrokes = rhythm.slice(0, Math.round(1 + 7 * density));
  for (const step of chordStrokes)
    for (const [i, tone] of chord.entries()) {
      if (density < 0.3 && i !== step % 3) continue; // thin sections arpeggiate, full ones strum
      notes.push({
        part: 'chords',
        startSec: startSec + step * stepSec,
        lengthSec: 2 * stepSec,
        pitch: near(plan, tone, centre + 3),
        gain: 0.45,
        brightness,
      });
    }

  const leadSteps = rhythm.slice(0, Math.round(1 + 9 * density * density)).sort((a, b) => a - b);
  for (const [i, step] of leadSteps.entries()) {
    const lengthSec = Math.max(1, Math.min(6, (leadSteps[i + 1] ?? STEPS) - step)) * stepSec * 0.95;
    const tone = degree + tune[(bar % 4) * 4 + (i % 4)];
    notes.push({
      part: 'lead',
      startSec: startSec + step * stepSec,
      lengthSec,
      pitch: near(plan, tone, centre + 10),
      gain: 0.35 + 0.5 * section.energy,
      brightness,
    });
  }
}

/** Sixteen scale steps above the chord's root, a walk that keeps to chord tones on its first notes. */
function drawTune(random: Random): number[] {
  let at = 0;
  return Array.from({ length: 16 }, (_, i) => {
    at = i % 4 === 0 ? random.pick([0, 2, 4]) : at + random.pick([-2, -1, 1, 2]);
    return at;
  });
}

/** The pitch of a scale degree in the octave nearest to `centre`. */
function near(plan: TrackPlan, degree: number, centre: number): number {
  const scale = SCALES[plan.mode];
  const pitchClass = plan.tonic + scale[((degree % 7) + 7) % 7];
  return pitchClass + 12 * Math.round((centre - pitchClass) / 12);
}

/** Strokes per bar on a grid of sixteenths: [drum, least density, steps]. */
const PATTERNS: Record<DrumPattern, readonly [kind: DrumKind, from: number, steps: readonly number[]][]> = {
  none: [['brush', 0.7, [0, 4, 8, 12]]],
  brushes: [
    ['brush', 0.3, [4, 12]],
    ['kick', 0.45, [0, 8]],
    ['brush', 0.65, [0, 2, 6, 8, 10, 14]],
    ['hat', 0.85, [2, 6, 10, 14]],
  ],
  backbeat: [
    ['kick', 0.3, [0, 8]],
    ['snare', 0.4, [4, 12]],
    ['hat', 0.4, [0, 2, 4, 6, 8, 10, 12, 14]],
    ['kick', 0.65, [6, 10]],
    ['openHat', 0.85, [2, 6, 10, 14]],
  ],
  funk: [
    ['hat', 0.25, [0, 4, 8, 12]],
    ['kick', 0.35, [0, 7, 10]],
    ['snare', 0.4, [4, 12]],
    ['hat', 0.6, [1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15]],
    ['openHat', 0.85, [14]],
  ],
  fourOnFloor: [
    ['kick', 0.3, [0, 4, 8, 12]],
    ['hat', 0.15, [2, 6, 10, 14]],
    ['snare', 0.5, [4, 12]],
    ['openHat', 0.65, [2, 6, 10, 14]],
    ['hat', 0.85, [1, 3, 5, 7, 9, 11, 13, 15]],
  ],
  timpani: [
    ['timpani', 0.45, [0, 8]],
    ['timpani', 0.75, [12, 14]],
    ['snare', 0.9, [0, 2, 4, 6, 8, 10, 12, 13, 14, 15]],
  ],
};

function playDrums(
  drums: DrumEvent[],
  pattern: DrumPattern,
  section: SectionPlan,
  barSec: number,
  startSec: number,
  bar: number,
): void {
  if (bar === 0 && section.energy > 0.6 && pattern !== 'none') drums.push({ kind: 'crash', startSec, gain: 0.8 });
  for (const [kind, from, steps] of PATTERNS[pattern]) {
    if (section.density < from) continue;
    for (const step of steps) {
      const accent = step % 4 === 0 ? 1 : 0.7;
      drums.push({ kind, startSec: startSec + (step * barSec) / STEPS, gain: accent * (0.5 + 0.5 * section.energy) });
    }
  }
}
