/**
 * From tokens as they are sent (base64 or bytes; float32, float16 or int8) to numbers.
 *
 * int8 is for phones: a quarter of the bytes. Each token has a scale of its own, which its values are multiplied by. In JSON the
 * scales are a field of their own; in bytes they stand before all values, where they are aligned and easy to write.
 */
import { halfToFloat } from '../../index/half.ts';
import { Problem, quote } from '../schema/problem.ts';
import type { Dtype } from '../schema/request.ts';

// F frames · d_v values per token; everything little-endian

export interface PackedTokens {
  /** [F, d_v], as the request claims */
  shape: [number, number];
  dtype: Dtype;
  /** Row by row: base64, or the bytes; the bytes of int8 begin with the scales. */
  tokens: string | Uint8Array;
  /** base64 of [F] float32: with base64 of int8, and only there. */
  scales?: string;
}

const BYTES_OF: Record<Dtype, number> = { float32: 4, float16: 2, int8: 1 };

/** No encoder's raw features come near; beyond, the model's float32 sums would overflow. */
const MAX_TOKEN_VALUE = 1e6;

/**
 * @returns [F, d_v]
 * @throws Problem tokens-base64, tokens-shape, tokens-scales or tokens-not-finite
 */
export function unpackTokens(packed: PackedTokens): Float32Array<ArrayBuffer> {
  const { shape, dtype } = packed;
  const [frames, width] = shape;
  const { scales, bytes } = split(packed);
  const expected = frames * width * BYTES_OF[dtype];
  if (bytes.length !== expected)
    throw new Problem(
      'tokens-shape',
      `tokens: expected ${expected} bytes for [${shape.join(', ')}] ${dtype}, got ${bytes.length}. Send every value, ${BYTES_OF[dtype]} bytes each.`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(frames * width);
  for (let i = 0; i < values.length; i++) {
    if (dtype === 'float32') values[i] = view.getFloat32(i * 4, true);
    else if (dtype === 'float16') values[i] = halfToFloat(view.getUint16(i * 2, true));
    else values[i] = view.getInt8(i) * scales[Math.floor(i / width)];
    if (!(Math.abs(values[i]) <= MAX_TOKEN_VALUE))
      throw new Problem(
        'tokens-not-finite',
        `tokens: expected values within ±${MAX_TOKEN_VALUE}, got ${values[i]} in frame ${Math.floor(i / width)}, value ${i % width}. Check the encoder's output.`,
      );
  }
  return values;
}

/** @returns `scales` [F]; empty unless the values are int8 */
function split({ shape: [frames], dtype, tokens, scales }: PackedTokens): { scales: Float32Array; bytes: Uint8Array } {
  const bytes = typeof tokens === 'string' ? fromBase64('tokens', tokens) : tokens;
  if (dtype !== 'int8') {
    if (scales !== undefined)
      throw new Problem('tokens-scales', `scales: expected none with ${dtype}, got some. Send them with int8 only.`);
    return { scales: new Float32Array(0), bytes };
  }
  if (typeof tokens !== 'string') {
    const length = Math.min(frames * 4, bytes.length);
    return { scales: readScales(bytes.subarray(0, length), frames), bytes: bytes.subarray(length) };
  }
  if (scales === undefined)
    throw new Problem(
      'tokens-scales',
      `scales: expected ${frames} with int8, got none. Send base64 of one float32 per token.`,
    );
  return { scales: readScales(fromBase64('scales', scales), frames), bytes };
}

function readScales(bytes: Uint8Array, frames: number): Float32Array {
  if (bytes.length !== frames * 4)
    throw new Problem(
      'tokens-scales',
      `scales: expected ${frames * 4} bytes, a float32 for each of ${frames} tokens, got ${bytes.length}. Send one per token; in bytes they come first.`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: frames }, (_, i) => {
    const scale = view.getFloat32(i * 4, true);
    if (scale >= 0 && scale <= MAX_TOKEN_VALUE) return scale;
    throw new Problem(
      'tokens-scales',
      `scales: expected numbers from 0 to ${MAX_TOKEN_VALUE}, got ${scale} for token ${i}. Use the largest magnitude of the token, divided by 127.`,
    );
  });
}

function fromBase64(name: string, text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw new Problem(
      'tokens-base64',
      `${name}: expected base64 text, got ${quote(text)}. Use the standard alphabet (RFC 4648 §4).`,
    );
  }
}
