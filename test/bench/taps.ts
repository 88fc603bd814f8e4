/**
 * `npm run bench -- taps`: where people would probably tap in real tracks, as far as trackers that are not ours agree; writes taps.jsonl.
 *
 * Nobody has annotated these tracks. Two of the four second opinions (second-opinions.ts) agree where their beats match with an F-measure
 * of 0.85 at ±70 ms over the first 90 s, as they are or with one of them halved or doubled. Where two or more agree, the beats are those
 * of the surest one whose tempo is nearest to 115 bpm, to which people tend (van Noorden and Moelants, 1999); each is moved to the mean of what
 * the agreeing ones say. A track without agreement judges nobody. Our own tracker has no voice.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readAudio } from '../../offline/media/audio.ts';
import { sharedMedia, sharedMissing } from '../unit/media/shared.ts';
import { fMeasure } from './f-measure.ts';
import { secondOpinions } from './second-opinions.ts';

export const HEARD_SEC = 90;
const LEAST_AGREEMENT = 0.85;
const LIKELY_BPM = 115;
const TAPS = new URL('taps.jsonl', import.meta.url);

export interface Taps {
  /** File of shared/media/music. */
  name: string;
  /** Who agreed. */
  by: string[];
  /** The least F-measure with the one that agrees best with the others. */
  agreement: number;
  /** Seconds, of the first 90. */
  beats: number[];
}

/** As they were written. */
export const readTaps = (): Taps[] =>
  readFileSync(TAPS, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Taps);

export async function benchTaps(): Promise<void> {
  if (sharedMissing)
    throw new Error(
      'taps: expected ../shared/media/music, got nothing there. Set CUEPOINT_SHARED to the folder that holds media/.',
    );
  const names = readdirSync(sharedMedia('music')).filter((name) => /\.(ogg|opus|mp3)$/.test(name));
  const all: Taps[] = [];
  for (const name of names) {
    const { samples } = await readAudio(sharedMedia('music', name), { maxSec: HEARD_SEC });
    const agreed = agreedBeats(secondOpinions(samples));
    console.log(
      `${name.padEnd(34)}${agreed ? `${agreed.by.join(', ')} at ${agreed.agreement.toFixed(2)}` : 'no two agree'}`,
    );
    if (agreed) all.push({ name, ...agreed });
  }
  writeFileSync(TAPS, all.map((taps) => `${JSON.stringify(taps)}\n`).join(''));
}

export function agreedBeats(opinions: Record<string, number[]>): Omit<Taps, 'name'> | undefined {
  const heard = Object.entries(opinions).filter(([, beats]) => beats.length > 8);
  const groups = heard.map(([name, beats]) => {
    const agreeing = heard
      .map(([other, theirs]) => ({ other, theirs, f: other === name ? 1 : fAtAnyLevel(beats, theirs) }))
      .filter(({ f }) => f >= LEAST_AGREEMENT);
    return { agreeing, least: Math.min(...agreeing.map(({ f }) => f)) };
  });
  const most = Math.max(0, ...groups.map(({ agreeing }) => agreeing.length));
  if (most < 2) return undefined;
  const { agreeing, least } = groups
    .filter(({ agreeing }) => agreeing.length === most)
    .reduce((one, other) => (other.least > one.least ? other : one));
  const lists = agreeing.map(({ theirs }) => theirs);
  const likely = lists.reduce((one, other) => (awayFrom(other) < awayFrom(one) ? other : one));
  const sure = (list: number[]): number => lists.reduce((sum, other) => sum + fAtAnyLevel(list, other), 0);
  const tapped = lists
    .filter((list) => Math.abs(Math.log2(bpmOf(list) / bpmOf(likely))) < 0.1)
    .reduce((one, other) => (sure(other) > sure(one) ? other : one));
  const mean = tapped.map((sec) => {
    const near = lists.flatMap((list) => list.filter((other) => Math.abs(other - sec) <= 0.07));
    return Number((near.reduce((sum, other) => sum + other, 0) / near.length).toFixed(2));
  });
  return { by: agreeing.map(({ other }) => other), agreement: Number(least.toFixed(3)), beats: [...new Set(mean)] };
}

/** The beats, every second of them from the first or the second on, and those with one more between every two. */
export const levelsOf = (beats: readonly number[]): number[][] => [
  [...beats],
  beats.filter((_, i) => i % 2 === 0),
  beats.filter((_, i) => i % 2 === 1),
  beats.flatMap((sec, i) => (i + 1 < beats.length ? [sec, (sec + beats[i + 1]) / 2] : [sec])),
];

const bpmOf = (beats: readonly number[]): number => (60 * (beats.length - 1)) / (beats[beats.length - 1] - beats[0]);
const awayFrom = (beats: readonly number[]): number => Math.abs(Math.log2(bpmOf(beats) / LIKELY_BPM));

export const fAtAnyLevel = (beats: readonly number[], theirs: readonly number[]): number =>
  Math.max(
    ...levelsOf(theirs).map((level) => fMeasure(level, beats)),
    ...levelsOf(beats).map((level) => fMeasure(theirs, level)),
  );
