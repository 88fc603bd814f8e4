/**
 * How well beats and bars are found where they are known, in drum patterns and composed music, against music-tempo; and then in
 * real tracks (real-tracks.ts).
 *
 * The pieces are drawn from seeds that nothing was fitted on (offline/analysis/beat-level.ts and bars.ts were fitted on the
 * seed "tuning"), though by the same generators. All beats count, also those of the first seconds.
 */
import { cpus } from 'node:os';
import { resample } from '../../offline/media/resample.ts';
import { analyseMono } from './analyse-mono.ts';
import { composedPieces } from './composed-pieces.ts';
import { CATEGORIES, drumPieces, type Piece, SAMPLE_RATE } from './drum-patterns.ts';
import { fMeasure } from './f-measure.ts';
import { benchRealTracks } from './real-tracks.ts';
import { musicTempo } from './second-opinions.ts';

const SEED = 'report';
const EACH = 40;
const COMPOSED = 24;

export async function benchBeats(): Promise<void> {
  console.log(`${cpus().length} × ${cpus()[0].model}, Node ${process.version}`);
  benchKnown();
  await benchRealTracks();
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
    const [ours, ourSec] = timed(() => analyseMono(mono));
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

function timed<T>(run: () => T): [T, number] {
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  return [result, (user + system) / 1e6];
}
