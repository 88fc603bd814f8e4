/**
 * Which folder may import which. A folder is a room; a file belongs to the room of its nearest folder that is one.
 *
 * The rooms stand from the ground up and each may import only rooms above its line in the table, so there is no way round in a circle.
 * `node test/check/rooms.ts` prints the table for ARCHITECTURE.md.
 */
import type { ImportGraph } from './circles.ts';

/** For who may import any room before it. */
export const ALL = 'all';

export interface Room {
  folder: string;
  /** What happens in it, a phrase. */
  holds: string;
  /** Folders of rooms that come before it. */
  mayImport: readonly string[] | typeof ALL;
}

/** What nearly every room stands on. */
const FLOOR = ['index', 'offline/lib'];
const TOKENS = [...FLOOR, 'index/format', 'offline/formats', 'offline/nn', 'offline/data'];
const MODELS = [...TOKENS, 'offline/metrics', 'offline/models'];
const MEDIA = [...FLOOR, 'functions/embed', 'index/format', 'offline/formats', 'offline/media', 'offline/encoders'];

/** From the ground up. */
export const ROOMS: readonly Room[] = [
  { folder: 'index', holds: 'small things of both sides: texts, bytes, halves', mayImport: [] },
  { folder: 'index/image', holds: 'resizing, cropping, what a tower is fed', mayImport: ['index'] },
  {
    folder: 'index/format',
    holds: 'the files of an index: manifest, catalogue, token shards, analyses, cues, vectors; feedback and studies',
    mayImport: ['index', 'index/image'],
  },
  {
    folder: 'index/moment',
    holds: 'where a moment starts and ends: starts, fit, snap, hit, bars, cues, alternatives, levels',
    mayImport: ['index', 'index/format'],
  },
  {
    folder: 'index/clip',
    holds: 'what a clip tells by itself: when its shots change, when somebody speaks',
    mayImport: ['index'],
  },
  {
    folder: 'index/edit',
    holds: 'a clip and its moment for editing programs: EDL, OpenTimelineIO, FCPXML, credits, cue sheet',
    mayImport: ['index', 'index/moment'],
  },
  {
    folder: 'index/search',
    holds: 'candidates: HNSW, filters, facets, diversity, taste',
    mayImport: ['index', 'index/format'],
  },
  {
    folder: 'functions/embed',
    holds: 'frames to tokens, the same offline and in the Worker',
    mayImport: ['index', 'index/image'],
  },
  {
    folder: 'functions/grounding',
    holds: 'from tokens to moments: search, rank, decode, place; with `ground.ts` and `engine.ts`',
    mayImport: ['index', 'index/format', 'index/moment', 'index/search', 'functions/embed'],
  },
  {
    folder: 'functions/schema',
    holds: 'the contract: requests and answers',
    mayImport: ['index', 'index/format', 'index/moment', 'index/search', 'functions/embed', 'functions/grounding'],
  },
  {
    folder: 'functions/agent',
    holds: 'the tools for agents (MCP), and what each asks of the API; the same in the Worker and on a desk',
    mayImport: ['index'],
  },
  {
    folder: 'functions/page',
    holds: "the browser's side: frames by WebCodecs, the client module, the page, a study's page",
    mayImport: ['index', 'index/format', 'index/clip', 'index/edit', 'functions/embed', 'functions/schema'],
  },
  {
    folder: 'functions',
    holds:
      'the Worker: assembly, routes, OpenAPI, guard (keys, rates, queue), runtime (onnxruntime, codecs, its index)',
    mayImport: [
      ...['index', 'index/image', 'index/format', 'index/moment', 'index/search'],
      ...['functions/agent', 'functions/embed', 'functions/grounding', 'functions/schema', 'functions/page'],
    ],
  },
  { folder: 'offline/lib', holds: 'files, progress, chance, child processes, temporary folders', mayImport: ['index'] },
  {
    folder: 'offline/formats',
    holds: 'files of others: safetensors, npy, torch, zip, and every table a user hands in (`tables/`)',
    mayImport: FLOOR,
  },
  {
    folder: 'offline/nn',
    holds: 'graph, operators with gradients, ONNX, layers, sessions, devices, optimiser; knows no model',
    mayImport: [...FLOOR, 'offline/formats'],
  },
  {
    folder: 'offline/data',
    holds: 'annotations, data folders, batches, splits, editing logs',
    mayImport: [...FLOOR, 'index/format', 'offline/formats', 'offline/nn'],
  },
  {
    folder: 'offline/metrics',
    holds: "the paper's metrics, once; bootstrap intervals",
    mayImport: [...FLOOR, 'index/moment'],
  },
  {
    folder: 'offline/models',
    holds:
      'the contract for networks, its registry, checkpoints; what grounding (`grounding/`) and DETR share; `made/`, `dense-start/`',
    mayImport: [...TOKENS, 'offline/metrics'],
  },
  {
    folder: 'offline/media',
    holds: 'decode sound piece by piece, read video and pictures, tags, what a folder holds',
    mayImport: [...FLOOR, 'index/format', 'index/clip', 'functions/embed'],
  },
  {
    folder: 'offline/encoders',
    holds: 'registry and store of encoders, the built-in ones, CLIP and AST, any ONNX tower',
    mayImport: [...FLOOR, 'index/image', 'functions/embed', 'offline/formats', 'offline/nn', 'offline/media'],
  },
  {
    folder: 'offline/analysis',
    holds: "what is known of a track's music: loudness, beats, bars, key, onsets, its highlight",
    mayImport: [...FLOOR, 'offline/encoders'],
  },
  {
    folder: 'offline/encode',
    holds: 'media to tokens: cache, worker processes, the folder of tokens',
    mayImport: [...MEDIA, 'offline/data', 'offline/analysis'],
  },
  {
    folder: 'offline/align',
    holds: 'published posts and a library to an editing log: peaks, landmarks, lines, places to the sample',
    mayImport: [...FLOOR, 'offline/formats', 'offline/media', 'offline/encoders', 'offline/encode'],
  },
  {
    folder: 'offline/evaluate',
    holds: 'a checkpoint on a split by the exact model; scores, tables, comparisons',
    mayImport: [...MODELS, 'index/moment', 'index/search', 'offline/analysis'],
  },
  {
    folder: 'offline/speech',
    holds: "the speech detector's weights, out of the package that brings them",
    mayImport: [...FLOOR, 'index/clip', 'offline/nn'],
  },
  {
    folder: 'offline/local-worker',
    holds: 'the Worker on this machine: its parts built, started, asked, measured for memory',
    mayImport: [
      ...FLOOR,
      'index/format',
      'index/clip',
      'functions',
      'functions/grounding',
      'offline/nn',
      'offline/speech',
    ],
  },
  {
    folder: 'offline/cues',
    holds: 'editing logs and feedback to cues, and what they are worth',
    mayImport: [
      ...FLOOR,
      ...['index/format', 'index/moment', 'offline/formats', 'offline/data', 'offline/metrics', 'offline/local-worker'],
    ],
  },
  {
    folder: 'offline/export',
    holds: "the Worker's graphs as files, what bytes cost",
    mayImport: [
      ...MODELS,
      ...['index/image', 'functions/embed', 'functions/grounding', 'offline/media', 'offline/encoders'],
      ...['offline/evaluate', 'offline/local-worker'],
    ],
  },
  {
    folder: 'offline/indexing',
    holds: 'an index built, changed, measured, judged (`gates.ts`) and published (`store/`: a folder, R2)',
    mayImport: [
      ...MODELS,
      ...['index/moment', 'index/search', 'functions', 'functions/grounding', 'offline/media', 'offline/encoders'],
      ...['offline/encode', 'offline/evaluate', 'offline/cues', 'offline/local-worker', 'offline/export'],
    ],
  },
  {
    folder: 'offline/evaluate/served',
    holds: 'a checkpoint on a split by the Worker itself',
    mayImport: [
      ...MODELS,
      ...['index/moment', 'functions/grounding', 'offline/encode', 'offline/evaluate', 'offline/cues'],
      ...['offline/local-worker', 'offline/indexing'],
    ],
  },
  {
    folder: 'offline/report',
    holds: 'HTML pages and figures of runs, evaluations, data',
    mayImport: [...MODELS, 'offline/evaluate'],
  },
  {
    folder: 'offline/train',
    holds: 'the loop, the step, the choice of a device, what is kept',
    mayImport: [...MODELS, 'offline/evaluate'],
  },
  {
    folder: 'offline/learn',
    holds: 'published posts to a model, cues, an index, and a page that says what they are worth',
    mayImport: [
      ...[
        ...MODELS,
        ...MEDIA,
        'index/moment',
        'index/search',
        'functions/grounding',
        'offline/encode',
        'offline/align',
      ],
      ...['offline/evaluate', 'offline/cues', 'offline/export', 'offline/indexing', 'offline/report', 'offline/train'],
    ],
  },
  {
    folder: 'offline/worlds',
    holds: 'composed music and clips (`composed/`); the same world as tokens only (`simulated/`)',
    mayImport: [
      ...FLOOR,
      'index/moment',
      'offline/formats',
      'offline/data',
      'offline/metrics',
      'offline/media',
      'offline/analysis',
    ],
  },
  {
    folder: 'offline/experiments',
    holds: 'tables of many trainings, each row from its own runs',
    mayImport: [...MODELS, 'offline/evaluate', 'offline/report', 'offline/train', 'offline/worlds'],
  },
  {
    folder: 'offline/service-client',
    holds: 'a service as an app sees it; API keys; the checks of a deployment (`smoke/`)',
    mayImport: [...FLOOR, 'index/moment', 'functions/embed', 'offline/media'],
  },
  {
    folder: 'offline/mix',
    holds: 'a clip with its music as one file',
    mayImport: [
      ...[...FLOOR, 'index/clip', 'index/edit', 'offline/media', 'offline/encode', 'offline/speech'],
      'offline/service-client',
    ],
  },
  {
    folder: 'offline/study',
    holds: 'listening studies: made, answered, scored',
    mayImport: [
      ...[...FLOOR, 'index/format', 'offline/formats', 'offline/metrics', 'offline/media', 'offline/encode'],
      ...['offline/evaluate', 'offline/cues', 'offline/service-client'],
    ],
  },
  {
    folder: 'offline/demo',
    holds: 'everything from nothing to an answer',
    mayImport: [
      ...[...MODELS, ...MEDIA, 'index/moment', 'offline/encode', 'offline/evaluate', 'offline/local-worker'],
      ...['offline/indexing', 'offline/train', 'offline/worlds'],
    ],
  },
  { folder: 'offline/commands', holds: 'the `cuepoint` command, a file per sub-command', mayImport: ALL },
  { folder: 'offline', holds: '`cli.ts`', mayImport: ALL },
];

/** One sentence per arrow that the table does not allow, and per room that it has in the wrong order. */
export function checkRooms(graph: ImportGraph, rooms: readonly Room[]): string[] {
  return [...checkOrder(rooms), ...checkArrows(graph, rooms)];
}

function checkOrder(rooms: readonly Room[]): string[] {
  return rooms.flatMap(({ folder, mayImport }, i) => {
    const before = new Set(rooms.slice(0, i).map((room) => room.folder));
    return (mayImport === ALL ? [] : [...new Set(mayImport)])
      .filter((target) => !before.has(target))
      .map((target) => `${folder} may import ${target}, which stands below it in the table.`);
  });
}

function checkArrows(graph: ImportGraph, rooms: readonly Room[]): string[] {
  return [...graph].flatMap(([file, targets]) => {
    const room = roomOf(file, rooms);
    if (!room) return [`${file} belongs to no room. Add its folder to test/check/rooms.ts.`];
    return targets.flatMap((target) => {
      const other = roomOf(target, rooms);
      if (!other || other === room || mayImport(room, other, rooms)) return [];
      return [`${file} imports ${target}: ${room.folder} may import ${list(room.mayImport)}.`];
    });
  });
}

function mayImport(room: Room, other: Room, rooms: readonly Room[]): boolean {
  return room.mayImport === ALL ? rooms.indexOf(other) < rooms.indexOf(room) : room.mayImport.includes(other.folder);
}

/** Beside their room, since they are what it is for. */
const GROUNDING = ['functions/ground.ts', 'functions/engine.ts'];

/** The room with the longest folder that the file lies in. */
function roomOf(file: string, rooms: readonly Room[]): Room | undefined {
  const place = GROUNDING.includes(file) ? 'functions/grounding/' : file;
  return rooms
    .filter(({ folder }) => place.startsWith(`${folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length)[0];
}

function list(folders: Room['mayImport']): string {
  if (folders === ALL) return 'all above';
  return folders.length > 0 ? [...new Set(folders)].join(', ') : '–';
}

/** As it stands in ARCHITECTURE.md. */
export function roomTable(rooms: readonly Room[]): string {
  const rows = rooms.map(({ folder, holds, mayImport }) => `| \`${folder}/\` | ${holds} | ${list(mayImport)} |`);
  return ['| folder | holds | may import |', '|---|---|---|', ...rows].join('\n');
}

if (import.meta.main) console.log(roomTable(ROOMS));
