/**
 * The tools that agents are given (Model Context Protocol), with what they take as JSON Schema: a handful of the API's fields each, in words for a model.
 *
 * What is wrong with a value the API itself says (call-tool.ts asks it), so nothing is checked twice. A service takes a clip as its tokens or as pictures; the
 * program on a desk takes the file. How the protocol is spoken is left to routes/mcp.ts and offline/commands/mcp.ts.
 */

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Tool {
  name: ToolName;
  title: string;
  description: string;
  inputSchema: { type: 'object'; properties: Readonly<Record<string, JsonSchema>>; required?: readonly string[] };
  /** None changes anything, and the same question has the same answer. */
  annotations: { readOnlyHint: true; idempotentHint: true; openWorldHint: false };
}

export const TOOL_NAMES = ['find_moments', 'moment_in_track', 'list_tracks', 'filters', 'mix_spec'] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** Ways a clip may be given. */
export type ClipForm = 'sent' | 'file';

const CLIP: Readonly<Record<ClipForm, Readonly<Record<string, JsonSchema>>>> = {
  sent: {
    frames: {
      type: 'array',
      items: { type: 'string' },
      description:
        'The clip as base64 of small JPEG, PNG or WebP pictures, one per second, in order. Either this or tokens.',
    },
    encoder: { type: 'string', description: 'With tokens: the name of the encoder that made them.' },
    shape: { type: 'array', items: { type: 'integer' }, description: 'With tokens: [frames, values of a frame].' },
    tokens: { type: 'string', description: 'base64 of little-endian float32, one token per second of the clip.' },
    durationMs: {
      type: 'integer',
      description: 'How long the clip is, in milliseconds; it may be left out with frames.',
    },
  },
  file: {
    clip: { type: 'string', description: 'Path of a video file, or of a folder of pictures taken once a second.' },
  },
};

const FILTERS: JsonSchema = {
  type: 'object',
  description:
    'Conditions by field that tracks have to meet, such as {"genre": "ambient", "bpm": {"range": {"max": 110}}}. The tool "filters" lists fields and values.',
};
const OPTIONS = {
  k: { type: 'integer', minimum: 1, maximum: 50, description: 'How many moments, best first; 5 unless given.' },
  filters: FILTERS,
  fit: {
    enum: ['clip', 'model', 'musical', 'loop'],
    description: 'How long a moment is: as the clip (usual), as the model finds it, whole bars, or bars that repeat.',
  },
  hitAtMs: {
    type: 'integer',
    description: "A point of the clip on which the music's strongest hit is to fall, in milliseconds.",
  },
} as const satisfies Record<string, JsonSchema>;
const CUTS: JsonSchema = {
  type: 'array',
  items: { type: 'integer' },
  description: "The clip's shot changes in milliseconds: the music is started so that most of them fall on beats.",
};
const SPEECH: JsonSchema = {
  type: 'array',
  items: { type: 'array', items: { type: 'integer' } },
  description: 'Where the clip speaks, [start, end] in milliseconds each: the music goes down there.',
};
const TRACK_ID: JsonSchema = {
  type: 'string',
  description: 'The id of a track, as list_tracks and find_moments give it.',
};

/** In the order in which an agent wants to read of them. */
export function toolsFor(form: ClipForm): Tool[] {
  const clip = CLIP[form];
  const needed = form === 'file' ? ['clip'] : [];
  /** The program on a desk finds them itself. */
  const heard: Record<string, JsonSchema> = form === 'file' ? {} : { cutsMs: CUTS, speechMs: SPEECH };
  const cuts: Record<string, JsonSchema> = form === 'file' ? {} : { cutsMs: CUTS };
  return [
    tool(
      'find_moments',
      'Find music for a clip',
      'The moments of the music library that suit a video clip best: which track, from when to when, how well, and how to play it.',
      {
        properties: { ...clip, ...OPTIONS, ...cuts },
        required: needed,
      },
    ),
    tool(
      'moment_in_track',
      'Find the place in a track',
      'Where in one given track the music for a clip should start.',
      {
        properties: { trackId: TRACK_ID, ...clip, fit: OPTIONS.fit, hitAtMs: OPTIONS.hitAtMs, ...cuts },
        required: ['trackId', ...needed],
      },
    ),
    tool(
      'list_tracks',
      'List the library',
      'Tracks of the library, a page at a time, by words of title, artist or album and by filters.',
      {
        properties: {
          q: { type: 'string', description: 'Words that title, artist or album have somewhere in them.' },
          filters: FILTERS,
          limit: { type: 'integer', minimum: 1, maximum: 200, description: 'Tracks of a page; 50 unless given.' },
          cursor: { type: 'string', description: 'The "next" of the page before.' },
        },
      },
    ),
    tool(
      'filters',
      'What can be filtered by',
      'The fields that filters may name, their values, and how many tracks have each, under filters too.',
      {
        properties: { filters: FILTERS },
      },
    ),
    tool(
      'mix_spec',
      'How to mix a clip with its music',
      "All that a mix needs: the moment, level, fades, where the music goes under speech, cuts and their beats, and filtergraphs for ffmpeg (input 0 the clip, input 1 the track's file).",
      {
        properties: {
          ...clip,
          trackId: { ...TRACK_ID, description: 'The track to mix with; the best for the clip unless given.' },
          ...heard,
          filters: FILTERS,
          fit: OPTIONS.fit,
          targetLufs: { type: 'number', description: 'The loudness the music is brought to; -16 unless given.' },
        },
        required: needed,
      },
    ),
  ];
}

function tool(name: ToolName, title: string, description: string, input: Omit<Tool['inputSchema'], 'type'>): Tool {
  const annotations = { readOnlyHint: true, idempotentHint: true, openWorldHint: false } as const;
  return { name, title, description, inputSchema: { type: 'object', ...input }, annotations };
}
