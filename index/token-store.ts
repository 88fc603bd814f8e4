/**
 * The token store: the enhanced tokens of every track's segments, in one file that is used where it lies.
 *
 * Track i of the store is track i of the catalogue. The reader returns views over the file's own bytes; the idea that the
 * serialised form is the one in memory is flatbush's (github.com/mourner/flatbush). Writer and reader stand here together.
 * Which bytes to trust (size, sha256) is the manifest's business.
 */

// T tracks · S segments of one track · R segments of all tracks · d width

const MAGIC = 0x4b545043; // "CPTK" in little-endian bytes
const FORMAT_VERSION = 1;
/** The only value type so far: IEEE 754 binary32. */
const FLOAT32 = 1;

/** Where each field is, in 4-byte little-endian words. After the header: firstSegment u32[T + 1], values f32[R, d]. */
const WORD = { magic: 0, version: 1, valueType: 2, width: 3, tracks: 4, firstSegment: 5 } as const;

export interface TokenStore {
  /** Values per token (d). */
  width: number;
  /** Number of tracks (T). */
  tracks: number;
  /** Segments (S) of a track. @throws RangeError when there is no such track. */
  segmentsOf(track: number): number;
  /** [S, d] of a track: a view, to be read only. @throws RangeError when there is no such track. */
  tokensOf(track: number): Float32Array;
}

/**
 * @param tracks tokens [S, d] of each track, in catalogue order
 * @throws Error when a track's tokens are not [segments, width] or not finite.
 */
export function writeTokenStore(
  tracks: readonly { tokens: Float32Array; segments: number }[],
  width: number,
): Uint8Array {
  if (!Number.isInteger(width) || width < 1)
    throw new Error(`token store: expected a width of at least 1, got ${width}. Pass the model's width.`);
  const segments = tracks.reduce((sum, track) => sum + track.segments, 0);
  const valuesAt = WORD.firstSegment + tracks.length + 1;
  const buffer = new ArrayBuffer(4 * (valuesAt + segments * width));
  const words = new Uint32Array(buffer);
  const values = new Float32Array(buffer, 4 * valuesAt);
  words[WORD.magic] = MAGIC;
  words[WORD.version] = FORMAT_VERSION;
  words[WORD.valueType] = FLOAT32;
  words[WORD.width] = width;
  words[WORD.tracks] = tracks.length;
  let row = 0;
  for (const [i, track] of tracks.entries()) {
    if (!Number.isInteger(track.segments) || track.segments < 0 || track.tokens.length !== track.segments * width)
      throw new Error(
        `token store: expected [${track.segments}, ${width}] values for track ${i}, got ${track.tokens.length}. Encode the track again.`,
      );
    if (!track.tokens.every(Number.isFinite))
      throw new Error(`token store: expected finite values for track ${i}, got NaN or Infinity. Check the model.`);
    values.set(track.tokens, row * width);
    row += track.segments;
    words[WORD.firstSegment + i + 1] = row;
  }
  return new Uint8Array(buffer);
}

/** @throws Error when the bytes are not a whole token store of this version. */
export function openTokenStore(buffer: ArrayBuffer): TokenStore {
  const words = new Uint32Array(buffer, 0, buffer.byteLength >> 2); // on a big-endian machine the magic would not match
  if (words[WORD.magic] !== MAGIC) refuse('the magic "CPTK"', 'other bytes');
  if (words[WORD.version] !== FORMAT_VERSION) refuse(`version ${FORMAT_VERSION}`, String(words[WORD.version]));
  if (words[WORD.valueType] !== FLOAT32) refuse('float32 values', `value type ${words[WORD.valueType]}`);
  if (!(words[WORD.width] >= 1)) refuse('a width of at least 1', String(words[WORD.width]));

  const width = words[WORD.width];
  const tracks = words[WORD.tracks];
  const valuesAt = WORD.firstSegment + tracks + 1;
  if (!(valuesAt <= words.length)) refuse(`a table of ${tracks} tracks`, `${buffer.byteLength} bytes`);
  const firstSegment = words.subarray(WORD.firstSegment, valuesAt);
  if (firstSegment[0] !== 0) refuse('segments counted from 0', String(firstSegment[0]));
  for (let i = 0; i < tracks; i++)
    if (firstSegment[i] > firstSegment[i + 1]) refuse('segments in track order', `a step back at track ${i}`);
  const bytes = 4 * (valuesAt + firstSegment[tracks] * width);
  if (bytes !== buffer.byteLength) refuse(`${bytes} bytes`, `${buffer.byteLength}`);
  const values = new Float32Array(buffer, 4 * valuesAt);

  function check(track: number): void {
    if (!Number.isInteger(track) || track < 0 || track >= tracks)
      throw new RangeError(`token store: expected a track from 0 to ${tracks - 1}, got ${track}.`);
  }
  function segmentsOf(track: number): number {
    check(track);
    return firstSegment[track + 1] - firstSegment[track];
  }
  function tokensOf(track: number): Float32Array {
    check(track);
    return values.subarray(firstSegment[track] * width, firstSegment[track + 1] * width);
  }
  return { width, tracks, segmentsOf, tokensOf };
}

function refuse(expected: string, got: string): never {
  throw new Error(`token store: expected ${expected}, got ${got}. Build the index again, or publish it again.`);
}
