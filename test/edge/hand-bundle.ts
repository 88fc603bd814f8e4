/**
 * A bundle whose numbers can be worked out by hand: real files, real ONNX graphs, three tracks, a model of four values.
 *
 * The "model" looks at the first two values of a frame token and calls their direction h(v). A track's relevance is the
 * mean of its segments' products with h(v); its moment is centred on the segments that agree with h(v), each of which
 * carries its own place (a share of 240 s) as third value, and lasts as long as there are frames.
 */
import { writeAnalysisStore } from '../../index/analysis-store.ts';
import { writeCatalogue } from '../../index/catalogue.ts';
import {
  BUNDLE_FORMAT,
  BUNDLE_VERSION,
  type BundleRole,
  type Manifest,
  type OptionalRole,
  type TowerInfo,
} from '../../index/manifest.ts';
import { writeTokenStore } from '../../index/token-store.ts';
import { encodeModel, type OnnxInitialiser, type OnnxNode, type OnnxValue } from '../../offline/nn/onnx.ts';

const WIDTH = 4;

interface HandTrack {
  id: string;
  durationMs: number;
  /** Direction of h0, and segments as [x, y, place, 0]. */
  h0: [number, number];
  segments: [number, number, number, number][];
}

/** Places are shares of 240 s: 0.125 is 30 s, 0.25 is 60 s, 0.375 is 90 s. */
export const TRACKS: readonly HandTrack[] = [
  {
    id: 'east',
    durationMs: 120_000,
    h0: [1, 0],
    segments: [
      [1, 0, 0.25, 0],
      [1, 0, 0.375, 0],
      [0, 1, 0.125, 0],
      [0, 1, 0.125, 0],
    ],
  },
  {
    id: 'north',
    durationMs: 120_000,
    h0: [0, 1],
    segments: [
      [0, 1, 0.25, 0],
      [0, 1, 0.25, 0],
    ],
  },
  { id: 'short', durationMs: 5_000, h0: [0.8, 0.6], segments: [[0.8, 0.6, 0.0125, 0]] },
];

const NO_ANALYSIS = {
  beatsMs: new Uint32Array(0),
  downbeats: new Uint32Array(0),
  segmentLufs: new Float32Array(0),
  waveform: new Uint8Array(0),
  onsetStrength: new Uint8Array(0),
};

/**
 * Path to content of every file.
 * @param encoder of images, whose mean is 0 and deviation 1
 * @param tower what embeds frames in the Worker, where that is not basic-frames
 */
export async function handBundle(
  encoder: { name: string; width: number },
  tower?: { info: TowerInfo; bytes: Uint8Array },
): Promise<Map<string, Uint8Array>> {
  const contents: Record<BundleRole, Uint8Array> & { imageTower?: Uint8Array } = {
    hnsw: hnswFile(TRACKS.map(({ h0 }) => [...h0, 0, 0])),
    tokens: writeTokenStore(
      TRACKS.map(({ segments }) => ({ tokens: Float32Array.from(segments.flat()), segments: segments.length })),
      WIDTH,
    ),
    catalogue: new TextEncoder().encode(
      writeCatalogue(
        TRACKS.map(({ id, durationMs, segments }) => ({
          id,
          title: `The ${id} track`,
          durationMs,
          file: `${id}.wav`,
          sha256: '0'.repeat(64),
          segments: segments.length,
          loudnessLufs: null,
          peakDb: null,
          bpm: null,
          beatConfidence: 0,
          beatsPerBar: null,
          key: null,
        })),
      ),
    ),
    analysis: writeAnalysisStore(TRACKS.map(() => NO_ANALYSIS)),
    enhanceVideo: enhanceVideo(encoder.width),
    relevance: relevance(),
    moment: moment(),
    ...(tower ? { imageTower: tower.bytes } : {}),
  };
  const bundle = new Map<string, Uint8Array>();
  const files = {} as Manifest['files'];
  for (const [role, content] of Object.entries(contents) as [BundleRole | OptionalRole, Uint8Array][]) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content as Uint8Array<ArrayBuffer>));
    const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
    files[role] = { path: `${role}-${sha256.slice(0, 12)}.bin`, bytes: content.length, sha256 };
    bundle.set(files[role].path, content);
  }
  const manifest: Manifest = {
    format: BUNDLE_FORMAT,
    formatVersion: BUNDLE_VERSION,
    indexVersion: 'hand00000000',
    modelVersion: 'hand00000001',
    precision: 'fp32',
    builtAt: '2026-11-22T00:00:00Z',
    encoders: {
      image: {
        ...encoder,
        statistics: { mean: Array(encoder.width).fill(0), deviation: Array(encoder.width).fill(1) },
      },
      audio: { name: 'none', width: 1, statistics: { mean: [0], deviation: [1] } },
    },
    tower: tower?.info,
    model: { preset: 'hand', width: WIDTH, maxFrames: 50, maxSegments: 96, strideSec: 2.5, maxDurationSec: 240 },
    retrieval: { candidates: 3, ef: 10 },
    counts: { tracks: TRACKS.length, segments: TRACKS.reduce((sum, { segments }) => sum + segments.length, 0) },
    files,
  };
  bundle.set('manifest.json', new TextEncoder().encode(JSON.stringify(manifest)));
  return bundle;
}

/** frame_tokens = the first two values of each frame; h_v = their sum over frames, to length 1. */
function enhanceVideo(width: number): Uint8Array {
  const pick = new Float32Array(width * WIDTH);
  pick[0] = 1;
  pick[WIDTH + 1] = 1;
  return encodeModel({
    nodes: [
      node('MatMul', ['frames', 'pick'], 'frame_tokens'),
      node('Unsqueeze', ['frame_mask', 'two'], 'mask'),
      node('Mul', ['frame_tokens', 'mask'], 'real'),
      node('ReduceSum', ['real', 'one'], 'sum', { keepdims: 0 }),
      node('Mul', ['sum', 'sum'], 'squares'),
      node('ReduceSum', ['squares', 'one'], 'square', { keepdims: 1 }),
      node('Sqrt', ['square'], 'norm'),
      node('Div', ['sum', 'norm'], 'h_v'),
    ],
    inputs: [float('frames', [1, 'F', width]), float('frame_mask', [1, 'F'])],
    outputs: [float('frame_tokens', [1, 'F', WIDTH]), float('h_v', [1, WIDTH])],
    initialisers: [
      { name: 'pick', dtype: 'float32', shape: [width, WIDTH], data: pick },
      axis('one', 1),
      axis('two', 2),
    ],
  });
}

/** relevance = mean over real segments of segment · h_v */
function relevance(): Uint8Array {
  return encodeModel({
    nodes: [
      node('Transpose', ['h_v'], 'column', { perm: [1, 0] }),
      node('MatMul', ['segment_tokens', 'column'], 'products'),
      node('Squeeze', ['products', 'two'], 'flat'),
      node('Mul', ['flat', 'segment_mask'], 'real'),
      node('ReduceSum', ['real', 'one'], 'sum', { keepdims: 0 }),
      node('ReduceSum', ['segment_mask', 'one'], 'count', { keepdims: 0 }),
      node('Div', ['sum', 'count'], 'mean'),
      node('Unsqueeze', ['mean', 'zero'], 'relevance'),
    ],
    inputs: [float('h_v', [1, WIDTH]), float('segment_tokens', ['N', 'S', WIDTH]), float('segment_mask', ['N', 'S'])],
    outputs: [float('relevance', [1, 'N'])],
    initialisers: [axis('zero', 0), axis('one', 1), axis('two', 2)],
  });
}

/** centre = mean place of the segments, weighted by relu(segment · h_v); width = frames / 240 */
function moment(): Uint8Array {
  return encodeModel({
    nodes: [
      node('Unsqueeze', ['h_v', 'two'], 'column'),
      node('MatMul', ['segment_tokens', 'column'], 'products'),
      node('Relu', ['products'], 'agreement'),
      node('Unsqueeze', ['segment_mask', 'two'], 'mask'),
      node('Mul', ['agreement', 'mask'], 'weights'),
      node('MatMul', ['segment_tokens', 'third'], 'places'),
      node('Mul', ['weights', 'places'], 'weighted'),
      node('ReduceSum', ['weighted', 'one'], 'sum', { keepdims: 0 }),
      node('ReduceSum', ['weights', 'one'], 'weight', { keepdims: 0 }),
      node('Add', ['weight', 'tiny'], 'divisor'),
      node('Div', ['sum', 'divisor'], 'centre'),
      node('ReduceSum', ['frame_mask', 'one'], 'frames', { keepdims: 1 }),
      node('Div', ['frames', 'longest'], 'width'),
      node('Concat', ['centre', 'width'], 'span', { axis: 1 }),
    ],
    inputs: [
      float('frame_tokens', ['B', 'F', WIDTH]),
      float('frame_mask', ['B', 'F']),
      float('segment_tokens', ['B', 'S', WIDTH]),
      float('segment_mask', ['B', 'S']),
      float('h_v', ['B', WIDTH]),
    ],
    outputs: [float('span', ['B', 2])],
    initialisers: [
      axis('one', 1),
      axis('two', 2),
      { name: 'third', dtype: 'float32', shape: [WIDTH, 1], data: new Float32Array([0, 0, 1, 0]) },
      { name: 'tiny', dtype: 'float32', shape: [1], data: new Float32Array([1e-9]) },
      { name: 'longest', dtype: 'float32', shape: [1], data: new Float32Array([240]) },
    ],
  });
}

function node(op: string, inputs: string[], output: string, attributes: OnnxNode['attributes'] = {}): OnnxNode {
  return { name: output, op, inputs, outputs: [output], attributes };
}

function float(name: string, shape: OnnxValue['shape']): OnnxValue {
  return { name, dtype: 'float32', shape };
}

function axis(name: string, value: number): OnnxInitialiser {
  return { name, dtype: 'int64', shape: [1], data: BigInt64Array.of(BigInt(value)) };
}

/** hnswlib's file of a few vectors on one level, each linked to all others: the layout is index/hnsw-file.ts's. */
function hnswFile(vectors: readonly number[][]): Uint8Array {
  const links = 16;
  const [count, dim] = [vectors.length, vectors[0].length];
  const dataAt = 4 + links * 4;
  const stride = dataAt + dim * 4 + 8;
  const view = new DataView(new ArrayBuffer(96 + count * stride + count * 4));
  const u64 = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  const u32 = (at: number, value: number): void => view.setUint32(at, value, true);
  u64(8, count);
  u64(16, count);
  u64(24, stride);
  u64(32, dataAt + dim * 4);
  u64(40, dataAt);
  u64(56, links / 2);
  u64(64, links);
  u64(72, links / 2);
  view.setFloat64(80, 1 / Math.log(links / 2), true);
  u64(88, 100);
  for (const [i, vector] of vectors.entries()) {
    const at = 96 + i * stride;
    u32(at, count - 1);
    const others = vectors.map((_, j) => j).filter((j) => j !== i);
    for (const [slot, other] of others.entries()) u32(at + 4 + slot * 4, other);
    for (const [j, value] of vector.entries()) view.setFloat32(at + dataAt + j * 4, value, true);
    u64(at + dataAt + dim * 4, i);
  }
  return new Uint8Array(view.buffer);
}
