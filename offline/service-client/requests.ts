/** A clip in each of the forms that a service takes it in. */
import { floatToHalf } from '../../index/half.ts';
import type { Frames, Tokens } from './clip.ts';
import type { Sent } from './service.ts';

export type Options = Readonly<Record<string, unknown>>;

/** @param options also replace fields of the tokens; undefined leaves one out */
export function asJson(tokens: Tokens, options: Options = {}): Sent & { body: string } {
  const { encoder, shape, durationMs, values } = tokens;
  return json({ encoder, shape, durationMs, tokens: base64(bytesOf(values)), ...options });
}

export function json(value: object): Sent & { body: string } {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/** @returns the query too: it is the only place for the rest */
export function asBytes(tokens: Tokens, options: Options = {}): { query: string; sent: Sent } {
  return { query: queryOf(tokens, options), sent: octets(bytesOf(tokens.values)) };
}

/** @param tokens whose values float16 holds exactly */
export function asHalves(tokens: Tokens, options: Options = {}): { query: string; sent: Sent } {
  const halves = Uint16Array.from(tokens.values, floatToHalf);
  return { query: queryOf(tokens, { dtype: 'float16', ...options }), sent: octets(bytesOf(halves)) };
}

/** @param scale of every token, of which all values are whole multiples up to 127 */
export function asInt8(tokens: Tokens, scale: number, options: Options = {}): Sent {
  const steps = Int8Array.from(tokens.values, (value) => value / scale);
  const scales = new Float32Array(tokens.shape[0]).fill(scale);
  return asJson(tokens, { dtype: 'int8', tokens: base64(bytesOf(steps)), scales: base64(bytesOf(scales)), ...options });
}

export async function gzipped(sent: Sent & { body: string }): Promise<Sent> {
  const stream = new Blob([sent.body]).stream().pipeThrough(new CompressionStream('gzip'));
  const body = new Uint8Array(await new Response(stream).arrayBuffer());
  return { headers: { ...sent.headers, 'content-encoding': 'gzip' }, body };
}

export function asForm({ frames, durationMs }: Frames, options: Options = {}): Sent {
  const body = new FormData();
  for (const [i, frame] of frames.entries())
    body.append('frames', new Blob([frame], { type: 'image/jpeg' }), `${i}.jpg`);
  for (const [name, value] of Object.entries({ durationMs, ...options })) body.append(name, textOf(value));
  return { body };
}

function queryOf({ encoder, shape, durationMs }: Tokens, options: Options): string {
  const fields = Object.entries({ encoder, shape: shape.join(), durationMs, ...options });
  return String(new URLSearchParams(fields.map(([name, value]): [string, string] => [name, textOf(value)])));
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const octets = (body: Uint8Array<ArrayBuffer>): Sent => ({
  headers: { 'content-type': 'application/octet-stream' },
  body,
});
const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer, byteOffset, byteLength);
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
