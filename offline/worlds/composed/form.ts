/**
 * The form of a composed track: its sections, how loud, high, dense and bright each is, and how each swells.
 *
 * The contours are those of common song form: an intro that builds, verses in the middle, a chorus that is louder, higher
 * and fuller, a break that falls away; a second chorus adds to the first, so that which of the two fits is audible and
 * visible. What the four numbers sound like is compose.ts, what they look like is palette.ts.
 */
import type { Random } from '../../lib/random.ts';

export type SectionKind = 'intro' | 'verse' | 'chorus' | 'break' | 'outro';

/** A section; energy, register, density and brightness are in 0..1. */
export interface SectionPlan {
  kind: SectionKind;
  /** Counts the sections of its kind, from 0: sections of a kind share their motif. */
  repeat: number;
  startSec: number;
  endSec: number;
  bars: number;
  energy: number;
  register: number;
  density: number;
  brightness: number;
  /** Change of energy from the section's start to its end. */
  build: number;
  /** Depth of the swell over every `swellBars` bars, in energy. */
  swell: number;
  swellBars: number;
}

type Contour = Pick<SectionPlan, 'energy' | 'register' | 'density' | 'brightness' | 'build'> & { length: number };

const CONTOURS: Record<SectionKind, Contour> = {
  intro: { energy: 0.25, register: 0.5, density: 0.2, brightness: 0.3, build: 0.3, length: 0.8 },
  verse: { energy: 0.48, register: 0.25, density: 0.5, brightness: 0.4, build: 0.05, length: 1.1 },
  chorus: { energy: 0.8, register: 0.6, density: 0.8, brightness: 0.7, build: 0, length: 1.15 },
  break: { energy: 0.18, register: 0.85, density: 0.12, brightness: 0.5, build: -0.2, length: 0.8 },
  outro: { energy: 0.3, register: 0.35, density: 0.3, brightness: 0.25, build: -0.35, length: 0.7 },
};

/** What the second section of a kind adds to the first. */
const REPEATED = { energy: 0.15, register: 0.22, density: 0.2, brightness: 0.25 };

export const FORMS: readonly (readonly SectionKind[])[] = [
  ['intro', 'verse', 'chorus', 'verse', 'break', 'chorus'],
  ['intro', 'verse', 'chorus', 'break', 'chorus', 'outro'],
  ['verse', 'chorus', 'verse', 'chorus', 'break', 'chorus'],
  ['intro', 'chorus', 'verse', 'break', 'verse', 'chorus'],
];

/** How long sections of a kind are, relative to those of other kinds. */
export const typicalLength = (kind: SectionKind): number => CONTOURS[kind].length;

const MIN_TRACK_SEC = 46;
const MAX_TRACK_SEC = 119;

/** Draw the sections of a track. `trackEnergy` in 0..1 raises or lowers all of them. */
export function drawSections(random: Random, barSec: number, trackEnergy: number): SectionPlan[] {
  const form = random.pick(FORMS);
  return layOut(random, form, drawBars(random, form, barSec), barSec, trackEnergy);
}

/** Sections of these kinds and lengths in bars, one after another. */
export function layOut(
  random: Random,
  form: readonly SectionKind[],
  bars: readonly number[],
  barSec: number,
  trackEnergy: number,
): SectionPlan[] {
  const repeats = new Map<SectionKind, number>();
  let startSec = 0;
  return form.map((kind, i) => {
    const contour = CONTOURS[kind];
    const repeat = repeats.get(kind) ?? 0;
    repeats.set(kind, repeat + 1);
    const vary = (value: number, added: number): number =>
      clamp(value + added * Math.min(repeat, 1) + 0.05 * random.normal());
    const section: SectionPlan = {
      kind,
      repeat,
      startSec,
      endSec: startSec + bars[i] * barSec,
      bars: bars[i],
      energy: clamp(vary(contour.energy, REPEATED.energy) + 0.3 * (trackEnergy - 0.5)),
      register: vary(contour.register, REPEATED.register),
      density: vary(contour.density, REPEATED.density),
      brightness: vary(contour.brightness, REPEATED.brightness),
      build: contour.build * random.uniform(0.7, 1.3),
      swell: random.uniform(0.04, 0.1),
      swellBars: random.pick([2, 4]),
    };
    startSec = section.endSec;
    return section;
  });
}

/** Energy at a moment of a section, swell and build included, in 0..1. */
export function energyAt(section: SectionPlan, barSec: number, sec: number): number {
  const inside = Math.max(0, Math.min(1, (sec - section.startSec) / (section.endSec - section.startSec)));
  const swing = Math.sin((2 * Math.PI * (sec - section.startSec)) / (section.swellBars * barSec));
  return clamp(section.energy + section.build * (inside - 0.5) + section.swell * swing);
}

/** Index of the section that sounds at `sec`; the last one at and after the end. */
export function sectionAt(sections: readonly SectionPlan[], sec: number): number {
  const index = sections.findIndex((section) => sec < section.endSec);
  return index < 0 ? sections.length - 1 : index;
}

function drawBars(random: Random, form: readonly SectionKind[], barSec: number): number[] {
  const total = random.uniform(60, 110);
  const unit = total / form.reduce((sum, kind) => sum + CONTOURS[kind].length, 0);
  const bars = form.map((kind) => {
    const target = (CONTOURS[kind].length * unit * random.uniform(0.85, 1.15)) / barSec;
    return Math.max(2, 2 * Math.round(target / 2)); // sections have whole pairs of bars
  });
  const seconds = (): number => bars.reduce((sum, n) => sum + n, 0) * barSec;
  while (seconds() > MAX_TRACK_SEC) bars[bars.indexOf(Math.max(...bars))] -= 2;
  while (seconds() < MIN_TRACK_SEC) bars[bars.indexOf(Math.min(...bars))] += 2;
  return bars;
}

export const clamp = (value: number): number => Math.max(0, Math.min(1, value));
