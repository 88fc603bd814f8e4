/**
 * The shapes of what the service answers, as zod schemas: they type the answers and write /openapi.json.
 */
import * as z from 'zod';
import { RETRIEVAL_KINDS } from '../../index/format/manifest.ts';
import { FITS } from '../../index/moment/placement.ts';
import { SNAPS } from '../../index/moment/snap.ts';
import { MAX_FRAMES } from '../embed/frame-plan.ts';
import { PROBLEMS, type ProblemCode } from './problem.ts';

const span = { startMs: z.int().min(0), endMs: z.int().min(0) };
const loop = z
  .object({
    repeats: z
      .int()
      .min(1)
      .describe('Passes in all, the last included; 1 means that the moment is long enough as it is.'),
    lastEndMs: z.int().min(0).describe('Where in the track the last pass ends.'),
  })
  .describe(
    'With fit=loop: play startMs to endMs so often, the last time up to lastEndMs. That lasts as long as the clip.',
  );
const aligned = {
  ...span,
  snap: z
    .object({ kind: z.enum(SNAPS), shiftMs: z.int() })
    .describe('What the start lies on, and how far the moment was moved for it; none and 0 where it was left alone.'),
  hit: z
    .object({ onsetMs: z.int(), atMs: z.int(), shiftMs: z.int() })
    .optional()
    .describe('With hitAtMs: where in the track the strongest onset is, and where in the clip it falls.'),
  loop: loop.optional(),
  cuts: z
    .array(z.object({ atMs: z.int().min(0), beatMs: z.int().nullable(), offMs: z.int().nullable() }))
    .optional()
    .describe(
      'With cutsMs: each cut, the nearest beat in the time of the clip, and by how much it is later than the cut; null where no music with beats plays.',
    ),
  cutsOnBeat: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .optional()
    .describe(
      'With cutsMs: the share of the cuts that are within 60 ms of a beat, of those under music; null where none is.',
    ),
  cutShiftMs: z
    .int()
    .optional()
    .describe(
      'With cutsMs: how far the moment was moved for the cuts, half a bar at most; it is part of snap.shiftMs.',
    ),
};

export const momentAnswer = z
  .object({
    rank: z.int().min(1),
    track: z.object({
      id: z.string(),
      title: z.string(),
      artist: z.string().nullable().describe('As it is shown; of several artists, all of them.'),
      artists: z
        .array(z.string())
        .describe('Each by name, as filters, exclude and perArtist know them; empty where nobody is named.'),
      durationMs: z.int().min(1),
      bpm: z.number().nullable(),
      key: z.string().nullable(),
      tags: z.array(z.string()),
      licence: z.string().nullable(),
      previewUrl: z.string().nullable().describe('Where the track can be heard; null where the index has no preview.'),
      waveform: z
        .array(z.int().min(0).max(255))
        .describe('Outline of the whole track: the highest sample of equal parts.'),
    }),
    ...aligned,
    predicted: z
      .object(span)
      .describe("The model's own span, whatever the fit. Empty where it saw nothing in the track."),
    source: z
      .enum(['model', 'cue'])
      .describe('cue: editors used this place of the track before, and it suits the clip.'),
    relevance: z.number().min(-2).max(2).describe('How well track and clip go together (p_s).'),
    bars: z.int().optional().describe('With fit=musical or loop: the length in bars.'),
    shortfallMs: z
      .int()
      .optional()
      .describe('How much of the clip has no music under it, since the track is shorter than the clip.'),
    curve: z
      .object({ strideMs: z.int(), weights: z.array(z.number()) })
      .describe(
        'How well each segment of the track suits the clip (X-Pool): a weight per stride from 0 on; they sum to 1.',
      ),
    beats: z
      .object({ beatsMs: z.array(z.int()), downbeatsMs: z.array(z.int()) })
      .describe('Beats inside the moment, in milliseconds from its start.'),
    fade: z.object({ inMs: z.int(), outMs: z.int() }),
    gainDb: z.number().nullable().describe('Brings the moment to targetLufs without clipping; null for silence.'),
    mix: z
      .object({
        duck: z.array(z.object({ ...span, gainDb: z.number() })).describe('In milliseconds of the clip.'),
        attackMs: z
          .int()
          .describe("How long each way down takes, from startMs on; none where that is the clip's start."),
        releaseMs: z.int().describe("How long each way up takes, until endMs; none where that is the clip's end."),
        ffmpeg: z
          .string()
          .describe(
            "For ffmpeg's -filter_complex: input 0 is the clip, input 1 the whole track; [mix] is the clip's sound with the music, as long as the clip.",
          ),
        ffmpegMusicOnly: z.string().describe("The same without the clip's own sound, and for a clip that has none."),
      })
      .optional()
      .describe('With speechMs: where the music goes under the speech, and all of fades, gain and that for ffmpeg.'),
    alternatives: z
      .array(
        z.object({
          ...aligned,
          weight: z
            .number()
            .describe(
              'What speaks for it, 0 to 1: how likely the model starts within a stride of it, or, of a model that gives one span a track, the share of the curve under it.',
            ),
        }),
      )
      .describe(
        'Further moments of the same track, most weight first before they were snapped, none overlapping another.',
      ),
  })
  .meta({ id: 'Moment' });
export type MomentAnswer = z.infer<typeof momentAnswer>;

const tasteTold = z.object({
  tracks: z.int().min(1).describe('How many of the ids are tracks of the index.'),
  unknown: z.array(z.string()).describe('Those that are not: they were passed over.'),
});

export const momentsAnswer = z
  .object({
    indexVersion: z.string(),
    modelVersion: z.string(),
    encoder: z.string(),
    clip: z.object({
      frames: z.int().min(1),
      durationMs: z.int().min(1),
      lookedAtMs: z
        .int()
        .min(1)
        .describe(
          `How much of the clip was looked at: all of it, or of a longer one its first ${MAX_FRAMES} s, a frame a second. Moments are as long as durationMs all the same.`,
        ),
    }),
    fit: z.enum(FITS),
    taste: z
      .object({ prefer: tasteTold.optional(), avoid: tasteTold.optional() })
      .optional()
      .describe('What became of prefer and avoid, where they were sent.'),
    moments: z.array(momentAnswer),
  })
  .meta({ id: 'MomentsAnswer' });
export type MomentsAnswer = z.infer<typeof momentsAnswer>;

const encoder = z.object({
  name: z.string(),
  width: z.int(),
  key: z
    .string()
    .optional()
    .describe(
      "Name and hash of the encoder's file, or name and revision: says which encoder of that name, where it is known.",
    ),
});

export const indexAnswer = z
  .object({
    indexVersion: z.string(),
    modelVersion: z.string(),
    publishedAt: z.string().optional().describe('ISO 8601, when the index was put in place.'),
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
    retrieval: z.object({ kind: z.enum(RETRIEVAL_KINDS), candidates: z.int(), ef: z.int() }),
    counts: z.object({ tracks: z.int(), removed: z.int(), segments: z.int() }),
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
