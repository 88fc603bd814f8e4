/**
 * Which of the lines that were found are played, and when: a post may loop a track, jump within it, or play several.
 *
 * Of one track at most one line plays at a time. Which, is the path of most evidence through time (Viterbi 1967), where beginning to play and
 * jumping have a price. Tracks do not exclude each other, since two masters of a song are both heard; but a track that only shares what another
 * explains better is not named.
 */
import type { Asked } from './asked.ts';
import { atShare, type Line } from './evidence.ts';

/** A stretch of a post that a line plays. */
export interface Stretch {
  line: Line;
  fromSec: number;
  toSec: number;
  /** Evidence, nats. */
  score: number;
  /** Other places of the track that sound nearly the same. */
  others: Line[];
}

/** Of time. */
const STEP_SEC = 0.1;
/** Nats: what jumping must bring; half of it beginning, and half ending. Music repeats itself nearly, and its own next bar is the likelier. */
const PRICE = 30;
/** A change of speed or pitch must bring so much more than none: a few seconds are met by several. */
const CHANGE_PRICE = { nats: 15, share: 0.25 };

/** @param least what a stretch must bring to be named @returns in the order of their beginnings */
export function explain(asked: Asked, lines: readonly Line[], least: number): Stretch[] {
  const ofTracks = [...Map.groupBy(lines, ({ track }) => track).values()];
  const stretches = ofTracks.flatMap((same) => likeliest(asked.durationSec, distinct(same)));
  return unshared(
    stretches.filter(({ score }) => score >= least),
    least,
  ).sort((a, b) => a.fromSec - b.fromSec || a.line.track - b.line.track);
}

/** A post plays a track in one way throughout: of the ways there are, that which explains most. */
function likeliest(durationSec: number, lines: readonly Line[]): Stretch[] {
  let best: { stretches: Stretch[]; worth: number } = { stretches: [], worth: 0 };
  const tried: Line[] = [];
  for (const first of lines) {
    if (tried.some((other) => isSameChange(first, other))) continue;
    tried.push(first);
    const stretches = path(
      durationSec,
      lines.filter((line) => isSameChange(line, first)).map((line) => atShare(line, first.share)),
    );
    const sum = stretches.reduce((all, { score }) => all + score - PRICE, 0);
    const isAsIs = first.rate === 1 && first.shift === 0;
    const worth = isAsIs ? sum * (1 + CHANGE_PRICE.share) + CHANGE_PRICE.nats : sum;
    if (worth > best.worth) best = { stretches, worth };
  }
  return best.stretches;
}

const SAME_RATE = 0.004;
const SAME_ROWS = 0.4;
const isSameChange = (one: Line, other: Line): boolean =>
  Math.abs(one.rate - other.rate) < SAME_RATE && Math.abs(one.shift - other.shift) < SAME_ROWS;

/** Guesses that led to one place are one line: the one with more evidence. */
function distinct(lines: readonly Line[]): Line[] {
  const kept: Line[] = [];
  for (const line of lines.toSorted((a, b) => total(b) - total(a)))
    if (!kept.some((other) => isSame(line, other))) kept.push(line);
  return kept.slice(0, MOST_LINES);
}

const MOST_LINES = 40;
const SAME_SEC = 0.06;

function isSame(one: Line, other: Line): boolean {
  const [first, last] = [one.at[0] ?? 0, one.at[one.at.length - 1] ?? 0];
  return [first, last].every(
    (sec) => Math.abs(one.offsetSec + one.rate * sec - other.offsetSec - other.rate * sec) < SAME_SEC,
  );
}

/** The largest sum of neighbours. */
export function total({ evidence }: Line): number {
  let [sum, most] = [0, 0];
  for (const value of evidence) {
    sum = Math.max(0, sum + value);
    most = Math.max(most, sum);
  }
  return most;
}

function path(durationSec: number, lines: readonly Line[]): Stretch[] {
  const steps = Math.max(1, Math.ceil(durationSec / STEP_SEC));
  const gains = lines.map((line) => perStep(line, steps));
  const states = lines.length + 1; // the last is silence
  const none = lines.length;
  let scores = new Float64Array(states).fill(-PRICE / 2);
  scores[none] = 0;
  const back = new Int16Array(steps * states);
  for (let step = 0; step < steps; step++) {
    const from = scores.indexOf(Math.max(...scores));
    const next = new Float64Array(states);
    for (let state = 0; state < states; state++) {
      const stay = scores[state];
      const come = scores[from] - (state === none || from === none ? PRICE / 2 : PRICE);
      back[step * states + state] = come > stay ? from : state;
      next[state] = Math.max(stay, come) + (state === none ? 0 : gains[state][step]);
    }
    scores = next;
  }
  const played = new Int16Array(steps);
  let state = scores.indexOf(Math.max(...scores));
  for (let step = steps - 1; step >= 0; step--) {
    played[step] = state;
    state = back[step * states + state];
  }
  return runs(played, none).map(({ state, from, to }) => {
    const stretch = stretchOf(lines[state], from * STEP_SEC, to * STEP_SEC);
    const others = lines
      .filter((line) => line !== lines[state])
      .map((line) => stretchOf(line, stretch.fromSec, stretch.toSec))
      .filter(({ score }) => score >= NEARLY * stretch.score)
      .sort((a, b) => b.score - a.score);
    return { ...stretch, others: others.slice(0, MOST_OTHERS).map(({ line }) => line) };
  });
}

/** A place with so much of the evidence may be the one: the sound itself decides (refine.ts). */
const NEARLY = 0.75;
const MOST_OTHERS = 3;

function perStep({ at, evidence }: Line, steps: number): Float64Array {
  const gains = new Float64Array(steps);
  for (let i = 0; i < at.length; i++)
    gains[Math.max(0, Math.min(steps - 1, Math.floor(at[i] / STEP_SEC)))] += evidence[i];
  return gains;
}

function runs(played: Int16Array, none: number): { state: number; from: number; to: number }[] {
  const found: { state: number; from: number; to: number }[] = [];
  for (let step = 0; step < played.length; step++) {
    const last = found.at(-1);
    if (last && last.state === played[step]) last.to = step + 1;
    else found.push({ state: played[step], from: step, to: step + 1 });
  }
  return found.filter(({ state }) => state !== none);
}

function stretchOf(line: Line, fromSec: number, toSec: number): Stretch {
  let score = 0;
  for (let i = 0; i < line.at.length; i++) if (line.at[i] >= fromSec && line.at[i] < toSec) score += line.evidence[i];
  return { line, fromSec, toSec, score, others: [] };
}

/** Of what another track explains, at least so much of the evidence says the same of this one: two masters, a shared sample. */
const SHARED = 0.55;

/** Without stretches whose peaks are another track's, which explains them better. */
function unshared(stretches: readonly Stretch[], least: number): Stretch[] {
  const kept: Stretch[] = [];
  for (const one of stretches.toSorted((a, b) => b.score - a.score)) {
    const better = kept.filter((other) => other.line.track !== one.line.track && overlap(one, other) > 0);
    if (better.every((other) => isOwn(one, other, least))) kept.push(one);
  }
  return kept;
}

const overlap = (a: Stretch, b: Stretch): number => Math.min(a.toSec, b.toSec) - Math.max(a.fromSec, b.fromSec);

function isOwn(one: Stretch, better: Stretch, least: number): boolean {
  const [from, to] = [Math.max(one.fromSec, better.fromSec), Math.min(one.toSec, better.toSec)];
  const [mine, theirs] = [stretchOf(one.line, from, to).score, stretchOf(better.line, from, to).score];
  if (mine >= SHARED * theirs) return true;
  // What it says beside: of peaks that the other does not meet. Two tracks may be mixed.
  const taken = new Set(better.line.met);
  let beside = one.score - mine;
  for (let i = 0; i < one.line.at.length; i++)
    if (one.line.at[i] >= from && one.line.at[i] < to && !(one.line.met[i] >= 0 && taken.has(one.line.met[i])))
      beside += one.line.evidence[i];
  return beside >= least;
}
