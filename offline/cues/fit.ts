/**
 * The parameters of the rule that weighs cues against the model (index/moment/cue-rule.ts), from uses whose true span is known.
 *
 * Mean IoU is a step function of the parameters, so nothing is differentiated. For every pair of weights on a grid each use has one
 * best cue and its score; sorted by score, the gain of taking the cue adds up, and the best threshold can be read off exactly.
 * What was found is believed only if it does better than the defaults on uses that it was not fitted to (five folds, a
 * clip never in two of them).
 *
 * The cues of a row must not come from its own clip: held-out.ts sees to that.
 */

import type { CueParameters } from '../../index/format/cue-parameters.ts';
import type { Cue, CueFit } from '../../index/format/cues.ts';
import {
  bestOf,
  type CueQuestion,
  cueSpan,
  DEFAULT_PARAMETERS,
  type Evidence,
  evidenceFor,
  modelSpan,
} from '../../index/moment/cue-rule.ts';
import { overlap, type Span } from './overlap.ts';

/** A use whose clip the model was asked about. */
export interface FitRow extends CueQuestion {
  clipId: string;
  cues: readonly Cue[];
  /** The span that the editor used. */
  truth: Span;
}

export interface FittedRule {
  parameters: CueParameters;
  fit: CueFit;
}

export const NOT_FITTED: CueFit = {
  rows: 0,
  kept: 'defaults',
  mIoU: { model: 0, cues: 0, defaults: 0, fitted: 0 },
};

const GRID = { curveWeight: [0, 0.25, 0.5, 1, 2], distanceWeight: [0, 0.5, 1, 2, 4] } as const;
const FOLDS = 5;
/** With fewer rows that have a cue, chance decides what looks best. */
const FEWEST = 50;

/** A row with what does not depend on the parameters worked out. */
interface Weighed {
  evidence: Evidence[];
  /** IoU of each cue's span, and of the model's. */
  ofCues: number[];
  ofModel: number;
  fold: number;
}

/** Rows without a cue count for the numbers, and say nothing of the parameters. */
export function fitRule(rows: readonly FitRow[]): FittedRule {
  if (rows.length === 0) return { parameters: DEFAULT_PARAMETERS, fit: NOT_FITTED };
  const clips = new Map([...new Set(rows.map(({ clipId }) => clipId))].map((clip, i) => [clip, i % FOLDS]));
  const weighed = rows.map((row) => weigh(row, clips.get(row.clipId)!));
  const defaults = meanOverlap(weighed, DEFAULT_PARAMETERS);
  const unseen = weighed.map(() => 0);
  for (let fold = 0; fold < FOLDS; fold++) {
    const found = search(weighed.filter((row) => row.fold !== fold));
    for (const [i, row] of weighed.entries()) if (row.fold === fold) unseen[i] = overlapOf(row, found);
  }
  const mIoU = {
    model: mean(weighed.map(({ ofModel }) => ofModel)),
    cues: mean(weighed.map(({ ofCues, ofModel }) => ofCues[0] ?? ofModel)),
    defaults,
    fitted: mean(unseen),
  };
  const believed = weighed.filter(({ ofCues }) => ofCues.length).length >= FEWEST && mIoU.fitted > defaults;
  return {
    parameters: believed ? search(weighed) : DEFAULT_PARAMETERS,
    fit: { rows: rows.length, kept: believed ? 'fitted' : 'defaults', mIoU },
  };
}

function weigh({ cues, truth, ...question }: FitRow, fold: number): Weighed {
  const { clipMs, trackMs, predicted } = question;
  return {
    evidence: cues.map((cue) => evidenceFor(cue, cues, question)),
    ofCues: cues.map((cue) => overlap(cueSpan(cue, clipMs, trackMs), truth)),
    ofModel: overlap(modelSpan(predicted, clipMs, trackMs), truth),
    fold,
  };
}

/** The best on the grid; of equals the one with the smaller weights. The defaults where no row has a cue. */
function search(rows: readonly Weighed[]): CueParameters {
  if (!rows.some(({ evidence }) => evidence.length)) return DEFAULT_PARAMETERS;
  let best = { parameters: DEFAULT_PARAMETERS, gain: Number.NEGATIVE_INFINITY };
  for (const curveWeight of GRID.curveWeight)
    for (const distanceWeight of GRID.distanceWeight) {
      const { threshold, gain } = bestThreshold(rows, { curveWeight, distanceWeight });
      if (gain > best.gain + 1e-9) best = { parameters: { curveWeight, distanceWeight, threshold }, gain };
    }
  return best.parameters;
}

/** @returns the threshold, halfway between the scores of two rows, and the IoU gained over the model alone, summed over the rows */
function bestThreshold(
  rows: readonly Weighed[],
  weights: Pick<CueParameters, 'curveWeight' | 'distanceWeight'>,
): { threshold: number; gain: number } {
  const steps = rows
    .filter(({ evidence }) => evidence.length)
    .map(({ evidence, ofCues, ofModel }) => {
      const { at, score } = bestOf(evidence, weights);
      return { score, gain: ofCues[at] - ofModel };
    })
    .sort((a, b) => b.score - a.score);
  let best = { threshold: (steps[0]?.score ?? 0) + 1, gain: 0 }; // no cue is taken
  let gain = 0;
  for (const [i, step] of steps.entries()) {
    gain += step.gain;
    const next = steps[i + 1]?.score ?? step.score - 2;
    if (next < step.score && gain > best.gain + 1e-9) best = { threshold: (step.score + next) / 2, gain };
  }
  return best;
}

function meanOverlap(rows: readonly Weighed[], parameters: CueParameters): number {
  return mean(rows.map((row) => overlapOf(row, parameters)));
}

function overlapOf({ evidence, ofCues, ofModel }: Weighed, parameters: CueParameters): number {
  const { at, score } = bestOf(evidence, parameters);
  return at >= 0 && score >= parameters.threshold ? ofCues[at] : ofModel;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
