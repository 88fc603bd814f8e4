/**
 * Read the two forms of a request for moments: a form with frames, or JSON with frame tokens.
 *
 * What comes out is checked as far as it can be without an index. The rest (the encoder, the tokens' width, the number of
 * frames, the duration against them) needs one and is in clip.ts.
 */
import type * as z from 'zod';
import { readBody } from './body.ts';
import type { Fit } from './ground.ts';
import { type Part, splitMultipart } from './multipart.ts';
import { Problem, type ProblemCode, quote } from './problem.ts';
import { framesFields, MAX_DURATION_MS, MAX_FRAMES, MAX_K, tokensBody } from './schema.ts';

interface Options {
  k: number;
  fit: Fit;
}
export interface FramesRequest extends Options {
  kind: 'frames';
  /** The files, in order. */
  frames: Uint8Array[];
  durationMs?: number;
}
export interface TokensRequest extends Options {
  kind: 'tokens';
  encoder: string;
  shape: [number, number];
  /** As sent, base64. */
  tokens: string;
  durationMs: number;
}

/** @throws Problem for everything that is wrong with the request alone. */
export async function readClipRequest(request: Request): Promise<FramesRequest | TokensRequest> {
  const contentType = request.headers.get('content-type') ?? '';
  const mediaType = contentType.split(';')[0].trim().toLowerCase();
  if (mediaType === 'application/json') return readTokens(await readBody(request));
  if (mediaType === 'multipart/form-data') return readFrames(splitMultipart(await readBody(request), contentType));
  throw new Problem(
    'content-type-unsupported',
    `content-type: expected application/json or multipart/form-data, got ${quote(mediaType || undefined)}. Send frames as a form or tokens as JSON; /openapi.json describes both.`,
  );
}

function readTokens(body: Uint8Array): TokensRequest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body));
  } catch {
    throw new Problem(
      'json-broken',
      `body: expected a JSON object, got ${body.length} bytes of something else. Send valid JSON in UTF-8.`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Problem(
      'json-broken',
      `body: expected a JSON object, got ${quote(value)}. Send the fields in one object.`,
    );
  return { kind: 'tokens', ...check(tokensBody, value as Record<string, unknown>) };
}

function readFrames(parts: readonly Part[]): FramesRequest {
  const frames: Uint8Array[] = [];
  const fields: Record<string, unknown> = Object.create(null);
  for (const { name, content } of parts) {
    if (name === 'frames') frames.push(content);
    else if (name in fields)
      throw new Problem(
        'field-unexpected',
        `${name}: expected once, got twice. Send each field once; only frames may repeat.`,
      );
    else fields[name] = asNumber(new TextDecoder().decode(content.subarray(0, 100)));
  }
  if (frames.length === 0)
    throw new Problem(
      'frames-missing',
      `frames: expected 1 to ${MAX_FRAMES} images, got none. Add each frame of the clip, one per second, as a file named "frames".`,
    );
  return { kind: 'frames', frames, ...check(framesFields, fields) };
}

/** A form's fields are text; what reads as a decimal number is one. */
function asNumber(text: string): unknown {
  return /^[+-]?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
}

/** What a rejected field is told: under which code, what it should have been, and what to do. */
const FIELDS: Record<string, { code: ProblemCode; expected: string; next: string }> = {
  k: { code: 'k-out-of-range', expected: `a whole number from 1 to ${MAX_K}`, next: 'Send k=5 for five moments.' },
  fit: { code: 'fit-unknown', expected: '"clip" or "model"', next: 'Leave it out for moments as long as the clip.' },
  durationMs: {
    code: 'duration-out-of-range',
    expected: `a whole number of milliseconds from 1 to ${MAX_DURATION_MS}`,
    next: "Send the clip's length.",
  },
  encoder: { code: 'encoder-mismatch', expected: 'the name of an encoder', next: 'GET /v1/index names it.' },
  shape: {
    code: 'tokens-shape',
    expected: 'two whole numbers [frames, width]',
    next: 'GET /v1/index gives the width.',
  },
  tokens: {
    code: 'tokens-base64',
    expected: 'base64 text',
    next: 'Encode the little-endian float32 bytes of the tokens.',
  },
};

function check<Schema extends z.ZodType>(schema: Schema, value: Record<string, unknown>): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue.path[0] ?? '');
  const field = FIELDS[name];
  if (issue.code === 'unrecognized_keys' || !field)
    throw new Problem(
      'field-unexpected',
      `${quote(issue.code === 'unrecognized_keys' ? issue.keys[0] : name)}: expected no such field. /openapi.json lists the fields there are.`,
    );
  throw new Problem(field.code, `${name}: expected ${field.expected}, got ${quote(value[name])}. ${field.next}`);
}
