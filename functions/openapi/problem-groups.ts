/** Which problems an operation can meet, by what it has to do with. */
import type { ProblemCode } from '../schema/problem.ts';

/** What any request can meet. */
export const ALWAYS = ['method-not-allowed', 'internal', 'setting-broken'] as const satisfies readonly ProblemCode[];

/** What any request under /v1 can meet. */
export const OF_KEYS = [
  'key-missing',
  'key-unknown',
  'scope-missing',
  'keys-missing',
  'keys-broken',
  'rate-limited',
] as const satisfies readonly ProblemCode[];

/** What any request that needs the index can meet. */
export const OF_INDEX = ['index-missing', 'index-unusable'] as const satisfies readonly ProblemCode[];

/** What any request with a body can meet. */
export const OF_BODIES = [
  'json-broken',
  'gzip-broken',
  'client-gone',
  'body-too-large',
  'body-too-slow',
  'busy',
  'caller-busy',
  'content-type-unsupported',
  'encoding-unsupported',
  'field-unexpected',
] as const satisfies readonly ProblemCode[];

/** What the requests for moments can meet. */
export const OF_CLIPS = [
  'candidates-unavailable',
  'multipart-broken',
  'k-out-of-range',
  'fit-unknown',
  'snap-unknown',
  'hit-out-of-range',
  'cuts-out-of-range',
  'speech-out-of-range',
  'min-duration-out-of-range',
  'filters-invalid',
  'exclude-invalid',
  'diversity-out-of-range',
  'prefer-invalid',
  'avoid-invalid',
  'taste-unknown',
  'alternatives-out-of-range',
  'loudness-out-of-range',
  'duration-out-of-range',
  'duration-contradicts-frames',
  'frames-missing',
  'frames-too-many',
  'frames-too-costly',
  'image-unrecognised',
  'image-truncated',
  'image-animated',
  'image-too-large',
  'image-corrupt',
  'encoder-not-embedded',
  'encoder-mismatch',
  'tokens-shape',
  'dtype-unknown',
  'tokens-scales',
  'tokens-base64',
  'tokens-not-finite',
] as const satisfies readonly ProblemCode[];
