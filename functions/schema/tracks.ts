/** The pages of GET /v1/tracks and the track of GET /v1/tracks/:id, as zod schemas. */
import * as z from 'zod';
import { MAX_TEXT_LENGTH } from '../../index/format/catalogue.ts';
import { filters } from './filters.ts';

/** Tracks of one page. At about 400 bytes each, a page has at most 80 kB. */
export const MAX_TRACKS = 200;
const DEFAULT_TRACKS = 50;

export const tracksQuery = z.strictObject({
  limit: z.int().min(1).max(MAX_TRACKS).default(DEFAULT_TRACKS).describe('Tracks of a page.'),
  cursor: z.string().max(100).optional().describe('The `next` of the page before; the first page without one.'),
  filters: filters.optional().describe('Only the tracks that these accept.'),
  q: z
    .string()
    .min(1)
    .max(MAX_TEXT_LENGTH)
    .optional()
    .describe('Only tracks whose title, artist or album has each of these words somewhere in it, whatever their case.'),
});

export const trackAnswer = z
  .object({
    id: z.string(),
    title: z.string(),
    artist: z.string().optional().describe('As it is shown; of several artists, all of them.'),
    artists: z.array(z.string()).optional().describe('Each by name, where there are several.'),
    album: z.string().optional(),
    genre: z.array(z.string()).optional(),
    tags: z.array(z.string()).optional(),
    licence: z.string().optional(),
    instrumental: z.boolean().optional(),
    explicit: z.boolean().optional(),
    territories: z
      .array(z.string())
      .optional()
      .describe('Where the track may be used; everywhere when missing or empty.'),
    fields: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
      .optional()
      .describe("What else the library's own catalogue says."),
    durationMs: z.int().min(1),
    loudnessLufs: z.number().nullable().describe('Integrated loudness (ITU-R BS.1770); null for silence.'),
    peakDb: z.number().nullable().describe('Of the highest sample, dBFS; null for silence.'),
    bpm: z.number().nullable().describe('null where there is no regular pulse.'),
    beatConfidence: z.number().min(0).max(1).describe('How regular the beats are.'),
    beatsPerBar: z.int().nullable(),
    key: z.string().nullable().describe('Such as "F# minor".'),
    previewUrl: z.string().nullable().describe('Where its preview can be heard; null where it has none.'),
  })
  .meta({ id: 'Track' });
export type TrackAnswer = z.infer<typeof trackAnswer>;

export const oneTrackAnswer = trackAnswer
  .extend({
    waveform: z
      .array(z.int().min(0).max(255))
      .describe('Outline of the whole track: the highest sample of equal parts.'),
    highlight: z
      .object({ startMs: z.int().min(0), endMs: z.int().min(1) })
      .nullable()
      .describe('The passage of 15 s that stands for the track; null for silence, and in older indexes.'),
    beats: z
      .object({ beatsMs: z.array(z.int()), downbeatsMs: z.array(z.int()) })
      .describe('Of the whole track, in milliseconds from its start; downbeats begin a bar.'),
    cues: z
      .array(z.object({ startMs: z.int().min(0), uses: z.int().min(1) }))
      .describe(
        'Where editors started the track before, the most used first; empty where the index has no editing log.',
      ),
  })
  .meta({ id: 'OneTrack' });
export type OneTrackAnswer = z.infer<typeof oneTrackAnswer>;

export const tracksAnswer = z
  .object({
    indexVersion: z.string(),
    tracks: z.array(trackAnswer),
    next: z.string().optional().describe('The cursor of the next page; missing on the last.'),
  })
  .meta({ id: 'TracksAnswer' });
export type TracksAnswer = z.infer<typeof tracksAnswer>;
