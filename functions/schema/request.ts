/**
 * The shapes of what the service takes for moments, as zod schemas: they check requests and write /openapi.json.
 *
 * The limits stand here because they are part of the contract. The problem of a rejected field is made in field-problem.ts; the
 * three forms a request may have are read in clip-request.ts.
 */
import * as z from 'zod';
import { MAX_ID_LENGTH, MAX_TEXT_LENGTH, MAX_TRACK_MS } from '../../index/format/catalogue.ts';
import { FITS } from '../../index/moment/placement.ts';
import { SNAPS } from '../../index/moment/snap.ts';
import { MAX_TASTE_WEIGHT } from '../../index/search/taste.ts';
import { MAX_FRAMES } from '../embed/frame-plan.ts';
import { AS_CLIP, DEFAULT_OPTIONS } from '../grounding/options.ts';
import { filters } from './filters.ts';

/** Moments of one answer. A phone shows five; fifty is a page of a desktop editor. */
export const MAX_K = 50;
const DEFAULT_K = 5;
/** Ten minutes: longer than any clip that is set to one piece of music, and than any track MaDe looks at (240 s). */
export const MAX_DURATION_MS = 600_000;
/** Bytes of one frame's file. A JPEG of 1080p has less than one million. */
export const MAX_FRAME_BYTES = 8 * 1024 * 1024;
/** Pixels of all frames of a clip: fifty of 640 x 640, or six of four megapixels. */
export const MAX_FRAMES_PIXELS = 6 * 2048 * 2048;
/** What they may take, in pixels of baseline JPEG (embed/picture-work.ts): a second or so. */
export const MAX_FRAMES_WORK = 72e6;
/** Further moments of one track. */
export const MAX_ALTERNATIVES = 3;
/** Shot changes of one clip: one every three seconds of the longest, or eight a second of half a minute. */
export const MAX_CUTS = 200;
/** Tracks or artists left out of one answer: what a user heard lately, not half the library (that is a filter). */
export const MAX_EXCLUDED = 1000;
/** Tracks of somebody's taste: a page of what was used last. */
export const MAX_TASTE_TRACKS = 50;
/** What targetLufs may be. */
export const LOUDNESS_RANGE = [-40, 0] as const;

export const DTYPES = ['float32', 'float16', 'int8'] as const;
export type Dtype = (typeof DTYPES)[number];

const durationMs = z.int().min(1).max(MAX_DURATION_MS).describe('Length of the clip in milliseconds.');
const names = (longest: number) => z.array(z.string().min(1).max(longest)).max(MAX_EXCLUDED);

const taste = (what: string) =>
  z
    .strictObject({
      tracks: z.array(z.string().min(1).max(MAX_ID_LENGTH)).min(1).max(MAX_TASTE_TRACKS),
      weight: z
        .number()
        .min(0)
        .max(MAX_TASTE_WEIGHT)
        .optional()
        .describe(
          'How much the cosine with them counts beside relevance, which is from -2 to 2. Unless given: the index’s own.',
        ),
    })
    .optional()
    .describe(
      `${what} Nothing of it is kept. Ids that the index does not have are passed over; one at least has to be there.`,
    );

/** What is asked of the answer, whatever form the clip comes in. */
const options = {
  k: z
    .int()
    .min(1)
    .max(MAX_K)
    .default(DEFAULT_K)
    .describe(
      'How many moments to answer, best first. A smaller index gives all its tracks; one given track gives one.',
    ),
  fit: z
    .enum(FITS)
    .default(DEFAULT_OPTIONS.fit)
    .describe(
      "clip: moments exactly as long as the clip; a track that is shorter says by how much (shortfallMs). model: the model's own span; one shorter than a second, which is no moment, is as clip. musical: the nearest number of whole bars. loop: whole bars that last as long as the clip when they are repeated. Where a track has no bars, the last two are as clip.",
    ),
  snap: z
    .enum(SNAPS)
    .default(DEFAULT_OPTIONS.snap)
    .describe(
      'Where a moment may start: on the first beat of a bar, on any beat, or anywhere. Moves it by half a bar at most, and never by more than 2 s.',
    ),
  hitAtMs: z
    .int()
    .min(0)
    .max(MAX_DURATION_MS)
    .optional()
    .describe(
      'A point of the clip, in milliseconds, on which the strongest onset of the moment is put (±50 ms), in place of snapping.',
    ),
  cutsMs: z
    .array(z.int().min(0).max(MAX_DURATION_MS))
    .min(1)
    .max(MAX_CUTS)
    .optional()
    .describe(
      "The clip's shot changes, in milliseconds. Of the starts within half a bar of where the moment would start, the one is taken that most of them fall on beats for; with hitAtMs they are looked at only. The length stays.",
    ),
  speechMs: z
    .array(z.tuple([z.int().min(0).max(MAX_DURATION_MS), z.int().min(0).max(MAX_DURATION_MS)]))
    .max(MAX_CUTS)
    .refine((spans) => spans.every(([from, to]) => from < to), {
      error: 'expected spans that end after they start',
    })
    .optional()
    .describe(
      'Where the clip speaks, [start, end] in milliseconds each, or [] where nobody does: asks for mix in the answer.',
    ),
  minDurationMs: z
    .union([z.int().min(0).max(MAX_TRACK_MS), z.literal(AS_CLIP)])
    .optional()
    .describe(
      'How long a track has to be: so many milliseconds, or clip, no shorter than the clip. Left out, tracks shorter than the clip are answered only where there are not k that are as long; 0 lets them compete. Of one given track nothing is asked.',
    ),
  filters: filters.optional(),
  exclude: z
    .strictObject({ tracks: names(MAX_ID_LENGTH).optional(), artists: names(MAX_TEXT_LENGTH).optional() })
    .optional()
    .describe(
      'Tracks by id and artists by name that are left out, such as those used lately. A track of several artists is left out for any of them.',
    ),
  diversity: z
    .strictObject({
      perArtist: z
        .int()
        .min(1)
        .max(MAX_K)
        .optional()
        .describe('Moments of one artist at most; a track of several counts for each.'),
      lambda: z
        .number()
        .min(0)
        .max(1)
        .optional()
        .describe('Maximal marginal relevance: 1 ranks by relevance alone, 0 by unlikeness to those ranked before.'),
    })
    .optional()
    .describe('How unlike each other the answered tracks are.'),
  prefer: taste(
    'What this person used before: relevance moves towards the mean of these tracks, and the search for candidates with it.',
  ),
  avoid: taste(
    'Tracks that the answer should be unlike: relevance moves away from their mean. exclude leaves tracks out.',
  ),
  alternatives: z
    .int()
    .min(0)
    .max(MAX_ALTERNATIVES)
    .default(DEFAULT_OPTIONS.alternatives)
    .describe('How many further moments of each track to answer; none overlaps another.'),
  targetLufs: z
    .number()
    .min(LOUDNESS_RANGE[0])
    .max(LOUDNESS_RANGE[1])
    .default(DEFAULT_OPTIONS.targetLufs)
    .describe('The loudness that gainDb brings a moment to.'),
};

const momentsOptions = z.object(options);
export type MomentsOptions = z.output<typeof momentsOptions>;

const encoder = z
  .string()
  .describe(
    "Name of the encoder that made the tokens, or its key, which also says which file of that name it was; it must be the index's.",
  );
const shape = z.tuple([z.int(), z.int()]);
const dtype = z
  .enum(DTYPES)
  .default('float32')
  .describe('How each value is written, little-endian. int8 has a scale per token: value x scale is meant.');

export const tokensBody = z
  .strictObject({
    encoder,
    shape: shape.describe(`[frames, width]: one token per frame, 1 to ${MAX_FRAMES} frames.`),
    dtype,
    tokens: z.string().describe('base64 of the raw tokens, row by row.'),
    scales: z.string().optional().describe('base64 of one float32 per token; with dtype int8, and only then.'),
    durationMs,
    ...options,
  })
  .meta({ id: 'TokensRequest' });

/** The query of a request whose body is the tokens' bytes. There shape is "5,66", and objects are JSON text. */
export const binaryQuery = z.strictObject({ encoder, shape, dtype, durationMs, ...options });

/** The fields of a form beside its files. There objects are JSON text. */
export const framesFields = z.strictObject({ durationMs: durationMs.optional(), ...options });

export const framesBody = framesFields
  .extend({
    frames: z
      .array(z.file())
      .min(1)
      .max(MAX_FRAMES)
      .describe(
        'JPEG, PNG or WebP images, one per second of the clip, in order: at most 8 MB, 2048 x 2048 pixels and sides of 8192 each, 10 MB and 25 megapixels all together. A progressive JPEG, a lossless WebP or one with alpha may have about two megapixels. A pixel of progressive JPEG, PNG or WebP takes as long as two to four of baseline JPEG, and all may take as long as 72 million of those: frames of 640 pixels on the long side never do.',
      ),
    durationMs: durationMs.optional().describe('Length of the clip in milliseconds; frames x 1000 when missing.'),
  })
  .meta({ id: 'FramesRequest' });
