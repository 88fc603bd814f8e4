/** The shapes of /openapi.json. Made by `node test/client-types/client-package.ts`; `npm run check` compares. */

export interface MomentsAnswer {
  indexVersion: string;
  modelVersion: string;
  encoder: string;
  clip: {
    frames: number;
    durationMs: number;
    /** How much of the clip was looked at: all of it, or of a longer one its first 50 s, a frame a second. Moments are as long as durationMs all the same. */
    lookedAtMs: number;
  };
  fit: 'clip' | 'model' | 'musical' | 'loop';
  /** What became of prefer and avoid, where they were sent. */
  taste?: {
    prefer?: {
      /** How many of the ids are tracks of the index. */
      tracks: number;
      /** Those that are not: they were passed over. */
      unknown: string[];
    };
    avoid?: {
      /** How many of the ids are tracks of the index. */
      tracks: number;
      /** Those that are not: they were passed over. */
      unknown: string[];
    };
  };
  moments: Moment[];
}

export interface Moment {
  rank: number;
  track: {
    id: string;
    title: string;
    /** As it is shown; of several artists, all of them. */
    artist: string | null;
    /** Each by name, as filters, exclude and perArtist know them; empty where nobody is named. */
    artists: string[];
    durationMs: number;
    bpm: number | null;
    key: string | null;
    tags: string[];
    licence: string | null;
    /** Where the track can be heard; null where the index has no preview. */
    previewUrl: string | null;
    /** Outline of the whole track: the highest sample of equal parts. */
    waveform: number[];
  };
  startMs: number;
  endMs: number;
  /** What the start lies on, and how far the moment was moved for it; none and 0 where it was left alone. */
  snap: {
    kind: 'downbeat' | 'beat' | 'none';
    shiftMs: number;
  };
  /** With hitAtMs: where in the track the strongest onset is, and where in the clip it falls. */
  hit?: {
    onsetMs: number;
    atMs: number;
    shiftMs: number;
  };
  /** With fit=loop: play startMs to endMs so often, the last time up to lastEndMs. That lasts as long as the clip. */
  loop?: {
    /** Passes in all, the last included; 1 means that the moment is long enough as it is. */
    repeats: number;
    /** Where in the track the last pass ends. */
    lastEndMs: number;
  };
  /** With cutsMs: each cut, the nearest beat in the time of the clip, and by how much it is later than the cut; null where no music with beats plays. */
  cuts?: {
    atMs: number;
    beatMs: number | null;
    offMs: number | null;
  }[];
  /** With cutsMs: the share of the cuts that are within 60 ms of a beat, of those under music; null where none is. */
  cutsOnBeat?: number | null;
  /** With cutsMs: how far the moment was moved for the cuts, half a bar at most; it is part of snap.shiftMs. */
  cutShiftMs?: number;
  /** The model's own span, whatever the fit. Empty where it saw nothing in the track. */
  predicted: {
    startMs: number;
    endMs: number;
  };
  /** cue: editors used this place of the track before, and it suits the clip. */
  source: 'model' | 'cue';
  /** How well track and clip go together (p_s). */
  relevance: number;
  /** With fit=musical or loop: the length in bars. */
  bars?: number;
  /** How much of the clip has no music under it, since the track is shorter than the clip. */
  shortfallMs?: number;
  /** How well each segment of the track suits the clip (X-Pool): a weight per stride from 0 on; they sum to 1. */
  curve: {
    strideMs: number;
    weights: number[];
  };
  /** Beats inside the moment, in milliseconds from its start. */
  beats: {
    beatsMs: number[];
    downbeatsMs: number[];
  };
  fade: {
    inMs: number;
    outMs: number;
  };
  /** Brings the moment to targetLufs without clipping; null for silence. */
  gainDb: number | null;
  /** With speechMs: where the music goes under the speech, and all of fades, gain and that for ffmpeg. */
  mix?: {
    /** In milliseconds of the clip. */
    duck: {
      startMs: number;
      endMs: number;
      gainDb: number;
    }[];
    /** How long each way down takes, from startMs on; none where that is the clip's start. */
    attackMs: number;
    /** How long each way up takes, until endMs; none where that is the clip's end. */
    releaseMs: number;
    /** For ffmpeg's -filter_complex: input 0 is the clip, input 1 the whole track; [mix] is the clip's sound with the music, as long as the clip. */
    ffmpeg: string;
    /** The same without the clip's own sound, and for a clip that has none. */
    ffmpegMusicOnly: string;
  };
  /** Further moments of the same track, most weight first before they were snapped, none overlapping another. */
  alternatives: {
    startMs: number;
    endMs: number;
    /** What the start lies on, and how far the moment was moved for it; none and 0 where it was left alone. */
    snap: {
      kind: 'downbeat' | 'beat' | 'none';
      shiftMs: number;
    };
    /** With hitAtMs: where in the track the strongest onset is, and where in the clip it falls. */
    hit?: {
      onsetMs: number;
      atMs: number;
      shiftMs: number;
    };
    /** With fit=loop: play startMs to endMs so often, the last time up to lastEndMs. That lasts as long as the clip. */
    loop?: {
      /** Passes in all, the last included; 1 means that the moment is long enough as it is. */
      repeats: number;
      /** Where in the track the last pass ends. */
      lastEndMs: number;
    };
    /** With cutsMs: each cut, the nearest beat in the time of the clip, and by how much it is later than the cut; null where no music with beats plays. */
    cuts?: {
      atMs: number;
      beatMs: number | null;
      offMs: number | null;
    }[];
    /** With cutsMs: the share of the cuts that are within 60 ms of a beat, of those under music; null where none is. */
    cutsOnBeat?: number | null;
    /** With cutsMs: how far the moment was moved for the cuts, half a bar at most; it is part of snap.shiftMs. */
    cutShiftMs?: number;
    /** What speaks for it, 0 to 1: how likely the model starts within a stride of it, or, of a model that gives one span a track, the share of the curve under it. */
    weight: number;
  }[];
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  /** What was expected, what came, and what to do next. */
  detail: string;
  code:
    | 'json-broken'
    | 'multipart-broken'
    | 'gzip-broken'
    | 'key-missing'
    | 'key-unknown'
    | 'scope-missing'
    | 'signature-invalid'
    | 'path-unknown'
    | 'track-unknown'
    | 'preview-missing'
    | 'study-missing'
    | 'method-not-allowed'
    | 'body-too-slow'
    | 'body-too-large'
    | 'content-type-unsupported'
    | 'encoding-unsupported'
    | 'range-not-satisfiable'
    | 'field-unexpected'
    | 'k-out-of-range'
    | 'fit-unknown'
    | 'snap-unknown'
    | 'hit-out-of-range'
    | 'cuts-out-of-range'
    | 'speech-out-of-range'
    | 'min-duration-out-of-range'
    | 'filters-invalid'
    | 'exclude-invalid'
    | 'diversity-out-of-range'
    | 'prefer-invalid'
    | 'avoid-invalid'
    | 'taste-unknown'
    | 'alternatives-out-of-range'
    | 'loudness-out-of-range'
    | 'duration-out-of-range'
    | 'duration-contradicts-frames'
    | 'frames-missing'
    | 'frames-too-many'
    | 'frames-too-costly'
    | 'image-unrecognised'
    | 'image-truncated'
    | 'image-animated'
    | 'image-too-large'
    | 'image-corrupt'
    | 'encoder-not-embedded'
    | 'encoder-mismatch'
    | 'tokens-shape'
    | 'dtype-unknown'
    | 'tokens-scales'
    | 'tokens-base64'
    | 'tokens-not-finite'
    | 'limit-out-of-range'
    | 'search-invalid'
    | 'cursor-unknown'
    | 'feedback-invalid'
    | 'study-invalid'
    | 'rate-limited'
    | 'client-gone'
    | 'caller-busy'
    | 'internal'
    | 'candidates-unavailable'
    | 'index-missing'
    | 'index-unusable'
    | 'keys-missing'
    | 'keys-broken'
    | 'setting-broken'
    | 'busy'
    | 'feedback-unavailable';
  requestId: string;
}

export interface FramesRequest {
  /** Length of the clip in milliseconds; frames x 1000 when missing. */
  durationMs?: number;
  /** How many moments to answer, best first. A smaller index gives all its tracks; one given track gives one. Unless given: 5. */
  k?: number;
  /** clip: moments exactly as long as the clip; a track that is shorter says by how much (shortfallMs). model: the model's own span; one shorter than a second, which is no moment, is as clip. musical: the nearest number of whole bars. loop: whole bars that last as long as the clip when they are repeated. Where a track has no bars, the last two are as clip. Unless given: "clip". */
  fit?: 'clip' | 'model' | 'musical' | 'loop';
  /** Where a moment may start: on the first beat of a bar, on any beat, or anywhere. Moves it by half a bar at most, and never by more than 2 s. Unless given: "downbeat". */
  snap?: 'downbeat' | 'beat' | 'none';
  /** A point of the clip, in milliseconds, on which the strongest onset of the moment is put (±50 ms), in place of snapping. */
  hitAtMs?: number;
  /** The clip's shot changes, in milliseconds. Of the starts within half a bar of where the moment would start, the one is taken that most of them fall on beats for; with hitAtMs they are looked at only. The length stays. */
  cutsMs?: number[];
  /** Where the clip speaks, [start, end] in milliseconds each, or [] where nobody does: asks for mix in the answer. */
  speechMs?: [number, number][];
  /** How long a track has to be: so many milliseconds, or clip, no shorter than the clip. Left out, tracks shorter than the clip are answered only where there are not k that are as long; 0 lets them compete. Of one given track nothing is asked. */
  minDurationMs?: number | 'clip';
  filters?: Filters;
  /** Tracks by id and artists by name that are left out, such as those used lately. A track of several artists is left out for any of them. */
  exclude?: {
    tracks?: string[];
    artists?: string[];
  };
  /** How unlike each other the answered tracks are. */
  diversity?: {
    /** Moments of one artist at most; a track of several counts for each. */
    perArtist?: number;
    /** Maximal marginal relevance: 1 ranks by relevance alone, 0 by unlikeness to those ranked before. */
    lambda?: number;
  };
  /** What this person used before: relevance moves towards the mean of these tracks, and the search for candidates with it. Nothing of it is kept. Ids that the index does not have are passed over; one at least has to be there. */
  prefer?: {
    tracks: string[];
    /** How much the cosine with them counts beside relevance, which is from -2 to 2. Unless given: the index’s own. */
    weight?: number;
  };
  /** Tracks that the answer should be unlike: relevance moves away from their mean. exclude leaves tracks out. Nothing of it is kept. Ids that the index does not have are passed over; one at least has to be there. */
  avoid?: {
    tracks: string[];
    /** How much the cosine with them counts beside relevance, which is from -2 to 2. Unless given: the index’s own. */
    weight?: number;
  };
  /** How many further moments of each track to answer; none overlaps another. Unless given: 0. */
  alternatives?: number;
  /** The loudness that gainDb brings a moment to. Unless given: -16. */
  targetLufs?: number;
  /** JPEG, PNG or WebP images, one per second of the clip, in order: at most 8 MB, 2048 x 2048 pixels and sides of 8192 each, 10 MB and 25 megapixels all together. A progressive JPEG, a lossless WebP or one with alpha may have about two megapixels. A pixel of progressive JPEG, PNG or WebP takes as long as two to four of baseline JPEG, and all may take as long as 72 million of those: frames of 640 pixels on the long side never do. */
  frames: Blob[];
}

/** Which tracks may be answered, decided before ranking: conditions by field, all of which must hold. GET /v1/filters lists the fields of the index: tags, genre, bpm, key, durationMs, instrumental, explicit, licence, territory, artist, album, and those of the library itself. An artist is asked for by name; a track may have several. A field with several values holds when one of them does. A track without a value matches only `not`; but a track that lists no territories is licensed everywhere. */
export type Filters = Record<string, FilterCondition>;

/** A value is short for {"eq": value}. Of an object, all that is given must hold. */
export type FilterCondition =
  | FilterValue
  | {
      eq?: FilterValue;
      /** One of these values. */
      in?: FilterValue[];
      /** A number between these, ends included; without one of them, without that end. */
      range?: {
        min?: number;
        max?: number;
      };
      /** Not this value, or not all that this object asks. A track without a value matches. */
      not?:
        | FilterValue
        | {
            eq?: FilterValue;
            /** One of these values. */
            in?: FilterValue[];
            /** A number between these, ends included; without one of them, without that end. */
            range?: {
              min?: number;
              max?: number;
            };
          };
    };

/** Text is compared without regard to case; numbers exactly. */
export type FilterValue = string | number | boolean;

export interface TokensRequest {
  /** Name of the encoder that made the tokens, or its key, which also says which file of that name it was; it must be the index's. */
  encoder: string;
  /** [frames, width]: one token per frame, 1 to 50 frames. */
  shape: [number, number];
  /** How each value is written, little-endian. int8 has a scale per token: value x scale is meant. Unless given: "float32". */
  dtype?: 'float32' | 'float16' | 'int8';
  /** base64 of the raw tokens, row by row. */
  tokens: string;
  /** base64 of one float32 per token; with dtype int8, and only then. */
  scales?: string;
  /** Length of the clip in milliseconds. */
  durationMs: number;
  /** How many moments to answer, best first. A smaller index gives all its tracks; one given track gives one. Unless given: 5. */
  k?: number;
  /** clip: moments exactly as long as the clip; a track that is shorter says by how much (shortfallMs). model: the model's own span; one shorter than a second, which is no moment, is as clip. musical: the nearest number of whole bars. loop: whole bars that last as long as the clip when they are repeated. Where a track has no bars, the last two are as clip. Unless given: "clip". */
  fit?: 'clip' | 'model' | 'musical' | 'loop';
  /** Where a moment may start: on the first beat of a bar, on any beat, or anywhere. Moves it by half a bar at most, and never by more than 2 s. Unless given: "downbeat". */
  snap?: 'downbeat' | 'beat' | 'none';
  /** A point of the clip, in milliseconds, on which the strongest onset of the moment is put (±50 ms), in place of snapping. */
  hitAtMs?: number;
  /** The clip's shot changes, in milliseconds. Of the starts within half a bar of where the moment would start, the one is taken that most of them fall on beats for; with hitAtMs they are looked at only. The length stays. */
  cutsMs?: number[];
  /** Where the clip speaks, [start, end] in milliseconds each, or [] where nobody does: asks for mix in the answer. */
  speechMs?: [number, number][];
  /** How long a track has to be: so many milliseconds, or clip, no shorter than the clip. Left out, tracks shorter than the clip are answered only where there are not k that are as long; 0 lets them compete. Of one given track nothing is asked. */
  minDurationMs?: number | 'clip';
  filters?: Filters;
  /** Tracks by id and artists by name that are left out, such as those used lately. A track of several artists is left out for any of them. */
  exclude?: {
    tracks?: string[];
    artists?: string[];
  };
  /** How unlike each other the answered tracks are. */
  diversity?: {
    /** Moments of one artist at most; a track of several counts for each. */
    perArtist?: number;
    /** Maximal marginal relevance: 1 ranks by relevance alone, 0 by unlikeness to those ranked before. */
    lambda?: number;
  };
  /** What this person used before: relevance moves towards the mean of these tracks, and the search for candidates with it. Nothing of it is kept. Ids that the index does not have are passed over; one at least has to be there. */
  prefer?: {
    tracks: string[];
    /** How much the cosine with them counts beside relevance, which is from -2 to 2. Unless given: the index’s own. */
    weight?: number;
  };
  /** Tracks that the answer should be unlike: relevance moves away from their mean. exclude leaves tracks out. Nothing of it is kept. Ids that the index does not have are passed over; one at least has to be there. */
  avoid?: {
    tracks: string[];
    /** How much the cosine with them counts beside relevance, which is from -2 to 2. Unless given: the index’s own. */
    weight?: number;
  };
  /** How many further moments of each track to answer; none overlaps another. Unless given: 0. */
  alternatives?: number;
  /** The loudness that gainDb brings a moment to. Unless given: -16. */
  targetLufs?: number;
}

export interface FiltersAnswer {
  indexVersion: string;
  /** Tracks of the index. */
  tracks: number;
  /** Of those, how many the filters of the request accept; all without any. */
  matching: number;
  fields: Facet[];
}

export interface Facet {
  field: string;
  /** What the field holds; a list holds texts. */
  kind: 'text' | 'list' | 'number' | 'boolean';
  /** Tracks that have a value. */
  tracks: number;
  /** Tracks that have none; of territory, those that are licensed everywhere. */
  without: number;
  /** The most frequent values, equal counts by name; of numbers there are none. */
  values?: {
    value: string | boolean;
    /** Tracks that a filter for this value alone accepts. */
    tracks: number;
  }[];
  /** Values that are not listed. */
  more?: number;
  /** The smallest number. */
  min?: number;
  /** The largest number. */
  max?: number;
}

export interface TracksAnswer {
  indexVersion: string;
  tracks: Track[];
  /** The cursor of the next page; missing on the last. */
  next?: string;
}

export interface Track {
  id: string;
  title: string;
  /** As it is shown; of several artists, all of them. */
  artist?: string;
  /** Each by name, where there are several. */
  artists?: string[];
  album?: string;
  genre?: string[];
  tags?: string[];
  licence?: string;
  instrumental?: boolean;
  explicit?: boolean;
  /** Where the track may be used; everywhere when missing or empty. */
  territories?: string[];
  /** What else the library's own catalogue says. */
  fields?: Record<string, string | number | boolean | string[]>;
  durationMs: number;
  /** Integrated loudness (ITU-R BS.1770); null for silence. */
  loudnessLufs: number | null;
  /** Of the highest sample, dBFS; null for silence. */
  peakDb: number | null;
  /** null where there is no regular pulse. */
  bpm: number | null;
  /** How regular the beats are. */
  beatConfidence: number;
  beatsPerBar: number | null;
  /** Such as "F# minor". */
  key: string | null;
  /** Where its preview can be heard; null where it has none. */
  previewUrl: string | null;
}

export interface OneTrack {
  id: string;
  title: string;
  /** As it is shown; of several artists, all of them. */
  artist?: string;
  /** Each by name, where there are several. */
  artists?: string[];
  album?: string;
  genre?: string[];
  tags?: string[];
  licence?: string;
  instrumental?: boolean;
  explicit?: boolean;
  /** Where the track may be used; everywhere when missing or empty. */
  territories?: string[];
  /** What else the library's own catalogue says. */
  fields?: Record<string, string | number | boolean | string[]>;
  durationMs: number;
  /** Integrated loudness (ITU-R BS.1770); null for silence. */
  loudnessLufs: number | null;
  /** Of the highest sample, dBFS; null for silence. */
  peakDb: number | null;
  /** null where there is no regular pulse. */
  bpm: number | null;
  /** How regular the beats are. */
  beatConfidence: number;
  beatsPerBar: number | null;
  /** Such as "F# minor". */
  key: string | null;
  /** Where its preview can be heard; null where it has none. */
  previewUrl: string | null;
  /** Outline of the whole track: the highest sample of equal parts. */
  waveform: number[];
  /** The passage of 15 s that stands for the track; null for silence, and in older indexes. */
  highlight: {
    startMs: number;
    endMs: number;
  } | null;
  /** Of the whole track, in milliseconds from its start; downbeats begin a bar. */
  beats: {
    beatsMs: number[];
    downbeatsMs: number[];
  };
  /** Where editors started the track before, the most used first; empty where the index has no editing log. */
  cues: {
    startMs: number;
    uses: number;
  }[];
}

export interface FeedbackAnswer {
  /** Events that were kept. */
  accepted: number;
}

export type FeedbackRequest =
  | FeedbackEvent
  | {
      events: FeedbackEvent[];
    };

export interface FeedbackEvent {
  /** shown: the moment was offered. played: it was listened to. used: it went under the clip. edited: so, and moved. */
  event: 'shown' | 'played' | 'used' | 'edited';
  /** When it happened, if that is not now: an app may send later. */
  at?: string;
  /** X-Request-Id of the answer with the moment. */
  requestId: string;
  /** The app's own name of the clip, the same in every event about it. Not a person's. */
  clipId: string;
  /** Length of the clip. */
  clipMs: number;
  trackId: string;
  /** Of the moment within the track; after an edit, the final one. */
  startMs: number;
  endMs: number;
  /** Length of the track. */
  trackMs?: number;
  rank?: number;
  /** Of the answer. */
  indexVersion: string;
  /** Of the answer. */
  modelVersion: string;
}

export interface StudyAccepted {
  /** Answers that were kept. */
  accepted: number;
}

export interface StudyAnswers {
  study: string;
  /** A random number that keeps one person's answers together. Not a person's name. */
  participant: string;
  answers: {
    /** The comparison. */
    item: string;
    /** a, b: that one suits the clip better. both suit it, or neither does. */
    choice: 'a' | 'b' | 'both' | 'neither';
    /** When it was given. Of two answers to one comparison the later counts. */
    at: string;
  }[];
}

export interface IndexAnswer {
  indexVersion: string;
  modelVersion: string;
  /** ISO 8601, when the index was put in place. */
  publishedAt?: string;
  encoders: {
    image: {
      name: string;
      width: number;
      /** Name and hash of the encoder's file, or name and revision: says which encoder of that name, where it is known. */
      key?: string;
    };
    audio: {
      name: string;
      width: number;
      /** Name and hash of the encoder's file, or name and revision: says which encoder of that name, where it is known. */
      key?: string;
    };
  };
  /** Whether the Worker embeds frames; if not, a clip is sent as tokens of the image encoder. */
  takesFrames: boolean;
  model: {
    preset: string;
    width: number;
    maxFrames: number;
    maxSegments: number;
    strideSec: number;
    maxDurationSec: number;
  };
  retrieval: {
    kind: 'hnsw' | 'hnsw-int8';
    candidates: number;
    ef: number;
  };
  counts: {
    tracks: number;
    removed: number;
    segments: number;
  };
}

export interface HealthAnswer {
  status: 'ok';
  indexVersion: string;
}
