/**
 * Read the three forms of a request for moments: a form with frames, JSON with frame tokens, or the tokens' bytes alone.
 *
 * What comes out is checked as far as it can be without an index. The rest (the encoder, the tokens' width, the number of
 * frames, the duration against them) needs one and is in clip.ts.
 */
import { readBody } from './body.ts';
import { MAX_FRAMES } from './embed/frame-plan.ts';
import { checkFields } from './field-problem.ts';
import type { Seat } from './guard/body-room.ts';
import { isNestedDeeply, MOST_LEVELS, repeatedMember } from './json-members.ts';
import { type Part, splitMultipart } from './multipart.ts';
import { Problem, quote } from './schema/problem.ts';
import { binaryQuery, framesFields, type MomentsOptions, tokensBody } from './schema/request.ts';
import type { PackedTokens } from './tokens/unpack.ts';

export interface FramesRequest {
  kind: 'frames';
  /** The files, in order. */
  frames: Uint8Array[];
  durationMs?: number;
  options: MomentsOptions;
}
export interface TokensRequest extends PackedTokens {
  kind: 'tokens';
  encoder: string;
  durationMs: number;
  options: MomentsOptions;
}

/**
 * @param seat as of readBody
 * @throws Problem for everything that is wrong with the request alone.
 */
export async function readClipRequest(request: Request, seat?: Seat): Promise<FramesRequest | TokensRequest> {
  const contentType = request.headers.get('content-type') ?? '';
  const mediaType = contentType.split(';')[0].trim().toLowerCase();
  const read = READERS[mediaType];
  if (!read)
    throw new Problem(
      'content-type-unsupported',
      `content-type: expected ${Object.keys(READERS).join(', ')}, got ${quote(mediaType || undefined)}. Send frames as a form, or tokens as JSON or bytes; /openapi.json describes all three.`,
    );
  const query = new URL(request.url).searchParams;
  if (mediaType !== BYTES && query.size > 0)
    throw new Problem(
      'field-unexpected',
      `${quote([...query.keys()][0])}: expected no query, got one. Send the fields in the body; only ${BYTES} has them in the query.`,
    );
  const limit = mediaType === 'application/json' ? MAX_JSON_BYTES : undefined;
  const clip = read(await readBody(request, limit, seat), { contentType, query });
  checkPoints(clip);
  return { ...clip, options: inOrder(clip.options) };
}

const BYTES = 'application/octet-stream';
/** Fifty tokens of 2,048 float32 values are 546 kB in base64. Parsing takes several times as much memory as the text. */
const MAX_JSON_BYTES = 2 * 1024 * 1024;

type Reader = (
  body: Uint8Array,
  rest: { contentType: string; query: URLSearchParams },
) => FramesRequest | TokensRequest;

const READERS: Readonly<Record<string, Reader | undefined>> = Object.assign(Object.create(null), {
  'application/json': (body) => readJson(body),
  'multipart/form-data': (body, { contentType }) => readForm(splitMultipart(body, contentType)),
  [BYTES]: (body, { query }) => readBytes(body, query),
} satisfies Record<string, Reader>);

function readJson(body: Uint8Array): TokensRequest {
  const { encoder, durationMs, shape, dtype, tokens, scales, ...options } = checkFields(
    tokensBody,
    readJsonObject(body),
  );
  return { kind: 'tokens', encoder, durationMs, shape, dtype, tokens, scales, options };
}

/** @throws Problem json-broken; field-unexpected where a member is there twice */
export function readJsonObject(body: Uint8Array): Record<string, unknown> {
  if (isNestedDeeply(body))
    throw new Problem(
      'json-broken',
      `body: expected lists and objects within each other ${MOST_LEVELS} deep at most, got more. Send the fields as /openapi.json describes them.`,
    );
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body);
    value = JSON.parse(text);
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
  const repeated = repeatedMember(text);
  if (repeated !== undefined) throw sentTwice(repeated);
  return value as Record<string, unknown>;
}

const sentTwice = (path: string): Problem =>
  new Problem('field-unexpected', `${quote(path)}: expected once, got twice. Send each member once.`);

function readForm(parts: readonly Part[]): FramesRequest {
  const frames: Uint8Array[] = [];
  const fields: [string, string][] = [];
  for (const { name, content } of parts) {
    if (name === 'frames') frames.push(content);
    else fields.push([name, textOf(name, content)]);
  }
  const values = readFields(fields);
  if (frames.length === 0)
    throw new Problem(
      'frames-missing',
      `frames: expected 1 to ${MAX_FRAMES} images, got none. Add each frame of the clip, one per second, as a file named "frames".`,
    );
  const { durationMs, ...options } = checkFields(framesFields, values);
  return { kind: 'frames', frames, durationMs, options };
}

/** The body is the tokens and nothing else; with int8, one float32 scale per token stands before them. */
function readBytes(body: Uint8Array, query: URLSearchParams): TokensRequest {
  const { encoder, durationMs, shape, dtype, ...options } = checkFields(binaryQuery, readFields([...query]));
  return { kind: 'tokens', encoder, durationMs, shape, dtype, tokens: body, options };
}

/** Bytes of one field of a form. A thousand excluded tracks take about forty thousand. */
const MAX_FIELD_BYTES = 64 * 1024;

function textOf(name: string, content: Uint8Array): string {
  if (content.length > MAX_FIELD_BYTES)
    throw new Problem(
      'body-too-large',
      `${quote(name)}: expected a field of at most ${MAX_FIELD_BYTES} bytes, got ${content.length}. Images are sent as files named "frames".`,
    );
  return new TextDecoder().decode(content);
}

/** Fields of a form or a query are text; these are meant as numbers, or as objects in JSON. */
const NUMBERS = new Set(['k', 'durationMs', 'hitAtMs', 'alternatives', 'targetLufs', 'minDurationMs']);
const OBJECTS = new Set(['filters', 'exclude', 'diversity', 'prefer', 'avoid', 'speechMs']);

function readFields(fields: readonly [string, string][]): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null);
  for (const [name, text] of fields) {
    if (name in values)
      throw new Problem(
        'field-unexpected',
        `${quote(name)}: expected once, got twice. Send each field once; only frames may repeat.`,
      );
    values[name] = fieldValue(name, text);
  }
  return values;
}

/** What the text does not fit stays text, and is refused by the field's schema. */
function fieldValue(name: string, text: string): unknown {
  if (NUMBERS.has(name)) return isNumber(text) ? Number(text) : text;
  if (name === 'shape') return text.split(',').map((part) => (isNumber(part) ? Number(part) : part));
  if (name === 'cutsMs' && !text.trimStart().startsWith('['))
    return text.split(',').map((part) => (isNumber(part) ? Number(part) : part));
  if (!OBJECTS.has(name) && name !== 'cutsMs') return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  const repeated = repeatedMember(text);
  if (repeated !== undefined) throw sentTwice(`${name}${repeated.startsWith('[') ? '' : '.'}${repeated}`);
  return value;
}

function isNumber(text: string): boolean {
  return /^[+-]?\d+(\.\d+)?$/.test(text.trim());
}

/** A form without durationMs lasts as many seconds as it has frames. */
function checkPoints(clip: FramesRequest | TokensRequest): void {
  const { hitAtMs, cutsMs = [] } = clip.options;
  const durationMs = clip.durationMs ?? (clip as FramesRequest).frames.length * 1000;
  if (hitAtMs !== undefined && hitAtMs > durationMs)
    throw new Problem(
      'hit-out-of-range',
      `hitAtMs: expected at most the clip's ${durationMs} ms, got ${hitAtMs}. Count from the start of the clip.`,
    );
  const beyond = cutsMs.find((cutMs) => cutMs > durationMs);
  if (beyond !== undefined)
    throw new Problem(
      'cuts-out-of-range',
      `cutsMs: expected points of the clip's ${durationMs} ms, got ${beyond}. Count from the start of the clip.`,
    );
}

/** Equal cuts in any order are the same request. */
function inOrder(options: MomentsOptions): MomentsOptions {
  if (!options.cutsMs) return options;
  return { ...options, cutsMs: [...new Set(options.cutsMs)].sort((one, other) => one - other) };
}
