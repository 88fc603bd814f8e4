/**
 * The cue table: where editors started each track, in one file that is used where it lies.
 *
 * Starts that lie close together are one cue, with a count. The offline program learns the table from a log of the moments
 * editors used (offline/cues/); the Worker weighs a track's cues against the model's moment (cue-rule.ts) with the
 * parameters that stand in the same file. Track i of the table is track i of the catalogue. Writer and reader stand here
 * together; which bytes to trust is the manifest's business.
 */
import { type CueParameters, checkParameters } from './cue-parameters.ts';

// T tracks · C cues of all tracks

/** A place where editors started a track. */
export interface Cue {
  /** From the start of the track: a start that an editor used, the middle one of those counted. */
  startMs: number;
  /** How many uses started here. */
  count: number;
  /** How long those uses were, the middle one. */
  widthMs: number;
}

/** What the rule's parameters were chosen on. */
export interface CueFit {
  /** Held-out uses with the model's span; 0 where there were none, and the parameters are the documented ones. */
  rows: number;
  kept: 'fitted' | 'defaults';
  /** Mean IoU on those rows; `fitted` with parameters that were fitted to other rows (offline/cues/fit.ts). */
  mIoU: { model: number; cues: number; defaults: number; fitted: number };
}

/** All that the file holds, as the offline program hands it to writeCues. */
export interface CueTable {
  parameters: CueParameters;
  fit: CueFit;
  /** Starts at most this far from a cue's fullest start were counted for it. */
  clusterMs: number;
  /** Of every track of the catalogue, in its order; the most used cue first. */
  cues: readonly (readonly Cue[])[];
}

/** The table as opened: cuesOf instead of all cues at once. */
export interface OpenCues extends Omit<CueTable, 'cues'> {
  tracks: number;
  /** The most used first; none where no editor used the track. @throws RangeError when there is no such track. */
  cuesOf(track: number): Cue[];
}

const MAGIC = 0x55435043; // "CPCU" in little-endian bytes
const FORMAT_VERSION = 1;

/** Where each field is, in 4-byte little-endian words. After the numbers: firstCue u32[T + 1], cues u32[C, 3]. */
const WORD = {
  magic: 0,
  version: 1,
  tracks: 2,
  clusterMs: 3,
  fitRows: 4,
  fitKept: 5,
  numbers: 6,
  firstCue: 20,
} as const;
/** Where each is among the float64 numbers. */
const NUMBER = { curve: 0, distance: 1, threshold: 2, model: 3, cues: 4, defaults: 5, fitted: 6, count: 7 } as const;
const CUE = { startMs: 0, count: 1, widthMs: 2, words: 3 } as const;

/** @throws Error when a cue is not of whole numbers from 0, or a parameter is not finite. */
export function writeCues({ parameters, fit, clusterMs, cues }: CueTable): Uint8Array {
  checkParameters(parameters);
  const count = cues.reduce((sum, ofTrack) => sum + ofTrack.length, 0);
  const cuesAt = WORD.firstCue + cues.length + 1;
  const words = new Uint32Array(cuesAt + CUE.words * count);
  words[WORD.magic] = MAGIC;
  words[WORD.version] = FORMAT_VERSION;
  words[WORD.tracks] = cues.length;
  words[WORD.clusterMs] = clusterMs;
  words[WORD.fitRows] = fit.rows;
  words[WORD.fitKept] = Number(fit.kept === 'fitted');
  const numbers = new Float64Array(words.buffer, 4 * WORD.numbers, NUMBER.count);
  numbers[NUMBER.curve] = parameters.curveWeight;
  numbers[NUMBER.distance] = parameters.distanceWeight;
  numbers[NUMBER.threshold] = parameters.threshold;
  for (const name of ['model', 'cues', 'defaults', 'fitted'] as const) numbers[NUMBER[name]] = fit.mIoU[name];
  let row = 0;
  for (const [track, ofTrack] of cues.entries()) {
    for (const cue of ofTrack) {
      const at = cuesAt + CUE.words * row++;
      for (const name of ['startMs', 'count', 'widthMs'] as const) {
        words[at + CUE[name]] = cue[name];
        if (words[at + CUE[name]] !== cue[name])
          throw new Error(
            `cues: expected a whole number from 0 as ${name} of track ${track}, got ${cue[name]}. Learn them again.`,
          );
      }
    }
    words[WORD.firstCue + track + 1] = row;
  }
  return new Uint8Array(words.buffer);
}

/** @throws Error when the bytes are not a whole cue table of this version. */
export function openCues(buffer: ArrayBuffer): OpenCues {
  const words = new Uint32Array(buffer, 0, buffer.byteLength >> 2); // on a big-endian machine the magic would not match
  if (words[WORD.magic] !== MAGIC) refuse('the magic "CPCU"', 'other bytes');
  if (words[WORD.version] !== FORMAT_VERSION) refuse(`version ${FORMAT_VERSION}`, String(words[WORD.version]));
  const tracks = words[WORD.tracks];
  const cuesAt = WORD.firstCue + tracks + 1;
  if (!(cuesAt <= words.length)) refuse(`a table of ${tracks} tracks`, `${buffer.byteLength} bytes`);
  const firstCue = words.subarray(WORD.firstCue, cuesAt);
  if (firstCue[0] !== 0) refuse('cues counted from 0', String(firstCue[0]));
  for (let i = 0; i < tracks; i++)
    if (firstCue[i] > firstCue[i + 1]) refuse('cues in track order', `a step back at track ${i}`);
  const bytes = 4 * (cuesAt + CUE.words * firstCue[tracks]);
  if (bytes !== buffer.byteLength) refuse(`${bytes} bytes`, String(buffer.byteLength));

  const numbers = new Float64Array(buffer, 4 * WORD.numbers, NUMBER.count);
  const parameters = {
    curveWeight: numbers[NUMBER.curve],
    distanceWeight: numbers[NUMBER.distance],
    threshold: numbers[NUMBER.threshold],
  };
  checkParameters(parameters);
  const { model, cues, defaults, fitted } = NUMBER;
  const fit: CueFit = {
    rows: words[WORD.fitRows],
    kept: words[WORD.fitKept] ? 'fitted' : 'defaults',
    mIoU: { model: numbers[model], cues: numbers[cues], defaults: numbers[defaults], fitted: numbers[fitted] },
  };
  function cuesOf(track: number): Cue[] {
    if (!Number.isInteger(track) || track < 0 || track >= tracks)
      throw new RangeError(`cues: expected a track from 0 to ${tracks - 1}, got ${track}.`);
    const found: Cue[] = [];
    for (let row = firstCue[track]; row < firstCue[track + 1]; row++) {
      const at = cuesAt + CUE.words * row;
      const [startMs, count, widthMs] = [words[at + CUE.startMs], words[at + CUE.count], words[at + CUE.widthMs]];
      found.push({ startMs, count, widthMs });
    }
    return found;
  }
  return { tracks, clusterMs: words[WORD.clusterMs], parameters, fit, cuesOf };
}

function refuse(expected: string, got: string): never {
  throw new Error(`cues: expected ${expected}, got ${got}. Build the index again, or publish it again.`);
}
