/**
 * How well beats and bars are found: where they are known, in drum patterns and composed music, against music-tempo; and how
 * stable they are on real tracks.
 *
 * The pieces are drawn from seeds that nothing was fitted on (offline/analysis/beat-level.ts and bars.ts were fitted on the
 * seed "tuning"), though by the same generators. All beats count, also those of the first seconds.
 */
import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import MusicTempo from 'music-tempo';
import { type Analysis, createAnalyser } from '../../offline/analysis/analyser.ts';
import { readAudio } from '../../offline/media/audio.ts';
import { resample } from '../../offline/media/resample.ts';
import { sharedMedia, sharedMissing } from '../unit/media/shared.ts';
import { composedPieces } from './composed-pieces.ts';
import { CATEGORIES, drumPieces, type Piece, SAMPLE_RATE } from './drum-patterns.ts';
import { fMeasure } from './f-measure.ts';

const SEED = 'report';
const EACH = 40;
const COMPOSED = 24;

export async function benchBeats(): Promise<void> {
  console.log(`${cpus().length} × ${cpus()[0].model}, Node ${process.version}`);
  benchKnown();
  if (!sharedMissing) await benchStability();
}

interface Score {
  category: string;
  beats: number;
  downbeats: number;
  metre: number;
  /** Half or double of the true tempo. */
  octave: number;
  theirs: number;
  theirOctave: number;
}

function benchKnown(): void {
  const pieces = [...drumPieces(SEED, EACH), ...composedPieces(SEED, COMPOSED)];
  let [oursSec, theirsSec, lastedSec] = [0, 0, 0];
  const scores = pieces.map((piece): Score => {
    const { samples, category, beatsSec, downbeatsSec } = piece;
    const mono = resample(samples, SAMPLE_RATE, 16000);
    const [ours, ourSec] = timed(() => analyse(mono));
    const [theirs, theirSec] = timed(() => musicTempo(samples));
    oursSec += ourSec;
    theirsSec += theirSec;
    lastedSec += samples.length / SAMPLE_RATE;
    return {
      category,
      beats: fMeasure(ours.beats, beatsSec),
      downbeats: fMeasure(
        Array.from(ours.downbeats, (beat) => ours.beats[beat]),
        downbeatsSec,
      ),
      metre: Number(ours.beatsPerBar === piece.beatsPerBar),
      octave: isOctave(ours.bpm, piece),
      theirs: fMeasure(theirs.beats, beatsSec),
      theirOctave: isOctave(theirs.bpm, piece),
    };
  });
  console.log(
    `\n${EACH} drum pieces of 30 s in each row, ${COMPOSED} composed ones of 60 s, seed "${SEED}"; F at ±70 ms, nothing skipped`,
  );
  console.log(
    `${''.padEnd(22)}${['beats', 'downbeats', 'metre', 'octave', 'music-tempo', 'octave'].map((name) => name.padStart(12)).join('')}`,
  );
  for (const category of [...CATEGORIES, 'all drums', 'composed']) {
    const rows = scores.filter((score) =>
      category === 'all drums' ? score.category !== 'composed' : score.category === category,
    );
    const mean = (name: Exclude<keyof Score, 'category'>): string =>
      (rows.reduce((sum, row) => sum + row[name], 0) / rows.length).toFixed(3).padStart(12);
    console.log(
      `${category.padEnd(22)}${mean('beats')}${mean('downbeats')}${mean('metre')}${mean('octave')}${mean('theirs')}${mean('theirOctave')}`,
    );
  }
  console.log(
    `CPU: ours, with loudness, key and bars, ${(lastedSec / oursSec).toFixed(0)} × real time, music-tempo ${(lastedSec / theirsSec).toFixed(0)} ×: theirs / ours = ${(theirsSec / oursSec).toFixed(2)}`,
  );
}

const isOctave = (bpm: number | null, piece: Piece): number =>
  Number(bpm !== null && [0.5, 2].some((factor) => Math.abs(Math.log2(bpm / (factor * piece.bpm))) < 0.1));

/** Beats found twice, the second time without the first seconds and quieter: they are the same beats, or neither is right. */
async function benchStability(): Promise<void> {
  const CUT_SEC = 7.3;
  const names = readdirSync(sharedMedia('music')).filter((name) => /\.(ogg|opus|mp3)$/.test(name));
  console.log(
    `\nreal tracks, whole against without their first ${CUT_SEC} s and 6 dB quieter: F of the beats found in both`,
  );
  const [ours, theirs]: number[][] = [[], []];
  for (const name of names) {
    const { samples } = await readAudio(sharedMedia('music', name), { maxSec: 90 });
    const rest = samples.slice(CUT_SEC * 16000).map((value) => value / 2);
    const [whole, part] = [analyse(samples), analyse(rest)];
    const [theirWhole, theirPart] = [samples, rest].map((one) => musicTempo(resample(one, 16000, SAMPLE_RATE)));
    const agree = (all: ArrayLike<number>, later: ArrayLike<number>): number =>
      fMeasure(
        Array.from(all, (sec) => sec - CUT_SEC).filter((sec) => sec > 1),
        Array.from(later).filter((sec) => sec > 1),
      );
    const agreed = [agree(whole.beats, part.beats), agree(theirWhole.beats, theirPart.beats)];
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
  const mean = (values: number[]): string => (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(3);
  console.log(
    `mean F over the ${ours.length} tracks where we find beats: ours ${mean(ours)}, music-tempo ${mean(theirs)}`,
  );
}

function analyse(mono: Float32Array): Analysis {
  const analyser = createAnalyser();
  analyser.pushChannels([mono], 16000);
  analyser.pushMono(mono);
  return analyser.finish();
}

/** It throws where it finds nothing, and then has found no beats. */
function musicTempo(samples: Float32Array): { bpm: number | null; beats: number[] } {
  try {
    const { tempo, beats } = new MusicTempo(samples);
    return { bpm: Number(tempo), beats };
  } catch {
    return { bpm: null, beats: [] };
  }
}

function timed<T>(run: () => T): [T, number] {
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  return [result, (user + system) / 1e6];
}
