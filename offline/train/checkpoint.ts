/**
 * A training run as it stands: parameters under their names, Adam's moments, the config, the encoders' statistics, the epoch.
 * One safetensors file, written whole or not at all; a run continues from it with the same bytes as one never stopped.
 */
import { readFile } from 'node:fs/promises';
import type { EncoderInfo } from '../../index/manifest.ts';
import { writeFileAtomic } from '../files.ts';
import type { MadeConfig } from '../made/config.ts';
import { layoutOf } from '../made/network.ts';
import { type Layout, view } from '../nn/parameters.ts';
import { decodeSafetensors, encodeSafetensors, type NamedTensor, type Safetensors } from '../nn/safetensors.ts';
import type { Metrics } from './metrics.ts';

const FORMAT = 'cuepoint-checkpoint-2';

export interface Encoders {
  image: EncoderInfo;
  audio: EncoderInfo;
}

export interface Losses {
  total: number;
  matching: number;
  detection: number;
  /** The auxiliary losses, where the config has them. */
  alignment?: number;
  saliency?: number;
}
export interface GroupNorms {
  enhancement: number;
  matching: number;
  detection: number;
}

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

export function noSteps(): Running {
  return {
    steps: 0,
    loss: { total: 0, matching: 0, detection: 0 },
    norms: { enhancement: 0, matching: 0, detection: 0 },
    learningRate: 0,
  };
}

export interface Checkpoint {
  config: MadeConfig;
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

export async function saveCheckpoint(path: string, checkpoint: Checkpoint, { moments = true } = {}): Promise<void> {
  const { layout, theta, first, second, ...state } = checkpoint;
  const tensors = new Map<string, NamedTensor>();
  for (const { name, shape } of layout.parameters) tensors.set(name, { shape, data: view(layout, theta, name) });
  if (moments) {
    tensors.set('adam.first', { shape: [first.length], data: first });
    tensors.set('adam.second', { shape: [second.length], data: second });
  }
  await writeFileAtomic(path, encodeSafetensors(tensors, { format: FORMAT, state: JSON.stringify(state) }));
}

/** The run a checkpoint belongs to, whatever version of the config it was written with. */
export async function readRun(path: string): Promise<string> {
  const { metadata } = decode(path, await readFile(path));
  return (JSON.parse(metadata.state ?? '{}') as { run?: string }).run ?? '';
}

/** @throws Error when the file is not a checkpoint or its parameters are not those of its config. */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  const { tensors, metadata } = decode(path, await readFile(path));
  if (metadata.format !== FORMAT)
    throw new Error(
      `${path}: expected a checkpoint of format ${FORMAT}, got ${metadata.format ?? 'another safetensors file'}. Delete it and train again.`,
    );
  const state = JSON.parse(metadata.state) as Omit<Checkpoint, 'layout' | 'theta' | 'first' | 'second'>;
  const layout = layoutOf(state.config);
  const theta = new Float32Array(layout.size);
  for (const { name } of layout.parameters) {
    const into = view(layout, theta, name);
    const found = tensors.get(name)?.data;
    if (found?.length !== into.length)
      throw new Error(
        `${path}: expected ${into.length} values of "${name}", got ${found?.length ?? 'none'}. The file is damaged; delete it and train again.`,
      );
    into.set(found);
  }
  const moment = (name: string) => tensors.get(name)?.data ?? new Float32Array(layout.size);
  return { ...state, layout, theta, first: moment('adam.first'), second: moment('adam.second') };
}

function decode(path: string, bytes: Uint8Array): Safetensors {
  try {
    return decodeSafetensors(bytes);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message} Delete it and train again.`, { cause: error });
  }
}
