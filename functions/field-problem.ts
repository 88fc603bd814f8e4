/**
 * From what zod says of a rejected field to the problem that is answered: a code per field, what it should have been, and
 * what to do.
 */
import type * as z from 'zod';
import { cutText } from '../index/cut-text.ts';
import { MAX_TRACK_MS } from '../index/format/catalogue.ts';
import { DEFAULT_TARGET_LUFS } from '../index/moment/levels.ts';
import { FITS } from '../index/moment/placement.ts';
import { SNAPS } from '../index/moment/snap.ts';
import { MAX_TASTE_WEIGHT } from '../index/search/taste.ts';
import { cutDown } from './cut-down.ts';
import { AS_CLIP } from './grounding/options.ts';
import { Problem, type ProblemCode, quote } from './schema/problem.ts';
import {
  DTYPES,
  LOUDNESS_RANGE,
  MAX_ALTERNATIVES,
  MAX_CUTS,
  MAX_DURATION_MS,
  MAX_EXCLUDED,
  MAX_K,
  MAX_TASTE_TRACKS,
} from './schema/request.ts';

export interface FieldProblem {
  code: ProblemCode;
  expected: string;
  next: string;
}

const oneOf = (words: readonly string[]): string =>
  words
    .map((word) => `"${word}"`)
    .join(', ')
    .replace(/, (?=[^,]*$)/, ' or ');

const TASTE = {
  expected: `a JSON object of "tracks", 1 to ${MAX_TASTE_TRACKS} ids, and "weight", from 0 to ${MAX_TASTE_WEIGHT}`,
  next: 'Answers name the ids of tracks.',
};

/** Of the requests for moments. */
export const CLIP_FIELDS: Readonly<Record<string, FieldProblem>> = {
  k: { code: 'k-out-of-range', expected: `a whole number from 1 to ${MAX_K}`, next: 'Send k=5 for five moments.' },
  fit: { code: 'fit-unknown', expected: oneOf(FITS), next: 'Leave it out for moments as long as the clip.' },
  snap: { code: 'snap-unknown', expected: oneOf(SNAPS), next: 'Leave it out for moments that start with a bar.' },
  hitAtMs: {
    code: 'hit-out-of-range',
    expected: `a whole number of milliseconds from 0 to ${MAX_DURATION_MS}`,
    next: 'Count from the start of the clip.',
  },
  cutsMs: {
    code: 'cuts-out-of-range',
    expected: `1 to ${MAX_CUTS} whole numbers of milliseconds from 0 to ${MAX_DURATION_MS}`,
    next: "Send the clip's shot changes, counted from its start, or leave it out.",
  },
  speechMs: {
    code: 'speech-out-of-range',
    expected: `at most ${MAX_CUTS} spans of two whole numbers of milliseconds from 0 to ${MAX_DURATION_MS}`,
    next: 'Send [start, end] of each stretch of speech, or [] where there is none.',
  },
  minDurationMs: {
    code: 'min-duration-out-of-range',
    expected: `a whole number of milliseconds from 0 to ${MAX_TRACK_MS}, or "${AS_CLIP}"`,
    next: 'Leave it out for tracks as long as the clip while there are enough.',
  },
  filters: {
    code: 'filters-invalid',
    expected: 'filters of tracks as a JSON object',
    next: 'GET /v1/filters lists what can be asked for, /openapi.json how.',
  },
  exclude: {
    code: 'exclude-invalid',
    expected: `a JSON object of "tracks" and "artists", lists of at most ${MAX_EXCLUDED} names`,
    next: 'Answers name the ids of tracks and their artists.',
  },
  diversity: {
    code: 'diversity-out-of-range',
    expected: `a JSON object of "perArtist", from 1 to ${MAX_K}, and "lambda", from 0 to 1`,
    next: 'Send {"perArtist": 1} for no two moments of one artist.',
  },
  prefer: { code: 'prefer-invalid', ...TASTE },
  avoid: { code: 'avoid-invalid', ...TASTE },
  alternatives: {
    code: 'alternatives-out-of-range',
    expected: `a whole number from 0 to ${MAX_ALTERNATIVES}`,
    next: 'Leave it out for one moment per track.',
  },
  targetLufs: {
    code: 'loudness-out-of-range',
    expected: `a number from ${LOUDNESS_RANGE.join(' to ')}`,
    next: `Leave it out for ${DEFAULT_TARGET_LUFS} LUFS.`,
  },
  durationMs: {
    code: 'duration-out-of-range',
    expected: `a whole number of milliseconds from 1 to ${MAX_DURATION_MS}`,
    next: "Send the clip's length.",
  },
  encoder: { code: 'encoder-mismatch', expected: 'the name of an encoder', next: 'GET /v1/index names it.' },
  shape: {
    code: 'tokens-shape',
    expected: 'two whole numbers, frames and width',
    next: 'GET /v1/index gives the width.',
  },
  dtype: { code: 'dtype-unknown', expected: oneOf(DTYPES), next: 'Leave it out for float32.' },
  tokens: {
    code: 'tokens-base64',
    expected: 'base64 text',
    next: 'Encode the little-endian bytes of the tokens.',
  },
  scales: {
    code: 'tokens-scales',
    expected: 'base64 text',
    next: 'Encode one little-endian float32 per token.',
  },
};

/**
 * Check some fields and fill in the defaults.
 * @param fields the problem of each name; a name that is not among them is answered field-unexpected
 * @param place in front of the names, such as "events[3]."
 */
export function checkFields<Schema extends z.ZodType>(
  schema: Schema,
  value: Record<string, unknown>,
  fields: Readonly<Record<string, FieldProblem>> = CLIP_FIELDS,
  place = '',
): z.output<Schema> {
  const bounded = cutDown(value);
  const result = schema.safeParse(bounded);
  if (result.success) {
    if (bounded !== value) throw new Error('internal: fields: expected a schema that bounds its lists, got another.');
    return result.data;
  }
  const [{ path, ...issue }] = result.error.issues;
  const name = String(path[0] ?? '');
  if (path.length === 0 || !Object.hasOwn(fields, name))
    throw new Problem(
      'field-unexpected',
      `${place}${quote(issue.code === 'unrecognized_keys' ? issue.keys[0] : name)}: expected no such field. /openapi.json lists the fields there are.`,
    );
  const { code, expected, next } = fields[name];
  const wanted = issue.message.startsWith('expected ') ? issue.message : `expected ${expected}`;
  throw new Problem(
    code,
    `${place}${cutText(path.map(String).join('.'), 100)}: ${wanted}, got ${quote(at(value, path))}. ${next}`,
  );
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}
