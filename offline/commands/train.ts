/** `cuepoint train`: a folder of tokens and annotations to a checkpoint. */
import { dirname, join } from 'node:path';
import { defineCommand } from 'citty';
import { type Dataset, readDataset } from '../data/dataset.ts';
import { reportTest } from '../evaluate/test-report.ts';
import { describeAllocator } from '../lib/allocator.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { gitRevision } from '../lib/revision.ts';
import { type Encoders, type Epoch, loadCheckpoint } from '../models/checkpoint.ts';
import type { BaseConfig } from '../models/family.ts';
import { familyOf, presets } from '../models/registry.ts';
import { checkTokensFit } from '../models/trained-on.ts';
import type { Device } from '../nn/device.ts';
import { trainingReport } from '../report/training-report.ts';
import { DEVICE_CHOICES } from '../train/device.ts';
import { lastGood } from '../train/keep.ts';
import { changesIn, overridden } from '../train/override.ts';
import { train } from '../train/train.ts';
import { fromHere, oneOf, print, root, threads, WRITES, wholeNumber, withUserErrors } from './command.ts';
import { showTraining } from './show-training.ts';

export const trainCommand = defineCommand({
  meta: {
    name: 'train',
    description: 'Train a network on a folder of tokens and annotations, or continue where it stopped.',
  },
  args: {
    data: {
      type: 'string',
      required: true,
      description: 'folder of {train,val,test}_data.csv, video*.safetensors, music*.safetensors',
    },
    out: {
      type: 'string',
      valueHint: WRITES.folder,
      required: true,
      description: 'folder for the checkpoints and report.html',
    },
    preset: { type: 'string', default: 'cuepoint', description: Object.keys(presets()).join(', ') },
    set: { type: 'string', description: 'changes to the preset, e.g. --set loss.start=2 width=64' },
    epochs: { type: 'string', description: 'passes over the training split (default 100)' },
    steps: { type: 'string', description: 'steps, instead of epochs' },
    batch: { type: 'string', default: '64', description: 'pairs in one step' },
    micro: {
      type: 'string',
      default: '32',
      description: 'pairs of a step that are taken at once where a loss is a sum over pairs; fewer need less memory',
    },
    device: {
      type: 'string',
      default: 'auto',
      description: `${DEVICE_CHOICES.join(', ')}; auto takes a GPU that agrees with the CPU and is faster`,
    },
    keep: { type: 'string', default: '2', description: 'how many of the newest checkpoints are kept' },
    seed: { type: 'string', default: '1', description: 'everything drawn at random comes from it' },
    candidates: {
      type: 'string',
      description:
        'checkpoint of the preset mvpt-plus or mvpt on the same data, which ranks the tracks that conquer chooses from',
    },
    init: { type: 'string', description: 'checkpoint to take parameters from, where name and shape agree' },
  },
  run: withUserErrors(async ({ args, rawArgs }) => {
    const preset = presets()[oneOf('--preset', Object.keys(presets()), args.preset)];
    const device = oneOf('--device', DEVICE_CHOICES, args.device);
    if (args.epochs && args.steps) throw new Error('expected --epochs or --steps, got both. Leave one out.');
    const folder = fromHere(args.out);
    const data = await readDataset(fromHere(args.data), print).catch((error: Error) => {
      throw new Error(`${error.message} ${lastGood(folder)}`.trim(), { cause: error });
    });
    const candidates = args.candidates ? await loadCheckpoint(fromHere(args.candidates)) : undefined;
    const config = overridden(
      rankedBy({ ...preset, frameWidth: widthOf(data.videos), segmentWidth: widthOf(data.tracks) }, candidates?.config),
      changesIn(rawArgs),
    );
    if (args.init && dirname(fromHere(args.init)) === folder)
      throw new Error(
        '--init: expected a checkpoint outside --out, which the run would overwrite. Give another --out.',
      );
    const init = args.init ? await loadCheckpoint(fromHere(args.init)) : undefined;
    if (init) for (const line of otherEncoders(args.init!, init.encoders, data.encoders)) print(line);
    const batch = wholeNumber('--batch', args.batch);
    const steps = args.steps ? wholeNumber('--steps', args.steps) : undefined;
    const epochs = wholeNumber('--epochs', args.epochs ?? '100');
    const revision = gitRevision(root);
    print([...describe(config), describeAllocator()].join('\n'));

    const shown = showTraining(config.preset);
    let usedDevice: Device | undefined;
    const report = async (history: readonly Epoch[]) => {
      const facts: [string, string][] = [
        ['data', args.data],
        ['training pairs', data.splits.train.length.toLocaleString('en')],
        ['pairs in a step', String(batch)],
        ['seed', args.seed],
        ...(usedDevice ? ([['device', usedDevice]] satisfies [string, string][]) : []),
        ['git revision', revision ?? 'none'],
      ];
      const speeds = history.map((epoch) => ({ ...epoch, tokensPerSec: shown.speeds.get(epoch.epoch) }));
      const title = `Training ${config.preset}`;
      await writeFileAtomic(
        join(folder, 'report.html'),
        trainingReport({ title, config, facts, history: speeds }, preset),
      );
    };
    const checkpoint = await train({
      config,
      data,
      folder,
      length: steps ? { steps } : { epochs },
      batch,
      micro: wholeNumber('--micro', args.micro),
      seed: args.seed,
      threads,
      device,
      onDamaged: print,
      onDevice: (chosen) => {
        usedDevice = chosen.device;
        if (chosen.line) print(chosen.line);
      },
      every: validationsEvery(steps ? Math.ceil((steps * batch) / data.splits.train.length) : epochs),
      onInit: (taken, of) => print(`${args.init}: ${taken} of ${of} parameters taken`),
      init,
      candidates,
      keep: wholeNumber('--keep', args.keep),
      revision,
      ...shown.callbacks,
      onSaved: report,
    });
    shown.done();
    if (shown.speeds.size) await report(checkpoint.history); // one that was finished before keeps its page
    print(
      `${join(args.out, 'last.safetensors')}: ${checkpoint.step} steps; curves in ${join(args.out, 'report.html')}`,
    );
    if (!data.splits.test.length) return;
    const { lines } = await reportTest(checkpoint, data, threads);
    print(`\n${lines.join('\n')}`);
  }),
});

/** A network may begin as one that was trained on other tokens; who did not mean that is told. */
function otherEncoders(file: string, before: Encoders, tokens: Dataset['encoders']): string[] {
  try {
    return checkTokensFit('--init', before, tokens);
  } catch (error) {
    return [`note: ${file} was trained on other tokens. ${(error as Error).message}`];
  }
}

/** With the network whose ranking it takes, where it takes one. @throws Error when there is none, or not such a one */
function rankedBy(config: BaseConfig, ranker?: BaseConfig): BaseConfig {
  const { ranked, title } = familyOf(config);
  if (ranked && ranker) return ranked.by(config, ranker);
  if (ranked)
    throw new Error(
      `train: expected --candidates FILE, of a network that ranks tracks for ${title}, got nothing. Train --preset mvpt-plus on the same data first.`,
    );
  if (ranker)
    throw new Error(
      `--candidates: expected a preset that takes candidates, as conquer, got one of ${title}. Leave it out.`,
    );
  return config;
}

/** How many parameters there are. @throws Error when values of the config do not go together */
function describe(config: BaseConfig): string[] {
  const family = familyOf(config);
  return family.describe?.(config) ?? [`${family.layout(config).size.toLocaleString('en')} parameters`];
}

function widthOf(tokens: Dataset['videos']): number {
  return [...tokens.values()][0].shape[1];
}

/** Some twenty validations in a run. */
function validationsEvery(epochs: number): number {
  return Math.max(1, Math.round(epochs / 20));
}
