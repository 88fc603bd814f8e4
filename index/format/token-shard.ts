/**
 * A shard of tokens: the enhanced tokens of some neighbouring tracks' segments, a byte a value, used where it lies.
 *
 * Each token is held as int8 with a float32 scale of its own, value = scale × byte: a quarter of the float tokens. A shard is small,
 * so that a query reads only those its candidates lie in (index/format/shard-cache.ts). That the serialised form is the one in memory is
 * flatbush's idea (github.com/mourner/flatbush). Writer and reader stand here together; which bytes to trust is the manifest's business.
 */

import { roundToBytes } from '../int8.ts';

// T tracks · S segments of one track · R segments of all tracks · d width

const MAGIC = 0x53545043; // "CPTS" in little-endian bytes
const FORMAT_VERSION = 1;

/** Where each field is, in 4-byte little-endian words. After the header: firstSegment u32[T + 1], scales f32[R], values i8[R, d]. */
const WORD = { magic: 0, version: 1, width: 2, tracks: 3, firstSegment: 4 } as const;

/** The tokens of one track: views, to be read only. */
export interface TrackTokens {
  /** S */
  segments: number;
  /** [S, d] */
  values: Int8Array;
  /** [S] */
  scales: Float32Array;
  /** [S] each: mean and variance of a token's bytes, which its layer norm asks for. */
  means: Float32Array;
  variances: Float32Array;
}

/** An opened shard: what a track gives are views over its bytes, means and variances found when first asked for. */
export interface TokenShard {
  /** Values per token (d). */
  width: number;
  /** Number of tracks (T). */
  tracks: number;
  /** Bytes in memory. */
  bytes: number;
  /** @param track from 0 within the shard @throws RangeError when there is no such track. */
  tokensOf(track: number): TrackTokens;
}

/**
 * Each token rounded to bytes by its own largest value.
 * @param tokens [S, d] float32
 * @returns values [S, d] and scales [S]
 * @throws Error when the values are not [segments, width] or not finite.
 */
export function quantiseTokens(tokens: Float32Array, width: number): Pick<TrackTokens, 'values' | 'scales'> {
  const segments = tokens.length / width;
  if (!Number.isInteger(segments))
    throw new Error(`token shard: expected rows of ${width} values, got ${tokens.length}. Encode the track again.`);
  const values = new Int8Array(tokens.length);
  const scales = new Float32Array(segments);
  for (let row = 0; row < segments; row++) {
    const [from, to] = [row * width, (row + 1) * width];
    scales[row] = roundToBytes(tokens.subarray(from, to), values.subarray(from, to));
    if (!Number.isFinite(scales[row]))
      throw new Error('token shard: expected finite values, got NaN or Infinity. Check the model.');
  }
  return { values, scales };
}

/** What a shard would give of a track whose tokens [S, d] are these. @throws as quantiseTokens does. */
export function trackTokens(tokens: Float32Array, width: number): TrackTokens {
  return withMoments(quantiseTokens(tokens, width));
}

/** The same, of tokens that quantiseTokens made. */
export function withMoments({ values, scales }: Pick<TrackTokens, 'values' | 'scales'>): TrackTokens {
  const segments = scales.length;
  const [means, variances] = [new Float32Array(segments), new Float32Array(segments)];
  const track = { segments, values, scales, means, variances };
  writeMoments(track);
  return track;
}

/** [S, d] in float32, as the decoder takes them. */
export function dequantiseTokens({ values, scales, segments }: TrackTokens): Float32Array {
  const tokens = new Float32Array(values.length);
  const width = values.length / segments;
  for (let row = 0, i = 0; row < segments; row++) {
    const scale = scales[row];
    for (const end = i + width; i < end; i++) tokens[i] = scale * values[i];
  }
  return tokens;
}

/**
 * @param tracks in order, each [S, d] as quantiseTokens gives it
 * @throws Error (internal) when a track's values are not of this width.
 */
export function writeTokenShard(
  tracks: readonly Pick<TrackTokens, 'values' | 'scales'>[],
  width: number,
): Uint8Array<ArrayBuffer> {
  const segments = tracks.reduce((sum, { scales }) => sum + scales.length, 0);
  const places = layout(tracks.length, segments, width);
  const buffer = new ArrayBuffer(places.bytes);
  const words = new Uint32Array(buffer, 0, places.scales / 4);
  words.set([MAGIC, FORMAT_VERSION, width, tracks.length]);
  const scales = new Float32Array(buffer, places.scales, segments);
  const values = new Int8Array(buffer, places.values, segments * width);
  let row = 0;
  for (const [i, track] of tracks.entries()) {
    if (track.values.length !== track.scales.length * width)
      throw new Error(`internal: token shard: ${track.values.length} values for ${track.scales.length} tokens.`);
    scales.set(track.scales, row);
    values.set(track.values, row * width);
    row += track.scales.length;
    words[WORD.firstSegment + i + 1] = row;
  }
  return new Uint8Array(buffer);
}

/** Bytes that one more track adds to a shard. */
export function shardBytes(segments: number, width: number): number {
  return 4 + segments * (4 + width);
}

/** @throws Error when the bytes are not a whole shard of this version. */
export function openTokenShard(buffer: ArrayBuffer): TokenShard {
  const words = new Uint32Array(buffer, 0, buffer.byteLength >> 2); // on a big-endian machine the magic would not match
  if (words[WORD.magic] !== MAGIC) refuse('the magic "CPTS"', 'other bytes');
  if (words[WORD.version] !== FORMAT_VERSION) refuse(`version ${FORMAT_VERSION}`, String(words[WORD.version]));
  if (!(words[WORD.width] >= 1)) refuse('a width of at least 1', String(words[WORD.width]));
  const width = words[WORD.width];
  const tracks = words[WORD.tracks];
  const tableEnd = WORD.firstSegment + tracks + 1;
  if (!(tableEnd <= words.length)) refuse(`a table of ${tracks} tracks`, `${buffer.byteLength} bytes`);
  const firstSegment = words.subarray(WORD.firstSegment, tableEnd);
  if (firstSegment[0] !== 0) refuse('segments counted from 0', String(firstSegment[0]));
  for (let i = 0; i < tracks; i++)
    if (firstSegment[i] > firstSegment[i + 1]) refuse('segments in track order', `a step back at track ${i}`);
  const segments = firstSegment[tracks];
  const places = layout(tracks, segments, width);
  if (places.bytes !== buffer.byteLength) refuse(`${places.bytes} bytes`, `${buffer.byteLength}`);
  const scales = new Float32Array(buffer, places.scales, segments);
  const values = new Int8Array(buffer, places.values, segments * width);
  const given = new Array<TrackTokens | undefined>(tracks); // most are never asked for before the shard is dropped

  function tokensOf(track: number): TrackTokens {
    if (!Number.isInteger(track) || track < 0 || track >= tracks)
      throw new RangeError(`token shard: expected a track from 0 to ${tracks - 1}, got ${track}.`);
    const [from, to] = [firstSegment[track], firstSegment[track + 1]];
    given[track] ??= withMoments({
      values: values.subarray(from * width, to * width),
      scales: scales.subarray(from, to),
    });
    return given[track];
  }
  return { width, tracks, bytes: buffer.byteLength + 8 * segments, tokensOf };
}

function layout(tracks: number, segments: number, width: number): { scales: number; values: number; bytes: number } {
  const scales = 4 * (WORD.firstSegment + tracks + 1);
  const values = scales + 4 * segments;
  return { scales, values, bytes: values + segments * width };
}

/** Whole numbers all the way: a sum of squares of 127 fits 32 bits up to a width of 130,000. */
function writeMoments({ values, segments, means, variances }: TrackTokens): void {
  const width = values.length / segments;
  for (let row = 0, i = 0; row < segments; row++) {
    let sum = 0;
    let squares = 0;
    for (const end = i + width; i < end; i++) {
      const value = values[i];
      sum = (sum + value) | 0;
      squares = (squares + value * value) | 0;
    }
    means[row] = sum / width;
    variances[row] = squares / width - (sum / width) ** 2;
  }
}

function refuse(expected: string, got: string): never {
  throw new Error(`token shard: expected ${expected}, got ${got}. Build the index again, or publish it again.`);
}
