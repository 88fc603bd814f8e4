/**
 * Where moments start, as an editor hears it: how far from the true start, and whether on the music's own lines. Not in the paper.
 *
 * Overlap says little of a cut: half a second late is one overlap in a short clip and another in a long one, and a start on the
 * wrong beat is heard in both. What is counted is the start of the moment itself, before a service moves it onto a line. Beats are those of the
 * track's analysis; where they are not known, nothing is said of them, and a share is one of the clips whose track's are.
 */
import { barLines, beatAround, type Music, nearestLine } from '../../index/moment/beat-grid.ts';
import type { Moment } from '../../index/moment/moment.ts';
import { meanOf, medianOf } from './scores.ts';

/** What is known of a clip's track where its moment starts. */
export interface StartFacts {
  /** The beat around the true start, in seconds; undefined where the track's beats are not known. */
  beatSec?: number;
  /** Whether the start found lies on a downbeat; undefined where the track's are not known. */
  onDownbeat?: boolean;
}

/** A clip's answer. */
export interface AnsweredStart extends StartFacts {
  /** In the right track; NaN of a network that does not find moments. */
  found: Pick<Moment, 'startSec'>;
  truth: Pick<Moment, 'startSec'>;
}

/** On a line is what listeners take for it: the window of ±70 ms in which beat trackers are judged (Dixon, JNMR 2007, §3). */
export const ON_LINE_MS = 70;

type Grid = Pick<Music, 'beatsMs' | 'downbeats'>;

/** @param grid beats and downbeats of the right track, where they are known */
export function startFacts({ found, truth }: AnsweredStart, grid?: Grid): StartFacts {
  if (!grid || Number.isNaN(found.startSec)) return {};
  const music = { ...grid, onsetStrength: new Uint8Array(0) };
  const beatMs = beatAround(music, 1000 * truth.startSec);
  const bars = barLines(music);
  const at = nearestLine(bars, 1000 * found.startSec);
  return {
    ...(beatMs > 0 ? { beatSec: beatMs / 1000 } : {}),
    ...(at >= 0 ? { onDownbeat: Math.abs(bars[at] - 1000 * found.startSec) <= ON_LINE_MS } : {}),
  };
}

const errorSec = ({ found, truth }: AnsweredStart): number => Math.abs(found.startSec - truth.startSec);
/** Files and answers round to the millisecond. */
const ROUNDED_SEC = 0.001;
const within = (error: number, sec: number): number =>
  Number.isNaN(error) || Number.isNaN(sec) ? Number.NaN : Number(error <= sec + ROUNDED_SEC);

/** In the order of a table. NaN of a row of which it is not known. */
export const START_METRICS = {
  'start error': { isSeconds: true, value: errorSec },
  '≤ 0.5 s': { isSeconds: false, value: (row: AnsweredStart) => within(errorSec(row), 0.5) },
  '≤ a beat': {
    isSeconds: false,
    value: (row: AnsweredStart) => within(errorSec(row), row.beatSec ?? Number.NaN),
  },
  'on a downbeat': {
    isSeconds: false,
    value: ({ onDownbeat }: AnsweredStart) => (onDownbeat === undefined ? Number.NaN : Number(onDownbeat)),
  },
} as const;

export type StartMetric = keyof typeof START_METRICS;
export const START_NAMES = Object.keys(START_METRICS) as StartMetric[];

/** The median error in seconds, and shares from 0 to 1. What is known of no row is left out. */
export type StartScores = Partial<Record<StartMetric, number>>;

/** @returns a function of the rows' weights [N], whole numbers; NaN where all rows of which something is known weigh nothing */
export function weightedStarts(rows: readonly AnsweredStart[]): (weights: Float64Array) => StartScores {
  const statistics = START_NAMES.flatMap((name) => {
    const { isSeconds, value } = START_METRICS[name];
    const known = [...rows.keys()].filter((i) => !Number.isNaN(value(rows[i])));
    if (!known.length) return [];
    const values = Float64Array.from(known, (i) => value(rows[i]));
    const of = isSeconds ? medianOf(values) : meanOf(values);
    return [[name, (weights: Float64Array) => of(Float64Array.from(known, (i) => weights[i]))] as const];
  });
  return (weights) => Object.fromEntries(statistics.map(([name, of]) => [name, of(weights)]));
}

export const startsOf = (rows: readonly AnsweredStart[]): StartScores =>
  weightedStarts(rows)(new Float64Array(rows.length).fill(1));
