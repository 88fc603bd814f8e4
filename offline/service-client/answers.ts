/** What the checks, studies and the mix look at in the answers. That answers have this shape is a check of its own, by /openapi.json (documents.ts). */

export interface IndexAnswer {
  indexVersion: string;
  modelVersion: string;
  encoders: { image: { name: string; width: number } };
  takesFrames: boolean;
  model: { maxFrames: number };
  counts: { tracks: number; removed: number };
}

export interface TrackAnswer {
  id: string;
  title: string;
  artist?: string;
  artists?: string[];
  album?: string;
  licence?: string;
  instrumental?: boolean;
  fields?: Record<string, string | number | boolean | string[]>;
  durationMs: number;
  bpm: number | null;
  beatsPerBar: number | null;
  previewUrl: string | null;
}

export interface TracksAnswer {
  indexVersion: string;
  tracks: TrackAnswer[];
  next?: string;
}

export interface Facet {
  field: string;
  kind: 'text' | 'list' | 'number' | 'boolean';
  tracks: number;
  without: number;
  values?: { value: string | boolean; tracks: number }[];
  min?: number;
  max?: number;
}

export interface FiltersAnswer {
  tracks: number;
  fields: Facet[];
}

export interface Span {
  startMs: number;
  endMs: number;
}

export interface Aligned extends Span {
  snap: { kind: string; shiftMs: number };
  hit?: { onsetMs: number; atMs: number };
  loop?: { repeats: number; lastEndMs: number };
  cuts?: { atMs: number; beatMs: number | null; offMs: number | null }[];
  cutsOnBeat?: number | null;
  cutShiftMs?: number;
}

export interface Moment extends Aligned {
  rank: number;
  track: {
    id: string;
    title: string;
    artist: string | null;
    durationMs: number;
    bpm: number | null;
    previewUrl: string | null;
  };
  predicted: Span;
  relevance: number;
  bars?: number;
  shortfallMs?: number;
  curve: { weights: number[] };
  beats: { beatsMs: number[]; downbeatsMs: number[] };
  fade: { inMs: number; outMs: number };
  gainDb: number | null;
  mix?: {
    duck: (Span & { gainDb: number })[];
    attackMs: number;
    releaseMs: number;
    ffmpeg: string;
    ffmpegMusicOnly: string;
  };
  alternatives: Aligned[];
}

export interface MomentsAnswer {
  indexVersion: string;
  modelVersion: string;
  encoder: string;
  clip: { frames: number; durationMs: number; lookedAtMs: number };
  fit: string;
  moments: Moment[];
}

export interface ProblemAnswer {
  code: string;
  status: number;
  detail: string;
  requestId: string;
}

/** As far as it is read: OpenAPI 3.1. */
export interface OpenApi {
  openapi: string;
  paths: Record<
    string,
    Record<string, { responses: Record<string, { content?: Record<string, { schema: object }> }> }>
  >;
  components: { schemas: Record<string, object> };
  'x-problems': Record<string, { status: number }>;
}
