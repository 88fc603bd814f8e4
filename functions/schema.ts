/**
 * The shapes of what the service takes and gives, as zod schemas: they check requests and write /openapi.json.
 *
 * The limits stand here because they are part of the contract. What a rejected field is told is in clip-request.ts.
 */
import * as z from 'zod';
import { PROBLEMS, type ProblemCode } from './problem.ts';

/** Moments of one answer. A phone shows five; fifty is a page of a desktop editor. */
export const MAX_K = 50;
const DEFAULT_K = 5;
/** Ten minutes: longer than any clip that is set to one piece of music, and than any track MaDe looks at (240 s). */
export const MAX_DURATION_MS = 600_000;
/** At one frame per second MaDe looks at no more (paper, §5.1). A bundle may take fewer. */
export const MAX_FRAMES = 50;

/** Bytes of one frame's file. A JPEG of 1080p has less than one million. */
export const MAX_FRAME_BYTES = 8 * 1024 * 1024;

const durationMs = z.int().min(1).max(MAX_DURATION_MS).describe('Length of the clip in milliseconds.');
const k = z
  .int()
  .min(1)
  .max(MAX_K)
  .default(DEFAULT_K)
  .describe('How many moments to answer, best first. A smaller index gives all its tracks; one given track gives one.');
const fit = z
  .enum(['clip', 'model'])
  .default('clip')
  .describe("clip: moments exactly as long as the clip, where the track allows it. model: the model's own span.");

export const tokensBody = z
  .strictObject({
    encoder: z.string().describe("Name of the encoder that made the tokens; it must be the index's."),
    shape: z.tuple([z.int(), z.int()]).describe(`[frames, width]: one token per frame, 1 to ${MAX_FRAMES} frames.`),
    tokens: z.string().describe('base64 of the raw tokens as little-endian float32, row by row.'),
    durationMs,
    k,
    fit,
  })
  .meta({ id: 'TokensRequest' });

/** The fields of a form beside its files. */
export const framesFields = z.strictObject({ durationMs: durationMs.optional(), k, fit });

export const framesBody = framesFields
  .extend({
    frames: z
      .array(z.file())
      .min(1)
      .max(MAX_FRAMES)
      .describe('JPEG or PNG images, one per second of the clip, in order: at most 8 MB and 2048 x 2048 pixels each.'),
    durationMs: durationMs.optional().describe('Length of the clip in milliseconds; frames x 1000 when missing.'),
  })
  .meta({ id: 'FramesRequest' });

const span = { startMs: z.int().min(0), endMs: z.int().min(0) };

export const momentsAnswer = z
  .object({
    indexVersion: z.string(),
    modelVersion: z.string(),
    encoder: z.string(),
    clip: z.object({ frames: z.int().min(1), durationMs: z.int().min(1) }),
    fit: z.enum(['clip', 'model']),
    moments: z.array(
      z.object({
        rank: z.int().min(1),
        track: z.object({ id: z.string(), title: z.string(), durationMs: z.int().min(1) }),
        ...span,
        predicted: z.object(span).describe("The model's own span, whatever the fit."),
        relevance: z.number().min(-2).max(2),
      }),
    ),
  })
  .meta({ id: 'MomentsAnswer' });
export type MomentsAnswer = z.infer<typeof momentsAnswer>;

const encoder = z.object({ name: z.string(), width: z.int() });

export const indexAnswer = z
  .object({
    indexVersion: z.string(),
    modelVersion: z.string(),
    builtAt: z.string(),
    encoders: z.object({ image: encoder, audio: encoder }),
    takesFrames: z
      .boolean()
      .describe('Whether the Worker embeds frames; if not, a clip is sent as tokens of the image encoder.'),
    model: z.object({
      preset: z.string(),
      width: z.int(),
      maxFrames: z.int(),
      maxSegments: z.int(),
      strideSec: z.number(),
      maxDurationSec: z.number(),
    }),
    retrieval: z.object({ candidates: z.int(), ef: z.int() }),
    counts: z.object({ tracks: z.int(), segments: z.int() }),
  })
  .meta({ id: 'IndexAnswer' });

export const healthAnswer = z
  .object({ status: z.literal('ok'), indexVersion: z.string() })
  .meta({ id: 'HealthAnswer' });

export const problemAnswer = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What was expected, what came, and what to do next.'),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    requestId: z.string(),
  })
  .meta({ id: 'Problem' });
