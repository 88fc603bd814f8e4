/**
 * A training run as it stands: parameters under their names, Adam's moments, the config, the encoders' statistics, the epoch.
 * One safetensors file, written whole or not at all, with the hash of its bytes; a run continues from it with the same bytes as one
 * never stopped.
 */
import type { EncoderInfo } from '../../index/format/manifest.ts';
import type { NamedTensor, Safetensors } from '../formats/safetensors.ts';
import { readSafetensors } from '../formats/safetensors-file.ts';
import { checkSeal, encodeSealed } from '../formats/sealed.ts';
import { writeFileAtomic } from '../lib/files.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { BaseConfig } from '../models/family.ts';
import { familyOf } from '../models/registry.ts';
import type { Losses } from '../models/training-step.ts';
import { type Layout, view } from '../nn/parameters.ts';
import type { GroupNorms } from './training-step.ts';

const FORMAT = 'cuepoint-checkpoint-3';
/** The same without the hash. */
const EARLIER = 'cuepoint-checkpoint-2';

/** What made the tokens that a network was trained on, and their statistics over the training split (train/pairs.ts). */
export interface Encoders {
  image: EncoderInfo;
  audio: EncoderInfo;
}

/** An epoch of a run's history: train/train.ts writes it, reports draw it. */
export interface Epoch {
  epoch: number;
  /** Mean over the epoch's steps. */
  loss: Losses;
  /** Of the groups' gradients before clipping, mean over the steps. */
  norms: GroupNorms;
  /** Of the last step. */
  learningRate: number;
  /** On the validation split, where it was measured after this epoch. */
  validation?: Metrics;
}

/** Sums over the steps of the epoch that is under way. */
export interface Running {
  steps: number;
  loss: Losses;
  norms: GroupNorms;
  learningRate: number;
}

/** The sums at the start of an epoch: all 0. */
export function noSteps(): Running {
  return { steps: 0, loss: { total: 0 }, norms: {}, learningRate: 0 };
}

/** All that a run is continued from, and that a network is opened from. P values in the flat vector. */
export interface Checkpoint<C extends BaseConfig = BaseConfig> {
  /** Says which network it is of: see models/registry.ts. */
  config: C;
  encoders: Encoders;
  layout: Layout;
  /** [P] each. */
  theta: Float32Array;
  first: Float32Array;
  second: Float32Array;
  /** Steps of Adam taken. */
  step: number;
  seed: string;
  /** Hash of all that decides the run's numbers: see train.ts. A run continues only its own checkpoint. */
  run: string;
  /** Git revision of the program that wrote it. */
  revision?: string;
  /** The epoch under way: how far the run is in its data is `step`, and this is what those steps summed up to. */
  running: Running;
  history: Epoch[];
}

/**
 * One safetensors file: a float32 tensor for each parameter, `adam.first` and `adam.second` [P], the rest as JSON in the metadata.
 * @param moments false leaves Adam's out: a third of the size, to answer with but not to continue from
 * @throws Error naming the folder when it cannot be written; an earlier file stays whole then
 */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint, { moments = true } = {}): Promise<void> {
  const { layout, theta, first, second, ...state } = checkpoint;
  const tensors = new Map<string, NamedTensor>();
  for (const { name, shape } of layout.parameters) tensors.set(name, { shape, data: view(layout, theta, name) });
  if (moments) {
    tensors.set('adam.first', { shape: [first.length], data: first });
    tensors.set('adam.second', { shape: [second.length], data: second });
  }
  await writeFileAtomic(path, encodeSealed(tensors, { format: FORMAT, state: JSON.stringify(state) }));
}

const READING = { expected: 'a checkpoint', ifDamaged: 'If it was a checkpoint, delete it and train again.' };
type State = Omit<Checkpoint, 'layout' | 'theta' | 'first' | 'second'>;

/** @throws Error when the file is not a checkpoint, its parameters are not those of its config, or a byte of it has changed. */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  const seal = checkSeal();
  const { tensors, metadata } = await readSafetensors(path, { ...READING, onBytes: seal.onBytes });
  checkFormat(path, String(metadata.format));
  const written = stateOf(path, metadata);
  const { config, layout } = networkOf(path, written);
  const state = { ...(written as State), config };
  const values = (name: string, count: number): Float32Array => {
    const found = tensors.get(name)?.data;
    if (found?.length === count) return found;
    throw damaged(path, `${count} values of "${name}"`, String(found?.length ?? 'none'));
  };
  const theta = new Float32Array(layout.size);
  for (const { name } of layout.parameters) {
    const into = view(layout, theta, name);
    into.set(values(name, into.length));
  }
  const moments = ['adam.first', 'adam.second'] as const;
  const kept = moments.some((name) => tensors.has(name)); // the best ones are saved without
  const [first, second] = moments.map((name) => (kept ? values(name, layout.size) : new Float32Array(layout.size)));
  if (!(seal.isWhole(metadata) ?? metadata.format === EARLIER))
    throw damaged(path, 'the bytes that were saved, by their hash', 'others');
  return { ...state, layout, theta, first, second };
}

function checkFormat(path: string, format: string): void {
  if (format === FORMAT || format === EARLIER) return;
  const [got, next] = format.startsWith('cuepoint-checkpoint-')
    ? [format, 'Delete it and train again.']
    : ['another safetensors file', "If it holds the reference's weights, use import-reference."];
  throw new Error(`${path}: expected a checkpoint of format ${FORMAT}, got ${got}. ${next}`);
}

function stateOf(path: string, metadata: Safetensors['metadata']): Partial<State> {
  try {
    return { ...JSON.parse(metadata.state ?? '{}') };
  } catch {
    throw damaged(path, "the run's state as JSON", 'something else');
  }
}

/** @throws Error naming the file whose config is of another version of this program */
function networkOf(path: string, { config: written }: Partial<State>): { config: BaseConfig; layout: Layout } {
  if (!written) throw damaged(path, 'a config', 'none');
  try {
    const family = familyOf(written);
    const config = family.upgrade?.(written) ?? written;
    return { config, layout: family.layout(config) };
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('config: ')) throw error;
    throw new Error(`${path}: ${error.message}`, { cause: error });
  }
}

function damaged(path: string, expected: string, got: string): Error {
  return new Error(`${path}: expected ${expected}, got ${got}. The file is damaged; delete it and train again.`);
}
