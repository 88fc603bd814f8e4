/** `cuepoint export`: a trained model as the three graphs that the Worker runs, measured on held-out clips. */
import { defineCommand } from 'citty';
import { GRAPHS } from '../../functions/engine.ts';
import { PRECISIONS } from '../../index/format/manifest.ts';
import { readDataset, SPLITS } from '../data/dataset.ts';
import { compare } from '../export/compare.ts';
import { comparisonTable, writeExport } from '../export/export.ts';
import { loadCheckpoint } from '../models/checkpoint.ts';
import { checkTokensFit } from '../models/trained-on.ts';
import { fromHere, print, progress, threads, WRITES, withUserErrors } from './command.ts';

export const exportCommand = defineCommand({
  meta: {
    name: 'export',
    description: 'Write the graphs that the Worker runs, and compare fp32 with int8 on a split.',
  },
  args: {
    checkpoint: { type: 'string', required: true, description: 'a trained or imported model' },
    data: { type: 'string', required: true, description: 'the folder it was trained on, or one like it' },
    split: { type: 'enum', options: [...SPLITS], default: 'val', description: 'clips to compare on' },
    out: {
      type: 'string',
      valueHint: WRITES.folder,
      required: true,
      description: `folder for ${GRAPHS.join(', ')} (.onnx) and report.json`,
    },
    precision: {
      type: 'enum',
      options: [...PRECISIONS],
      default: 'fp32',
      description: 'of the graphs that are written',
    },
    'accept-loss': { type: 'boolean', description: 'write int8 graphs however much mIoU they lose' },
  },
  run: withUserErrors(async ({ args }) => {
    const checkpoint = await loadCheckpoint(fromHere(args.checkpoint));
    const data = await readDataset(fromHere(args.data), print);
    for (const line of checkTokensFit('export', checkpoint.encoders, data.encoders)) print(line);
    const rows = data.splits[args.split];
    if (!rows.length)
      throw new Error(`${args.data}: expected rows in ${args.split}_data.csv, found none. Give --split.`);
    const bar = progress('compare fp32 and int8', PRECISIONS.length * rows.length);
    const comparison = await compare({
      checkpoint,
      data,
      rows,
      threads,
      onClip: () => bar.tick(),
      now: () => performance.now(),
    });
    bar.done();
    print(`\n${comparisonTable(comparison, args.split).join('\n')}`);
    const { split, precision, 'accept-loss': acceptLoss = false } = args;
    await writeExport(comparison, { folder: fromHere(args.out), checkpoint, split, precision, acceptLoss });
    print(`\n${args.out}: ${GRAPHS.map((graph) => `${graph}.onnx`).join(', ')} in ${precision}, report.json`);
  }),
});
