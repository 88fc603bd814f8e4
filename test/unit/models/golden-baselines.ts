/**
 * The official networks' numbers: parameters, inputs with garbage in the padding, outputs, losses and gradients of the systems that the paper compares with.
 *
 * They lie in test/fixtures/baselines (CUEPOINT_GOLDEN_BASELINES names another folder of the same form); golden.json there says what every
 * tensor is, and every size is read from the files. `out.*` is each pair alone at its true length, laid back into the padded batch with
 * zeros in the padding: that is what ours must give. `released.*` is the official code on the padded batch, where padding leaks into it.
 * What systems of the DETR family have in common is golden-detr.ts.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decodeSafetensors, type NamedTensor } from '../../../offline/formats/safetensors.ts';
import { elements } from '../../../offline/nn/graph.ts';
import { packed, packedSlots } from '../../../offline/nn/packing.ts';
import { type Layout, view } from '../../../offline/nn/parameters.ts';
import type { Input, Values } from '../../../offline/nn/session.ts';

// B pairs · F frames · S segments

const given = process.env.CUEPOINT_GOLDEN_BASELINES;
const folder = given ? pathToFileURL(`${resolve(given)}/`) : new URL('../../fixtures/baselines/', import.meta.url);

/** Losses of each decoder layer and their weighted sums. */
export interface GoldenLosses {
  span: number[];
  giou: number[];
  label: number[];
  total_w10: number;
  total_w4: number;
}

/** What golden.json says of a system. */
export interface GoldenEntry {
  file: string;
  /** Sizes by the names that golden.json gives them: d, heads, ffn, … */
  config: Record<string, number>;
  /** How many the official network has. */
  parameters: number;
  parameters_without_gradient_from_the_detection_loss?: string[];
  parameters_whose_gradient_is_zero_in_exact_arithmetic?: string[];
  losses: { out_f32: GoldenLosses & Record<string, unknown>; out_f64: GoldenLosses & Record<string, unknown> };
  matched_query?: { by_layer_and_pair: number[][] };
  chosen_query?: { by_pair: number[] };
  /** What the rows of each `out.*` are: S segments, F frames, 1 a learned token, in this order; B or LB have no padding. */
  kinds: Record<string, string>;
  padding: { leaks: boolean };
  [more: string]: unknown;
}

/** A system's numbers. */
export interface GoldenBaseline {
  name: string;
  entry: GoldenEntry;
  names: string[];
  /** @throws Error when the file has no such tensor */
  tensor(name: string): NamedTensor;
  has(name: string): boolean;
}

let index: { systems: Record<string, GoldenEntry> } | undefined;

/** @param system as golden.json names it: `qd_detr` */
export function goldenBaseline(system: string): GoldenBaseline {
  index ??= JSON.parse(readFileSync(new URL('golden.json', folder), 'utf8')) as typeof index;
  const entry = index!.systems[system];
  if (!entry) throw new Error(`golden: expected the system "${system}" in ${folder.pathname}golden.json, found none.`);
  const { tensors } = decodeSafetensors(readFileSync(new URL(entry.file, folder)));
  return {
    name: system,
    entry,
    names: [...tensors.keys()],
    has: (name) => tensors.has(name),
    tensor(name) {
      const found = tensors.get(name);
      if (!found) throw new Error(`golden: no tensor ${name} of ${system}`);
      return found;
    },
  };
}

/** Where the official network keeps one of our parameters: its name, and how its values stand in ours where that differs. */
export type Official = string | { name: string; values(theirs: NamedTensor): Float32Array };
export type OfficialName = (ours: string) => Official;

/** Our flat vector of some official values. @param prefix `param`, `grad_w10`, … @throws Error naming a parameter whose size differs */
export function vectorOf(
  golden: GoldenBaseline,
  layout: Layout,
  official: OfficialName,
  prefix = 'param',
): Float32Array {
  const theta = new Float32Array(layout.size);
  for (const { name, shape } of layout.parameters) {
    const values = officialValues(golden, official(name), prefix);
    if (!values) continue; // no gradient: stays 0
    if (values.length !== elements(shape))
      throw new Error(`golden: expected ${elements(shape)} values for ${name}, got ${values.length}.`);
    view(layout, theta, name).set(values);
  }
  return theta;
}

function officialValues(golden: GoldenBaseline, official: Official, prefix: string): Float32Array | undefined {
  const { name, values } = typeof official === 'string' ? { name: official, values: undefined } : official;
  const key = `${prefix}.${name}`;
  if (!golden.has(key) && prefix !== 'param') return undefined;
  const tensor = golden.tensor(key);
  return values ? values(tensor) : tensor.data;
}

/** Official parameters that none of ours stands for. */
export function leftOut(golden: GoldenBaseline, layout: Layout, official: OfficialName): string[] {
  const names = layout.parameters.map(({ name }) => official(name));
  const used = new Set(names.map((name) => (typeof name === 'string' ? name : name.name)));
  const all = golden.names.filter((name) => name.startsWith('param.')).map((name) => name.slice('param.'.length));
  return all.filter((name) => !used.has(name));
}

/** Frames and segments of each pair. */
export function lengthsOf(golden: GoldenBaseline): { frames: number[]; segments: number[] } {
  const counts = (name: string) =>
    rowsOf(golden.tensor(name)).map((mask) => mask.reduce((total, value) => total + value, 0));
  return { frames: counts('in.video_mask'), segments: counts('in.music_mask') };
}

/** The inputs of a graph that takes padded sequences (models/pair-inputs.ts), with the garbage in the padding. */
export function paddedFeeds(golden: GoldenBaseline): Record<string, Input> {
  return {
    frames: golden.tensor('in.video'),
    frame_mask: golden.tensor('in.video_mask'),
    segments: golden.tensor('in.music'),
    segment_mask: golden.tensor('in.music_mask'),
    ...targetsOf(golden),
  };
}

/** The same pairs, packed. */
export function packedFeeds(golden: GoldenBaseline): Record<string, Input> {
  const { frames, segments } = lengthsOf(golden);
  return {
    frames: withoutPadding(golden.tensor('in.video'), frames),
    segments: withoutPadding(golden.tensor('in.music'), segments),
    ...packed('frame', frames),
    ...packed('segment', segments),
    ...packedSlots(frames, segments),
    ...targetsOf(golden),
  };
}

function targetsOf(golden: GoldenBaseline): Record<string, Input> {
  if (!golden.has('in.target_cw')) return {};
  const target = golden.tensor('in.target_cw');
  const [batch] = target.shape;
  return { target, weight: { data: new Float32Array(batch).fill(1 / batch), shape: [1, batch] } };
}

/** [B, L, w] -> [T, w] */
export function withoutPadding({ data, shape }: NamedTensor, counts: readonly number[]): Values {
  const [, length, width] = shape;
  const rows = counts.flatMap((count, i) => [...data.subarray(i * length * width, (i * length + count) * width)]);
  return { data: Float32Array.from(rows), shape: [rows.length / width, width] };
}

/** Each item along the first axis, as views. */
export function rowsOf({ data, shape }: Pick<NamedTensor, 'data' | 'shape'>): Float32Array[] {
  const size = data.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) => data.subarray(i * size, (i + 1) * size));
}

/** The largest |Δ| that is allowed of an output, in float32: golden's README. */
export function toleranceOf(output: string): number {
  if (output.endsWith('query_sine')) return 2e-4; // it is divided by the width
  return /(^|\.)(pred_spans|pred_logits|embedding|similarity|begin_logits|end_logits|track_score)$/.test(output)
    ? 1e-5
    : 2e-5;
}

/**
 * The largest |Δ| between ours and `out.<name>`, where there is a row.
 * @param ours padded, the learned token first, then frames, then segments: the golden order has the segments before the frames
 */
export function differenceFrom(golden: GoldenBaseline, name: string, ours: Values, source = 'out'): number {
  const { data, shape } = golden.tensor(`${source}.${name}`);
  const theirs = { data, shape };
  if (ours.data.length !== data.length)
    throw new Error(`${name}: expected [${shape.join(', ')}], got [${ours.shape.join(', ')}].`);
  const kind = golden.entry.kinds[name] ?? 'B';
  if (kind.endsWith('B')) return largestDifference(ours.data, data);
  const places = placesOf(golden, kind);
  const width = data.length / places.length;
  let largest = 0;
  for (const [at, place] of places.entries()) {
    if (place === undefined) continue;
    const [a, b] = [ours.data.subarray(place * width, (place + 1) * width), rowAt(theirs.data, at, width)];
    largest = Math.max(largest, largestDifference(a, b));
  }
  return largest;
}

const rowAt = (data: Float32Array, row: number, width: number) => data.subarray(row * width, (row + 1) * width);

/** Of each row of the golden order the row of ours; undefined where it is padding. */
function placesOf(golden: GoldenBaseline, kind: string): (number | undefined)[] {
  const masks: Record<string, Float32Array[]> = {
    S: rowsOf(golden.tensor('in.music_mask')),
    F: rowsOf(golden.tensor('in.video_mask')),
  };
  masks['1'] = masks.S.map(() => Float32Array.of(1));
  const pairs = masks.S.length;
  const length = (part: string) => masks[part][0].length;
  const parts = [...kind];
  const inOurs = ['1', 'F', 'S'].filter((part) => parts.includes(part));
  const slots = parts.reduce((total, part) => total + length(part), 0);
  const startOf = (part: string) => inOurs.slice(0, inOurs.indexOf(part)).reduce((sum, p) => sum + length(p), 0);
  return Array.from({ length: pairs }, (_, pair) =>
    parts.flatMap((part) =>
      Array.from(masks[part][pair], (real, i) => (real ? pair * slots + startOf(part) + i : undefined)),
    ),
  ).flat();
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`expected ${b.length} values, got ${a.length}`);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]);
    if (!(difference <= largest)) largest = difference; // NaN counts as a difference
  }
  return largest;
}

/**
 * Parameters whose gradient is farther from the official one than golden's README allows, each with how far; none when all is well.
 * @param gradient ours [P]; @param prefix `grad_w10`, `grad_w4` or `grad`; @param floor absolute part: 1e-5, of CONQUER 1e-7
 */
export function wrongGradients(
  golden: GoldenBaseline,
  layout: Layout,
  official: OfficialName,
  gradient: Float32Array,
  prefix: string,
  floor = 1e-5,
): string[] {
  return layout.parameters.flatMap(({ name }) => {
    const ours = view(layout, gradient, name);
    const theirs = officialValues(golden, official(name), prefix);
    const allowed = theirs ? floor + 1e-4 * Math.max(...theirs.map(Math.abs)) : 1e-6; // not stored: it is 0
    const difference = theirs ? largestDifference(ours, theirs) : Math.max(...ours.map(Math.abs));
    return difference <= allowed ? [] : [`${name}: ${difference} of at most ${allowed}`];
  });
}
