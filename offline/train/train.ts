/**
 * The training loop: order, rate, step, validation, checkpoint. What a step computes is decided in the network's own (models/training-step.ts).
 * Everything drawn at random comes from the seed and the number of the epoch or step, so a run can stop and continue anywhere.
 */
import type { Pair } from '../data/batch.ts';
import type { Dataset } from '../data/dataset.ts';
import { evaluate } from '../evaluate/evaluate.ts';
import { sha256Hex } from '../lib/files.ts';
import { createRandom } from '../lib/random.ts';
import { type Checkpoint, type Encoders, type Epoch, noSteps, type Running } from '../models/checkpoint.ts';
import type { BaseConfig } from '../models/family.ts';
import { familyOf } from '../models/registry.ts';
import type { StepModel } from '../models/training-step.ts';
import { withOpen } from '../nn/open-all.ts';
import { learningRate } from '../nn/optimiser.ts';
import { initialValues, type Layout, view } from '../nn/parameters.ts';
import { augmented } from './augment.ts';
import { type ChosenDevice, chooseDevice, type DeviceChoice } from './device.ts';
import { BEST, findRun, lastGood, saveBest, saveNewest } from './keep.ts';
import { measureEncoders, pairsOf } from './pairs.ts';
import { rankTraining, withRivals } from './rivals.ts';
import { createStepper, modelsOf, type StepResult, stepPartsOf } from './stepper.ts';

export interface TrainingOptions {
  config: BaseConfig;
  data: Dataset;
  /** Checkpoints are kept here: see keep.ts. */
  folder: string;
  /** How long: passes over the training split, or steps. */
  length: { epochs: number } | { steps: number };
  /** Pairs of a step. */
  batch: number;
  /** Pairs of a micro-batch, where the network's step takes such; the result differs in the last bits only. */
  micro: number;
  seed: string;
  threads: number;
  /** Where to compute: the CPU unless said. It does not identify a run: see device.ts. */
  device?: DeviceChoice;
  /** Validate after every so many epochs, and save. */
  every: number;
  /** Save after so many steps at the latest. */
  saveEvery?: number;
  /** Tokens that stay in memory, in bytes (pairs.ts); it changes how long a step takes and nothing else. */
  keptBytes?: number;
  /** How many of the newest checkpoints are kept. */
  keep?: number;
  /** Start from these parameters, where names and shapes agree, instead of random ones. */
  init?: Checkpoint;
  /** Standardise tokens by these instead of by the training split: a network that is begun from another answers as that one did before the first step. */
  statistics?: Encoders;
  /** Of a network that ranks the tracks of which this one chooses, where it has such: its parameters become part of this one. */
  candidates?: Checkpoint;
  /** What to do when the folder holds the checkpoint of another run. */
  otherRun?: 'refuse' | 'replace';
  /** Git revision of the program, for the record. */
  revision?: string;
  /** Told of a newer checkpoint that is damaged, when the run goes on from an older one. */
  onDamaged?: (message: string) => void;
  /** Called once before the first step. */
  onDevice?: (chosen: ChosenDevice) => void;
  /** Called at the start of a run with `init`, with how many of the network's parameters it gave. */
  onInit?: (taken: number, of: number) => void;
  /** Called once, with how many steps an earlier run has done, and how many there are. */
  onStart?: (run: { done: number; steps: number; perEpoch: number; parameters: number }) => void;
  /** Called after every step, with the number of real frames and segments in it. */
  onStep?: (result: StepResult & { step: number; tokens: number }) => void;
  onEpoch?: (epoch: Epoch) => void;
  /** Called after each checkpoint that follows a validation. */
  onSaved?: (history: readonly Epoch[]) => Promise<void>;
}

/** Train, or continue the run of these options from its newest checkpoint. */
export async function train(options: TrainingOptions): Promise<Checkpoint> {
  const { config, data, folder, every, threads, saveEvery = 50, onStep } = options;
  const encoders = options.statistics ?? measureEncoders(config, data);
  const pairs = pairsOf(data, config, encoders, options.keptBytes);
  const byTrack = Map.groupBy(pairs, ({ trackId }) => trackId);
  const batch = Math.min(options.batch, pairs.length);
  const perEpoch = Math.floor(pairs.length / batch); // the last, partial batch is dropped
  const total = 'steps' in options.length ? options.length.steps : options.length.epochs * perEpoch;
  const family = familyOf(config);
  checkCandidates(options, encoders);
  const layout = family.layout(config);
  const sizes = { config, layout, batch, micro: Math.min(options.micro, batch) };
  const parts = stepPartsOf(sizes);
  const run = runOf(options, encoders, modelsOf(parts));
  const found = await findRun(folder, run, options.otherRun, options.onDamaged);
  const checkpoint = found ?? fresh(options, layout, encoders, run, pairs);
  checkpoint.revision ??= options.revision;
  const left = checkpoint.step < total;
  const chosen = left ? await chooseDevice(options.device ?? 'cpu', { ...sizes, threads }) : undefined;
  if (chosen) options.onDevice?.(chosen);
  options.onStart?.({ done: checkpoint.step, steps: total, perEpoch, parameters: layout.size });
  if (!chosen) return checkpoint;

  const ranking = config.rivals ? await rank(options, checkpoint, pairs) : undefined;
  const validator = await family.open(config, layout, checkpoint.theta, { threads });
  const stepper = await createStepper({ ...sizes, threads, device: chosen.device, micro: chosen.micro }, parts).catch(
    async (error: unknown) => {
      await validator.close();
      throw error;
    },
  );
  let saved = found !== undefined;
  const save = async () => {
    await saveNewest(folder, checkpoint, options.keep);
    saved = true;
  };
  try {
    await stepper.load(checkpoint);
    while (checkpoint.step < total) {
      const epoch = Math.floor(checkpoint.step / perEpoch);
      const order = createRandom(`${options.seed}/epoch/${epoch}`).shuffle(pairs);
      for (let i = checkpoint.step % perEpoch; i < perEpoch && checkpoint.step < total; i++) {
        const seed = `${options.seed}/step/${checkpoint.step}`;
        const shown = augmented(order.slice(i * batch, (i + 1) * batch), config, byTrack, seed);
        const some = ranking ? withRivals(shown, config, ranking, seed) : shown;
        const rate = learningRate(checkpoint.step, total, config.learningRate, config.warmup);
        const result = await stepper.step(some, rate, seed);
        checkpoint.step++;
        refuseBroken(result, epoch, i);
        addTo(checkpoint.running, result, rate);
        const tokens = some.reduce((sum, pair) => sum + pair.frames.count + pair.segments.count, 0);
        onStep?.({ ...result, step: checkpoint.step, tokens });
        const inEpoch = i + 1 < perEpoch && checkpoint.step < total;
        if (inEpoch && checkpoint.step % saveEvery === 0) {
          Object.assign(checkpoint, await stepper.state());
          await save();
        }
      }

      const entry = finished(checkpoint.running, epoch);
      checkpoint.running = noSteps();
      checkpoint.history.push(entry);
      const due = (epoch + 1) % every === 0 || checkpoint.step >= total;
      if (due || checkpoint.step % saveEvery === 0) Object.assign(checkpoint, await stepper.state());
      if (due) {
        validator.setParameters(checkpoint.theta);
        entry.validation = (await evaluate(validator, config, encoders, data, data.splits.val)).metrics;
        for (const metric of BEST) await saveBest(folder, checkpoint, metric);
      }
      if (due || checkpoint.step % saveEvery === 0) await save();
      if (due) await options.onSaved?.(checkpoint.history);
      options.onEpoch?.(entry);
    }
    return checkpoint;
  } catch (error) {
    const { message } = error as Error;
    const hint = message.includes('out of memory') ? ' That is a smaller --micro, or a smaller --batch.' : '';
    throw new Error(`training: ${message}${hint} ${lastGood(folder, saved)}`, { cause: error });
  } finally {
    await stepper.close();
    await validator.close();
  }
}

/**
 * What identifies a run: a checkpoint of another one is not continued.
 * @param models of a step: a change of the network, its losses or the optimiser makes another run
 */
function runOf(
  { config, seed, length, batch, micro, every, data, init, candidates }: TrainingOptions,
  encoders: Encoders,
  models: readonly StepModel[],
): string {
  const hashOf = (from?: Checkpoint) =>
    from && sha256Hex(new Uint8Array(from.theta.buffer, from.theta.byteOffset, from.theta.byteLength));
  const start = candidates ? [hashOf(init) ?? null, hashOf(candidates)] : hashOf(init);
  const graphs = models.map(({ model }) => sha256Hex(model));
  const { train, val } = data.splits;
  return sha256Hex(
    JSON.stringify([config, seed, length, batch, micro, every, train, val, encoders, data.fingerprint, graphs, start]),
  );
}

function fresh(
  options: TrainingOptions,
  layout: Layout,
  encoders: Encoders,
  run: string,
  pairs: readonly Pair[],
): Checkpoint {
  const { config, seed, init, candidates } = options;
  const theta = initialValues(layout, createRandom(`${seed}/parameters`));
  if (!init) familyOf(config).begin?.(config, layout, theta, pairs);
  else {
    const same = layout.parameters.filter(({ name, shape }) =>
      init.layout.parameters.some((known) => known.name === name && known.shape.join() === shape.join()),
    );
    if (!same.length)
      throw new Error(
        'init: expected parameters with the names and shapes of this network, found none. Use its config.',
      );
    for (const { name } of same) view(layout, theta, name).set(view(init.layout, init.theta, name));
    options.onInit?.(same.length, layout.parameters.length);
  }
  if (candidates)
    for (const { name } of candidates.layout.parameters)
      view(layout, theta, `${familyOf(config).ranked!.prefix}${name}`).set(
        view(candidates.layout, candidates.theta, name),
      );
  return {
    config,
    encoders,
    layout,
    theta,
    first: new Float32Array(layout.size),
    second: new Float32Array(layout.size),
    step: 0,
    seed,
    run,
    running: noSteps(),
    history: [],
  };
}

/** @throws Error when a network that needs another's ranking has none, or one that was trained on tokens of another form */
function checkCandidates({ config, candidates }: TrainingOptions, encoders: Encoders): void {
  const { ranked, title } = familyOf(config);
  if (!ranked) {
    if (candidates)
      throw new Error(`--candidates: expected a network that takes candidates, got ${title}. Leave it out.`);
    return;
  }
  if (!candidates)
    throw new Error(
      `training: expected a checkpoint of a network that ranks tracks for ${title}, got none. Train --preset mvpt-plus on the same data, and give --candidates FILE.`,
    );
  // The network reads the ranker's tokens, so both must be standardised alike.
  const told = (of: Encoders) => JSON.stringify([of.image, of.audio]);
  if (told(JSON.parse(JSON.stringify(candidates.encoders)) as Encoders) !== told(encoders))
    throw new Error(
      '--candidates: expected a checkpoint that was trained on these tokens, got one of other encoders or another training split. Train it on the same data.',
    );
}

/** The ranking that rivals are drawn from. */
async function rank({ config, threads }: TrainingOptions, { layout, theta }: Checkpoint, pairs: readonly Pair[]) {
  const opening = familyOf(config).ranked!.open(config, layout, theta, { threads });
  const sizes = { rivals: config.rivals!, most: config.rivalsFrom ?? config.rivals! };
  return withOpen(opening, (ranker) => rankTraining(ranker, pairs, sizes));
}

/** Gradients are clipped, so a large norm can pass; one of this size is not learning any more. */
const EXPLODED = 1e6;

function refuseBroken({ loss, norms }: StepResult, epoch: number, step: number): void {
  const where = `in epoch ${epoch}, step ${step}. Lower the learning rate.`;
  if (!Number.isFinite(loss.total)) throw new Error(`the loss is ${loss.total} ${where}`);
  for (const [group, norm] of Object.entries(norms))
    if (!(norm <= EXPLODED))
      throw new Error(`expected a gradient norm of ${group} up to ${EXPLODED}, got ${norm.toPrecision(3)} ${where}`);
}

function addTo(running: Running, { loss, norms }: StepResult, rate: number): void {
  running.steps++;
  running.learningRate = rate;
  addSums(running.loss, loss);
  addSums(running.norms, norms);
}

function addSums<T extends object>(sums: T, values: T): void {
  const into = sums as Record<string, number>;
  for (const [key, value] of Object.entries(values)) into[key] = (into[key] ?? 0) + value;
}

function finished({ steps, loss, norms, learningRate }: Running, epoch: number): Epoch {
  const means = <T extends object>(sums: T) =>
    Object.fromEntries(Object.entries(sums).map(([key, sum]) => [key, (sum as number) / steps])) as T;
  return { epoch, loss: means(loss), norms: means(norms), learningRate };
}
