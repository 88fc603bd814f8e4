/**
 * The training loop: batch, rate, step, validation, checkpoint. What one step computes is decided in made/network.ts.
 * Everything drawn at random comes from the seed and the number of the epoch, so a run can stop and continue anywhere.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { statisticsOf } from '../../index/standardise.ts';
import { type Pair, standardised, trainingBatch } from '../data/batch.ts';
import { cropPair } from '../data/crop.ts';
import type { Dataset } from '../data/dataset.ts';
import { sha256Hex } from '../files.ts';
import type { MadeConfig } from '../made/config.ts';
import { openModel } from '../made/model.ts';
import { type BatchShape, layoutOf, trainingStep } from '../made/network.ts';
import { DROPOUT_INPUT, fillNoise } from '../nn/dropout.ts';
import { ADAM, learningRate } from '../nn/optimiser.ts';
import { initialValues, type Layout } from '../nn/parameters.ts';
import { openSession, type Session, type Values } from '../nn/session.ts';
import { createRandom } from '../random.ts';
import { type Checkpoint, type Encoders, type Epoch, loadCheckpoint, readRun, saveCheckpoint } from './checkpoint.ts';
import { evaluate } from './evaluate.ts';

export interface TrainingOptions {
  config: MadeConfig;
  data: Dataset;
  /** last.safetensors is kept here. */
  folder: string;
  epochs: number;
  batch: number;
  seed: string;
  threads: number;
  /** Validate after every so many epochs, and save. */
  every: number;
  /** Called once, with how many epochs an earlier run has done. */
  onStart?: (done: number) => void;
  onEpoch?: (epoch: Epoch) => void;
}

/** Train, or continue the run of these options from its last checkpoint. */
export async function train(options: TrainingOptions): Promise<Checkpoint> {
  const { config, data, folder, epochs, every } = options;
  const path = join(folder, 'last.safetensors');
  const encoders = measureEncoders(config, data);
  const pairs = pairsOf(data, config, encoders);
  const shape: BatchShape = {
    batch: Math.min(options.batch, pairs.length),
    frames: Math.max(...pairs.map((pair) => pair.frames.count)),
    segments: Math.max(...pairs.map((pair) => pair.segments.count)),
  };
  const layout = layoutOf(config);
  const { model, noiseSize } = trainingStep(config, layout, shape);
  const checkpoint = await startOrContinue(path, options, layout, encoders, sha256Hex(model));
  options.onStart?.(checkpoint.history.length);
  if (checkpoint.history.length >= epochs) return checkpoint;

  const session = await openSession(model, { name: 'training step', threads: options.threads });
  const validator = await openModel(config, checkpoint.layout, checkpoint.theta, options.threads);
  try {
    const stepper = createStepper(
      checkpoint,
      session,
      shape,
      noiseSize,
      epochs * Math.floor(pairs.length / shape.batch),
    );
    for (let epoch = checkpoint.history.length; epoch < epochs; epoch++) {
      const loss = await stepper.epoch(pairs, epoch);
      const entry: Epoch = { epoch, loss };
      if ((epoch + 1) % every === 0 || epoch + 1 === epochs) {
        validator.setParameters(checkpoint.theta);
        entry.validation = (await evaluate(validator, config, checkpoint.encoders, data, data.splits.val)).metrics;
      }
      checkpoint.history.push(entry);
      if (entry.validation) await saveCheckpoint(path, checkpoint);
      options.onEpoch?.(entry);
    }
    return checkpoint;
  } finally {
    await session.close();
    await validator.close();
  }
}

/** @param step hash of the training step's graph: a change of the network, its losses or the optimiser starts afresh */
async function startOrContinue(
  path: string,
  { config, seed, epochs, batch, data }: TrainingOptions,
  layout: Layout,
  encoders: Encoders, // their statistics stand for the tokens: other media, or another encoder, change them
  step: string,
): Promise<Checkpoint> {
  const run = sha256Hex(JSON.stringify([config, seed, epochs, batch, data.splits.train, encoders, step]));
  if (existsSync(path) && (await readRun(path)) === run) return loadCheckpoint(path);
  return {
    config,
    encoders,
    layout,
    theta: initialValues(layout, createRandom(`${seed}/parameters`)),
    first: new Float32Array(layout.size),
    second: new Float32Array(layout.size),
    step: 0,
    seed,
    run,
    history: [],
  };
}

/** The statistics of the training split: validation and test must not leak into the standardisation. */
function measureEncoders(config: MadeConfig, { encoders, splits, videos, tracks }: Dataset): Encoders {
  const measure = (name: string, all: Dataset['videos'], ids: readonly string[]) => {
    const tokens = [...new Set(ids)].map((id) => all.get(id)!);
    const width = tokens[0].shape[1];
    const values = tokens.map((t) => t.data);
    return { name, width, statistics: config.standardise ? statisticsOf(values, width) : undefined };
  };
  return {
    image: measure(
      encoders.image,
      videos,
      splits.train.map((row) => row.videoId),
    ),
    audio: measure(
      encoders.audio,
      tracks,
      splits.train.map((row) => row.musicId),
    ),
  };
}

function pairsOf({ splits, videos, tracks }: Dataset, config: MadeConfig, encoders: Encoders): Pair[] {
  const heard = splits.train.filter((row) => row.musicStartSec < config.maxDurationSec);
  return heard.map((row) => ({
    frames: standardised(videos.get(row.videoId)!, encoders.image, config.maxFrames),
    segments: standardised(tracks.get(row.musicId)!, encoders.audio, config.maxSegments),
    trackId: row.musicId,
    startSec: row.musicStartSec,
    endSec: Math.min(row.musicEndSec, config.maxDurationSec),
  }));
}

/** Takes the steps of an epoch and leaves the new state in the checkpoint. */
function createStepper(
  checkpoint: Checkpoint,
  session: Session,
  shape: BatchShape,
  noiseSize: number,
  totalSteps: number,
) {
  const { config, layout } = checkpoint;
  const flat = (data: Float32Array): Values => ({ data, shape: [data.length] });
  const scalar = (value: number): Values => ({ data: Float32Array.of(value), shape: [] });
  const noise = new Float32Array(noiseSize);
  // Two sets of arrays in turn: the runtime writes the next state while it reads the present one.
  let spare: Float32Array[] = [0, 1, 2].map(() => new Float32Array(layout.size));

  return {
    async epoch(pairs: readonly Pair[], epoch: number): Promise<Epoch['loss']> {
      const random = createRandom(`${checkpoint.seed}/epoch/${epoch}`);
      const order = random.fork('order').shuffle(pairs);
      const noiseRandom = random.fork('dropout');
      const cropRandom = random.fork('crop');
      const varied = (pair: Pair) =>
        cropRandom.uniform() < config.cropShare ? cropPair(pair, config, cropRandom) : pair;
      const steps = Math.floor(order.length / shape.batch); // the last, partial batch is dropped
      const sum = { total: 0, matching: 0, detection: 0 };
      for (let i = 0; i < steps; i++) {
        fillNoise(noise, noiseRandom);
        const t = checkpoint.step + 1;
        const out = await session.run(
          {
            ...trainingBatch(order.slice(i * shape.batch, (i + 1) * shape.batch).map(varied), config, shape),
            theta: flat(checkpoint.theta),
            first: flat(checkpoint.first),
            second: flat(checkpoint.second),
            rate: scalar(learningRate(checkpoint.step, totalSteps, config.learningRate, config.warmup)),
            first_correction: scalar(1 / (1 - ADAM.beta1 ** t)),
            second_correction: scalar(1 / (1 - ADAM.beta2 ** t)),
            [DROPOUT_INPUT]: flat(noise),
          },
          { theta_next: flat(spare[0]), first_next: flat(spare[1]), second_next: flat(spare[2]) },
        );
        if (!Number.isFinite(out.total.data[0]))
          throw new Error(
            `training: the loss is ${out.total.data[0]} in epoch ${epoch}, step ${i}. The last checkpoint is kept; lower the learning rate.`,
          );
        const before = [checkpoint.theta, checkpoint.first, checkpoint.second];
        [checkpoint.theta, checkpoint.first, checkpoint.second] = spare;
        spare = before;
        checkpoint.step = t;
        for (const key of ['total', 'matching', 'detection'] as const) sum[key] += out[key].data[0] / steps;
      }
      return sum;
    },
  };
}
