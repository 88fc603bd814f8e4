/**
 * Where a clip's shots change: hard cuts, and dissolves by their middle, from small pictures of its frames.
 *
 * Decisions are made on ten frames a second: in a tenth of one, light, camera and people leave most of a picture to be found in the next. A cut brings a
 * picture of which much is new, more than the motion around it does, and it stays: what was before a flash is there again after it. A dissolve
 * ends in a picture of which much is new, and all between are mixtures of its ends, more of the second from step to step; a pan's are not, and of a
 * slow one the end is found in the beginning. Where frames between those ten are given as well, a cut is placed among them to the frame.
 * The thresholds were chosen on composed clips and tried on others: docs/experiments.md, "Shot changes". Which file has which frames is the caller's.
 */
import { differenceOf, mixtureOf, newIn } from './shot-compare.ts';
import type { ShotFrame } from './shot-frame.ts';

export type { ShotFrame } from './shot-frame.ts';

/** Milliseconds between the frames that decisions are made on. */
const STEP_MS = 100;
/** How far things may have moved, in pixels of the small pictures: in a step, across a flash, over a dissolve. */
const REACH = { step: 6, flash: 8, dissolve: 12 };
/** Of a picture after a cut, so much is new at least, and so many levels differ. */
const CUT_NEW = 0.27;
const CUT_LEVELS = 16;
/** Times what is usual in the steps around it. */
const STANDS_OUT = 2.5;
const AROUND = 4;
/** What is new across a flash, as a share of what is new in it, at most; and its steps, at most. */
const FLASH_NEW = 0.3;
const FLASH_STEPS = 3;
/** Steps of the dissolves that are looked for: 0.4 to 1.2 s. */
const DISSOLVE_STEPS = [4, 6, 8, 10, 12];
const DISSOLVE_NEW = 0.34;
const DISSOLVE_LEVELS = 22;
/** Of a picture within a dissolve, what is of neither end, on average at most (mixtureOf); how far its share of the second is from an even way. */
const DISSOLVE_OFF = 0.31;
const DISSOLVE_UNEVEN = 0.15;

export interface ShotDetector {
  /** In order, ten a second or more. */
  push(frame: ShotFrame): void;
  /** Milliseconds, ascending: when the first frame of each new shot is shown. There are no more frames. */
  end(): number[];
}

interface Step {
  timeMs: number;
  picture: Uint8Array;
  /** Where between the step before and this the picture changes most. */
  changeMs: number;
  /** Of this one, not found in the one before. */
  fresh: number;
  levels: number;
}

export function createShotDetector(): ShotDetector {
  const steps: Step[] = [];
  let last: ShotFrame | undefined;
  let [nextMs, changeMs, most] = [0, 0, -1];
  return {
    push(frame) {
      if (last) {
        const change = differenceOf(last.picture, frame.picture);
        const gapMs = frame.timeMs - last.timeMs;
        // Between two that are far apart nobody knows.
        if (change > most) [most, changeMs] = [change, frame.timeMs - (gapMs > STEP_MS / 2 ? gapMs / 2 : 0)];
      }
      last = frame;
      const before = steps.at(-1);
      if (before && frame.timeMs < nextMs - 5) return; // times are rounded
      nextMs = (before ? Math.max(nextMs, frame.timeMs - STEP_MS / 2) : frame.timeMs) + STEP_MS;
      steps.push({
        ...frame,
        changeMs: Math.round(changeMs),
        fresh: before ? newBetween(before.picture, frame.picture, REACH.step) : 0,
        levels: before ? differenceOf(before.picture, frame.picture) : 0,
      });
      most = -1;
    },
    end() {
      const cuts = hardCuts(steps);
      const dissolves = dissolvesOf(steps, cuts);
      const middles = dissolves.map(({ from, to }) => Math.round((steps[from].timeMs + steps[to].timeMs) / 2));
      return [...cuts.map((cut) => steps[cut].changeMs), ...middles].sort((one, other) => one - other);
    },
  };
}

/** The same of frames that are all there. */
export function shotChanges(frames: Iterable<ShotFrame>): number[] {
  const detector = createShotDetector();
  for (const frame of frames) detector.push(frame);
  return detector.end();
}

/** What is new either way, the lesser: what comes into the picture is new without a cut, and so is what leaves it. */
function newBetween(one: Uint8Array, other: Uint8Array, reach: number, least = 0): number {
  const there = newIn(one, other, reach);
  return there <= least ? there : Math.min(there, newIn(other, one, reach));
}

/** Indices of steps: each differs from the one before. */
function hardCuts(steps: readonly Step[]): number[] {
  const fresh = steps.map((step) => step.fresh);
  const cuts: number[] = [];
  for (let i = 1; i < steps.length; i++) {
    if (fresh[i] < CUT_NEW || steps[i].levels < CUT_LEVELS) continue;
    if (fresh[i] < Math.max(fresh[i - 1], fresh[i + 1] ?? 0)) continue;
    const around = [...fresh.slice(Math.max(1, i - AROUND), i), ...fresh.slice(i + 1, i + 1 + AROUND)];
    const usual = around.sort((one, other) => one - other)[around.length >> 1] ?? 0;
    if (fresh[i] >= STANDS_OUT * usual && !isFlash(steps, i)) cuts.push(i);
  }
  return cuts;
}

/** What was before is there again after it: this change led into a flash, or out of one. */
function isFlash(steps: readonly Step[], at: number): boolean {
  for (let before = Math.max(0, at - FLASH_STEPS); before < at; before++)
    for (let after = at; after <= Math.min(steps.length - 1, before + FLASH_STEPS + 1); after++)
      if (
        after - before > 1 &&
        newIn(steps[before].picture, steps[after].picture, REACH.flash) < FLASH_NEW * steps[at].fresh
      )
        return true;
  return false;
}

interface Dissolve {
  from: number;
  to: number;
  /** The less, the clearer. */
  doubt: number;
}

/** Runs of steps without a cut, none near another; the clearest first. */
function dissolvesOf(steps: readonly Step[], cuts: readonly number[]): Dissolve[] {
  const found: Dissolve[] = [];
  for (const length of DISSOLVE_STEPS)
    for (let from = 0; from + length < steps.length; from++) {
      const to = from + length;
      if (cuts.some((cut) => cut >= from && cut <= to + 1)) continue;
      const off = offMixture(steps, from, to);
      if (off !== undefined) found.push({ from, to, doubt: off / Math.sqrt(length) });
    }
  const chosen: Dissolve[] = [];
  for (const one of found.sort((a, b) => a.doubt - b.doubt))
    if (!chosen.some(({ from, to }) => one.from <= to + 2 && one.to >= from - 2)) chosen.push(one);
  return chosen;
}

/** What is of neither end, on average; undefined where it is no dissolve. */
function offMixture(steps: readonly Step[], from: number, to: number): number | undefined {
  const [first, second] = [steps[from].picture, steps[to].picture];
  if (differenceOf(first, second) < DISSOLVE_LEVELS) return undefined;
  let off = 0;
  for (let at = from + 1; at < to; at++) {
    const mixture = mixtureOf(first, steps[at].picture, second);
    if (Math.abs(mixture.share - (at - from) / (to - from)) > DISSOLVE_UNEVEN) return undefined;
    off += mixture.off / (to - from - 1);
  }
  if (off > DISSOLVE_OFF) return undefined;
  return newBetween(first, second, REACH.dissolve, DISSOLVE_NEW) < DISSOLVE_NEW ? undefined : off;
}
