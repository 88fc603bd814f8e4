/**
 * Examples of requests and answers by operation. A test checks each against the schema of its operation, so they cannot grow
 * old unnoticed.
 */

type Examples = Record<string, { summary?: string; value: unknown }>;

const VERSIONS = { indexVersion: '3f9a51c07be2', modelVersion: '0d4e7aa913c5' };
const TRACK = { id: 'blue-hour-3f9a', title: 'Blue Hour', durationMs: 183_250 };
const OPTIONS = {
  k: 3,
  snap: 'downbeat',
  filters: { genre: { in: ['ambient', 'jazz'] }, explicit: { not: true }, bpm: { range: { min: 80, max: 110 } } },
  exclude: { tracks: ['night-drive-77aa'] },
  diversity: { perArtist: 1 },
};

/** Two frames of two values each: (1, -2) and (0.5, 0). */
const FLOATS = 'AACAPwAAAMAAAAA/AAAAAA==';

const FORM: Examples = {
  frames: {
    summary: 'Five frames of five seconds',
    value: { frames: ['0.jpg', '1.jpg', '2.jpg', '3.jpg', '4.jpg'], durationMs: 5000, k: 3 },
  },
};
const JSON_TOKENS: Examples = {
  float32: {
    summary: 'Tokens as float32',
    value: { encoder: 'my-encoder', shape: [2, 2], tokens: FLOATS, durationMs: 2000, ...OPTIONS },
  },
  int8: {
    summary: 'Tokens as int8: (2, -4) with scale 0.5 and (127, 0) with scale 1/254',
    value: {
      encoder: 'my-encoder',
      shape: [2, 2],
      dtype: 'int8',
      tokens: 'Avx/AA==',
      scales: 'AAAAPwQCgTs=',
      durationMs: 2000,
    },
  },
};
const BYTES: Examples = {
  float32: {
    summary: 'To POST …?encoder=my-encoder&shape=2,2&durationMs=2000&k=3: 16 bytes, here as text',
    value: '\u0000\u0000\u0080?\u0000\u0000\u0000À\u0000\u0000\u0000?\u0000\u0000\u0000\u0000',
  },
};
const CLIP = { form: FORM, json: JSON_TOKENS, bytes: BYTES };

const USED = {
  event: 'used',
  requestId: '1c1a6a7f-e655-47e1-9a80-8d31462bad1d',
  clipId: 'draft-4711',
  clipMs: 12_400,
  trackId: TRACK.id,
  startMs: 61_540,
  endMs: 73_940,
  trackMs: TRACK.durationMs,
  rank: 1,
  ...VERSIONS,
};

export const REQUEST_EXAMPLES: Readonly<
  Record<string, { form?: Examples; json?: Examples; bytes?: Examples } | undefined>
> = {
  groundInCatalogue: CLIP,
  groundInTrack: CLIP,
  sendStudyAnswers: {
    json: {
      one: {
        summary: 'One answer',
        value: {
          study: '3f9a51c07be2',
          participant: '77aa01bd90ff1234',
          answers: [{ item: 'c07', choice: 'both', at: '2026-11-25T18:00:00Z' }],
        },
      },
    },
  },
  sendFeedback: {
    json: {
      one: { summary: 'One event', value: USED },
      several: {
        summary: 'Several, one of them sent later',
        value: {
          events: [
            { ...USED, event: 'shown', at: '2026-11-25T18:00:00Z' },
            { ...USED, event: 'edited', startMs: 61_000 },
          ],
        },
      },
    },
  },
};

/** 8 of the 300 values that an outline has. */
const WAVEFORM = [12, 80, 143, 171, 168, 190, 122, 31];
const MOMENT = {
  rank: 1,
  track: {
    ...TRACK,
    artist: 'The Example Trio',
    artists: ['The Example Trio'],
    bpm: 92.5,
    key: 'D minor',
    tags: ['calm', 'night'],
    licence: 'CC-BY-4.0',
    previewUrl: `/v1/tracks/${TRACK.id}/preview?signature=hT3mZ0aQ1cVb8nPq4rXk2w`,
    waveform: WAVEFORM,
  },
  startMs: 61_540,
  endMs: 73_940,
  snap: { kind: 'downbeat', shiftMs: 330 },
  predicted: { startMs: 61_210, endMs: 74_080 },
  source: 'model',
  relevance: 1.204311,
  curve: { strideMs: 2500, weights: [0.01, 0.02, 0.61, 0.36] },
  beats: { beatsMs: [0, 649, 1297, 1946, 2594], downbeatsMs: [0, 2594] },
  fade: { inMs: 10, outMs: 400 },
  gainDb: -1.8,
  alternatives: [{ startMs: 120_400, endMs: 132_800, snap: { kind: 'downbeat', shiftMs: -120 }, weight: 0.21 }],
};
const MOMENTS = {
  ...VERSIONS,
  encoder: 'basic-frames',
  clip: { frames: 13, durationMs: 12_400, lookedAtMs: 12_400 },
  fit: 'clip',
  moments: [MOMENT],
};
const LISTED = {
  ...TRACK,
  artist: 'The Example Trio',
  genre: ['jazz'],
  tags: ['calm', 'night'],
  licence: 'CC-BY-4.0',
  instrumental: true,
  explicit: false,
  territories: ['DE', 'FR'],
  loudnessLufs: -14.2,
  peakDb: -1.1,
  bpm: 92.5,
  beatConfidence: 0.83,
  beatsPerBar: 4,
  key: 'D minor',
  previewUrl: MOMENT.track.previewUrl,
};

export const ANSWER_EXAMPLES: Readonly<Record<string, Examples | undefined>> = {
  groundInCatalogue: { moments: { value: MOMENTS } },
  groundInTrack: { moments: { value: MOMENTS } },
  listTracks: {
    page: { value: { indexVersion: VERSIONS.indexVersion, tracks: [LISTED], next: `${VERSIONS.indexVersion}.1` } },
  },
  describeTrack: {
    track: {
      value: {
        ...LISTED,
        waveform: WAVEFORM,
        highlight: { startMs: 61_000, endMs: 76_000 },
        beats: { beatsMs: [0, 645, 1290, 1935, 2580], downbeatsMs: [0, 2580] },
        cues: [{ startMs: 42_310, uses: 12 }],
      },
    },
  },
  listFilters: {
    fields: {
      value: {
        indexVersion: VERSIONS.indexVersion,
        tracks: 4000,
        matching: 4000,
        fields: [
          {
            field: 'genre',
            kind: 'list',
            tracks: 3900,
            without: 100,
            values: [{ value: 'jazz', tracks: 412 }],
            more: 31,
          },
          { field: 'bpm', kind: 'number', tracks: 3800, without: 200, min: 61.2, max: 180.4 },
        ],
      },
    },
  },
  describeIndex: {
    index: {
      value: {
        ...VERSIONS,
        publishedAt: '2026-11-25T12:00:00.000Z',
        encoders: { image: { name: 'basic-frames', width: 66 }, audio: { name: 'basic-audio', width: 70 } },
        takesFrames: true,
        model: {
          preset: 'cuepoint',
          width: 256,
          maxFrames: 50,
          maxSegments: 96,
          strideSec: 2.5,
          maxDurationSec: 240,
        },
        retrieval: { kind: 'hnsw', candidates: 100, ef: 100 },
        counts: { tracks: 4000, removed: 12, segments: 224_000 },
      },
    },
  },
  checkHealth: { healthy: { value: { status: 'ok', indexVersion: VERSIONS.indexVersion } } },
  readMetrics: {
    text: { value: 'cuepoint_requests_total{method="POST",route="/v1/moments",status="2xx"} 1204\n' },
  },
  sendFeedback: { kept: { value: { accepted: 1 } } },
  sendStudyAnswers: { kept: { value: { accepted: 1 } } },
};
