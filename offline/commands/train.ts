/** `cuepoint train`: a folder of tokens and annotations to a checkpoint. */
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { readDataset } from '../data/dataset.ts';
import { type MadeConfig, PRESETS } from '../made/config.ts';
import { createProgress, type Progress } from '../progress.ts';
import { overridden } from '../train/override.ts';
import { reportTest } from '../train/report.ts';
import { train } from '../train/train.ts';
import { fromHere, print, threads, toldPlainly } from './command.ts';

export const trainCommand = defineCommand({
  meta: {
    name: 'train',
    description: 'Train MaDe on a folder of tokens and annotations, or continue where it stopped.',
  },
  args: {
    data: {
      type: 'string',
      required: true,
      description: '{train,val,test}_data.csv, video*.safetensors, music*.safetensors, encoders.json',
    },
    out: { type: 'string', required: true, description: 'folder for last.safetensors' },
    preset: { type: 'string', default: 'cuepoint', description: Object.keys(PRESETS).join(', ') },
    set: { type: 'string', description: 'changes to the preset, e.g. --set "loss.l1=5 width=128"' },
    epochs: { type: 'string', default: '100', description: 'passes over the training split' },
    batch: { type: 'string', default: '64', description: 'pairs in one step' },
    seed: { type: 'string', default: '1', description: 'everything drawn at random comes from it' },
  },
  run: toldPlainly(async ({ args }) => {
    const data = await readDataset(fromHere(args.data));
    const preset = PRESETS[args.preset];
    if (!preset) throw new Error(`--preset: expected one of ${Object.keys(PRESETS).join(', ')}, got "${args.preset}".`);
    const widthOf = (tokens: typeof data.videos) => [...tokens.values()][0].shape[1];
    const sized: MadeConfig = { ...preset, frameWidth: widthOf(data.videos), segmentWidth: widthOf(data.tracks) };
    const config = overridden(sized, args.set?.split(/\s+/).filter(Boolean) ?? []);
    const epochs = positive('--epochs', args.epochs);

    let bar: Progress | undefined;
    let validation = '';
    const checkpoint = await train({
      config,
      data,
      folder: fromHere(args.out),
      epochs,
      batch: positive('--batch', args.batch),
      seed: args.seed,
      threads,
      every: Math.max(1, Math.round(epochs / 20)),
      onStart: (from) => {
        bar = createProgress({ label: `train ${config.preset}`, total: epochs, from });
      },
      onEpoch: ({ loss, validation: v }) => {
        if (v) validation = ` · validation mIoU ${v.mIoU.toFixed(3)} R@1 ${v.r1.toFixed(3)}`;
        bar?.tick(1, `loss ${loss.total.toFixed(3)}${validation}`);
      },
    });
    bar?.done();
    print(
      `${join(args.out, 'last.safetensors')}: ${checkpoint.layout.size.toLocaleString('en')} parameters, ${checkpoint.step} steps`,
    );
    if (!data.splits.test.length) return;
    const { lines } = await reportTest(checkpoint, data, threads);
    print(`\n${lines.join('\n')}`);
  }),
});

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${flag}: expected a whole number from 1, got "${text}".`);
  return value;
}
