/**
 * How well and how stably beats are found in real tracks, which nobody has annotated: against where others agree that they are
 * (taps.ts), and against themselves when the track is cut, made quieter, or played faster or slower.
 *
 * What was tuned was tuned on every second of the judged tracks; the others are held out, and both halves are told apart. `stability` is
 * the F-measure of the beats found in the changed track against those of the whole one, moved as the change moves them.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { readAudio } from '../../offline/media/audio.ts';
import { resample } from '../../offline/media/resample.ts';
import { sharedMedia, sharedMissing } from '../unit/media/shared.ts';
import { analyseMono } from './analyse-mono.ts';
import { fMeasure } from './f-measure.ts';
import { musicTempo } from './second-opinions.ts';
import { fAtAnyLevel, HEARD_SEC, readTaps, type Taps } from './taps.ts';

const RATE = 16000;

export interface Change {
  name: string;
  /** Seconds that are left out at the start. */
  cutSec?: number;
  /** Amplitude. */
  gain?: number;
  /** Faster and higher, as a tape. */
  speed?: number;
  /** Faster at the same pitch; by ffmpeg. */
  tempo?: number;
}

export const CHANGES: Change[] = [
  { name: 'cut 3.1 s', cutSec: 3.1 },
  { name: 'cut 12.45 s', cutSec: 12.45 },
  { name: 'cut 7.3 s, -6 dB', cutSec: 7.3, gain: 0.5 },
  { name: '-20 dB', gain: 0.1 },
  { name: 'speed 1.06', speed: 1.06 },
  { name: 'speed 0.93', speed: 0.93 },
  { name: 'tempo 0.95', tempo: 0.95 },
];

/** Nothing was fitted on the first of the file and every second after it; they were steady before, too (docs/experiments.md). */
export const taps = (): (Taps & { isHeldOut: boolean })[] =>
  readTaps().map((one, i) => ({ ...one, isHeldOut: i % 2 === 0 }));

export async function benchRealTracks(): Promise<void> {
  if (sharedMissing) {
    console.log(
      '\nreal tracks: ../shared/media/music is missing, so nothing is measured on them (CUEPOINT_SHARED names another folder)',
    );
    return;
  }
  await benchJudged();
  await benchStability();
}

/** 16 kHz mono, the first 90 s. */
export const heardOf = async (name: string): Promise<Float32Array> =>
  (await readAudio(sharedMedia('music', name), { maxSec: HEARD_SEC })).samples;

export function changed(samples: Float32Array, { cutSec = 0, gain = 1, speed = 1, tempo = 1 }: Change): Float32Array {
  let sound: Float32Array = samples.slice(cutSec * RATE).map((value) => value * gain);
  if (speed !== 1) sound = resample(sound, Math.round(RATE * speed), RATE);
  return tempo === 1 ? sound : stretched(sound, tempo);
}

function stretched(samples: Float32Array, tempo: number): Float32Array {
  const format = ['-f', 'f32le', '-ar', String(RATE), '-ac', '1'];
  const bytes = execFileSync(
    'ffmpeg',
    ['-v', 'error', ...format, '-i', '-', '-af', `atempo=${tempo}`, ...format, '-'],
    {
      input: new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength),
      maxBuffer: 1 << 28,
    },
  );
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** F of the beats of a changed track against those of the whole; the first second behind a cut counts for neither. */
export function stability(whole: ArrayLike<number>, part: ArrayLike<number>, change: Change): number {
  const { cutSec = 0, speed = 1, tempo = 1 } = change;
  const moved = Array.from(whole, (sec) => (sec - cutSec) / (speed * tempo)).filter((sec) => sec > 1);
  return fMeasure(
    moved,
    Array.from(part).filter((sec) => sec > 1),
  );
}

async function benchJudged(): Promise<void> {
  const judged = taps();
  const changes = CHANGES.filter((change) => !change.tempo || hasFfmpeg());
  console.log(
    `\n${judged.length} real tracks of ${HEARD_SEC} s: F against the taps that others agree on (and at any level), then stability under changes`,
  );
  const rows: { isHeldOut: boolean; values: number[] }[] = [];
  const line = (name: string, values: readonly number[]): void =>
    console.log(name.padEnd(44) + values.map((value) => value.toFixed(3).padStart(18)).join(''));
  console.log(
    ''.padEnd(44) +
      ['taps', 'any level', ...changes.map(({ name }) => name), 'mean'].map((name) => name.padStart(18)).join(''),
  );
  for (const { name, beats, isHeldOut } of judged) {
    const samples = await heardOf(name);
    const whole = Array.from(analyseMono(samples).beats);
    const stable = changes.map((change) => stability(whole, analyseMono(changed(samples, change)).beats, change));
    const values = [fMeasure(whole, beats), fAtAnyLevel(whole, beats), ...stable, meanOf(stable)];
    line(`${name}${isHeldOut ? ' (held out)' : ''}`, values);
    rows.push({ isHeldOut, values });
  }
  for (const [name, some] of [
    ['tuned on', rows.filter(({ isHeldOut }) => !isHeldOut)],
    ['held out', rows.filter(({ isHeldOut }) => isHeldOut)],
    ['all', rows],
  ] as const)
    line(
      name,
      rows[0].values.map((_, column) => meanOf(some.map(({ values }) => values[column]))),
    );
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function hasFfmpeg(): boolean {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const CUT: Change = { name: 'cut 7.3 s, -6 dB', cutSec: 7.3, gain: 0.5 };

/** All tracks, beside music-tempo: they are the same beats, or neither is right. */
async function benchStability(): Promise<void> {
  const names = readdirSync(sharedMedia('music')).filter((name) => /\.(ogg|opus|mp3)$/.test(name));
  console.log(`\nall real tracks, whole against ${CUT.name}: F of the beats found in both`);
  const [ours, theirs]: number[][] = [[], []];
  for (const name of names) {
    const samples = await heardOf(name);
    const both = [samples, changed(samples, CUT)];
    const [whole, part] = both.map(analyseMono);
    const [theirWhole, theirPart] = both.map((one) => musicTempo(resample(one, RATE, 44100)));
    const agreed = [stability(whole.beats, part.beats, CUT), stability(theirWhole.beats, theirPart.beats, CUT)];
    const silent = whole.beats.length + part.beats.length === 0; // to find nothing twice is no agreement
    if (!silent) {
      ours.push(agreed[0]);
      theirs.push(agreed[1]);
    }
    const shown = (bpm: number | null): string => (bpm === null ? 'none' : bpm.toFixed(1)).padStart(7);
    console.log(
      `${name.padEnd(34)}${shown(whole.bpm)}${shown(part.bpm)} F ${silent ? '  – ' : agreed[0].toFixed(2)}   music-tempo${shown(theirWhole.bpm)}${shown(theirPart.bpm)} F ${agreed[1].toFixed(2)}`,
    );
  }
  console.log(
    `mean F over the ${ours.length} tracks where we find beats: ours ${meanOf(ours).toFixed(3)}, music-tempo ${meanOf(theirs).toFixed(3)}`,
  );
}
