/** `cuepoint data split`: the rows of a data folder split anew. */
import { join } from 'node:path';
import { defineCommand } from 'citty';
import type { Annotation } from '../data/annotations.ts';
import { SPLITS, type Split } from '../data/dataset.ts';
import { shareFrom } from '../data/hold-out.ts';
import { splitFolder } from '../data/split-folder.ts';
import { statsOf, statsTable } from '../data/stats.ts';
import { fromHere, HOLD_OUT, print, WRITES, wholeNumber, withUserErrors } from './command.ts';

export const splitCommand = defineCommand({
  meta: {
    name: 'split',
    description: 'Split the rows of a data folder anew: no video in two splits, each held-out row with its own track.',
  },
  args: {
    folder: { type: 'positional', required: true, description: 'annotations, beside token files or alone' },
    out: { type: 'string', valueHint: WRITES.folder, required: true, description: 'a new folder' },
    seed: { type: 'string', default: '1', description: 'what is held out comes from it' },
    splits: { type: 'string', default: '1', description: 'so many folders, OUT/split-1 and on' },
    val: { type: 'string', description: 'rows to validate on; as many as before unless given' },
    test: { type: 'string', description: 'rows to test on; as many as before unless given' },
    'hold-out-tracks': HOLD_OUT,
  },
  run: withUserErrors(async ({ args }) => {
    const count = wholeNumber('--splits', args.splits);
    const sizes = sizesOf(args);
    const heldOutShare = shareFrom('--hold-out-tracks', args['hold-out-tracks']);
    for (let i = 1; i <= count; i++) {
      const out = count > 1 ? join(args.out, `split-${i}`) : args.out;
      const seed = count > 1 ? `${args.seed}/${i}` : args.seed;
      const told: string[] = [];
      const splits = await splitFolder({
        from: fromHere(args.folder),
        out: fromHere(out),
        seed,
        sizes,
        heldOutShare,
        tell: (line) => told.push(line),
      });
      print(`${i > 1 ? '\n' : ''}${out}:`);
      for (const line of [...splitLines(splits), ...told]) print(line);
    }
  }),
});

export function sizesOf({ val, test }: { val?: string; test?: string }): { val?: number; test?: number } {
  return {
    ...(val ? { val: wholeNumber('--val', val) } : {}),
    ...(test ? { test: wholeNumber('--test', test) } : {}),
  };
}

/** Table 2, and how many tracks of the held-out splits are trained on. */
export function splitLines(splits: Record<Split, readonly Annotation[]>): string[] {
  const tracks = (split: Split) => new Set(splits[split].map(({ musicId }) => musicId));
  const trained = tracks('train');
  const shared = (['val', 'test'] as const).map((split) => {
    const all = [...tracks(split)];
    return `${all.filter((track) => trained.has(track)).length} of ${all.length} tracks of ${split}`;
  });
  return [
    ...statsTable(SPLITS.map((split) => statsOf(split, splits[split]))),
    `also in train: ${shared.join(', ')}; no video is in two splits`,
  ];
}
