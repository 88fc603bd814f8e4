/**
 * Write a trained model's graphs to a folder, with a report of what both precisions can do on held-out clips.
 * Nothing is written when int8 loses too much, unless that is asked for.
 */
import { join } from 'node:path';
import type { Graph } from '../../functions/engine.ts';
import { GRAPHS } from '../../functions/engine.ts';
import { PRECISIONS, type Precision } from '../../index/format/manifest.ts';
import { sha256Hex, writeFileAtomic } from '../lib/files.ts';
import type { BaseConfig } from '../models/family.ts';
import type { Comparison } from './compare.ts';
import type { Graphs } from './graphs.ts';

export interface ExportOptions {
  /** Where the graphs and report.json go. */
  folder: string;
  /** Of the graphs that are written. */
  precision: Precision;
  /** Write int8 graphs whatever they lose. */
  acceptLoss: boolean;
  /** Name of the split that was compared on. */
  split: string;
  checkpoint: { config: BaseConfig; step: number; revision?: string };
}

export interface ExportReport extends Omit<Comparison, 'graphs'> {
  precision: Precision;
  split: string;
  model: { config: BaseConfig; step: number; revision?: string };
  files: Record<Precision, Record<Graph, { bytes: number; sha256: string }>>;
}

/** Most mean IoU that int8 may lose. */
export const MOST_LOST = 0.005;

/**
 * Write enhanceVideo.onnx, relevance.onnx and moment.onnx, then report.json.
 * @throws Error when int8 is wanted and loses more than MOST_LOST
 */
export async function writeExport(comparison: Comparison, options: ExportOptions): Promise<ExportReport> {
  const { folder, precision, acceptLoss, split, checkpoint } = options;
  const { graphs, ...measured } = comparison;
  if (precision === 'int8' && !acceptLoss) refuseLoss(comparison);
  const { config, step, revision } = checkpoint;
  const files = { fp32: filesOf(graphs.fp32), int8: filesOf(graphs.int8) };
  const report: ExportReport = { precision, split, model: { config, step, revision }, ...measured, files };
  for (const graph of GRAPHS) await writeFileAtomic(join(folder, `${graph}.onnx`), graphs[precision][graph]);
  await writeFileAtomic(join(folder, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
  return report;
}

function refuseLoss({ metrics: { fp32, int8 } }: Comparison): void {
  const lost = fp32.mIoU - int8.mIoU;
  if (lost <= MOST_LOST) return;
  throw new Error(
    `export: expected int8 to lose at most ${MOST_LOST} mIoU, got ${int8.mIoU.toFixed(4)} against ${fp32.mIoU.toFixed(4)} in fp32. Export fp32, or give --accept-loss.`,
  );
}

function filesOf(graphs: Graphs): Record<Graph, { bytes: number; sha256: string }> {
  const file = (bytes: Uint8Array) => ({ bytes: bytes.length, sha256: sha256Hex(bytes) });
  return { enhanceVideo: file(graphs.enhanceVideo), relevance: file(graphs.relevance), moment: file(graphs.moment) };
}

/** The comparison as lines: what is found, then what it takes. */
export function comparisonTable({ clips, tracks, metrics, largest, graphs, ms }: Comparison, split: string): string[] {
  const line = (name: string, cells: readonly string[]) =>
    `${name.padEnd(14)}${cells.map((cell) => cell.padStart(9)).join('')}`;
  const shown = ['mIoU', 'r1', 'r5', 'r10', 'moR1'] as const;
  const loss = shown.map((key) => (metrics.int8[key] - metrics.fp32[key]).toFixed(4));
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2);
  const total = (of: readonly number[]) => of.reduce((sum, value) => sum + value, 0);
  return [
    `${clips} clips of ${split} against ${tracks} tracks`,
    line('', ['mIoU', 'R@1', 'R@5', 'R@10', 'MoR@1', 'MB', 'ms/clip']),
    ...PRECISIONS.map((precision) =>
      line(precision, [
        ...shown.map((key) => metrics[precision][key].toFixed(4)),
        megabytes(total(GRAPHS.map((graph) => graphs[precision][graph].length))),
        total(GRAPHS.map((graph) => ms[precision][graph])).toFixed(2),
      ]),
    ),
    line('int8 - fp32', loss),
    `largest difference: ${largest.relevance.toFixed(4)} of relevance, ${largest.boundarySec.toFixed(2)} s of a start or end`,
    '',
    line(
      '',
      PRECISIONS.flatMap((precision) => [`MB ${precision}`, `ms ${precision}`]),
    ),
    ...GRAPHS.map((graph) =>
      line(
        graph,
        PRECISIONS.flatMap((precision) => [
          megabytes(graphs[precision][graph].length),
          ms[precision][graph].toFixed(2),
        ]),
      ),
    ),
    'ms: median of a call on one thread; relevance of a batch of up to 64 tracks, the moment of one pair',
  ];
}
