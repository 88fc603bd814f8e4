/**
 * What an index measured of itself. It has dates and times in it, so it is no part of the index: it lies beside the manifest under
 * the same version, and the next run that measures the same index replaces it.
 */
import { cpus } from 'node:os';
import type { BundleFile, Manifest } from '../../index/format/manifest.ts';
import { reportPath } from '../../index/format/pointer.ts';
import { parsedJson } from '../lib/json.ts';
import { metricsTable } from '../metrics/metrics.ts';
import type { Gate, Measured } from './gates.ts';
import { type LeftOut, leftOutLines } from './left-out.ts';
import type { Percentiles } from './measure-latency.ts';
import type { Difference } from './measure-model.ts';
import { readChecked } from './store/read-checked.ts';
import { type BundleStore, type Stored, textOf } from './store/store.ts';

const FORMAT = 'cuepoint-report';
const FORMAT_VERSION = 1;

export interface IndexReport extends Measured {
  format: typeof FORMAT;
  formatVersion: typeof FORMAT_VERSION;
  indexVersion: string;
  modelVersion: string;
  /** ISO 8601. */
  measuredAt: string;
  machine: string;
  /** What the index was asked, for people. */
  queries: string;
  /** What of the music was not indexed; of an index that was added to, of what was added last. */
  leftOut?: LeftOut;
  /** The version whose model was measured, where only tracks were taken away since. */
  modelMeasuredOn?: string;
  gates: Gate[];
}

export type ReportParts = Measured & Pick<IndexReport, 'queries' | 'leftOut' | 'modelMeasuredOn' | 'gates'>;

/** A report of the same index by which all gates were passed stays: of two runs, the machine was busy in one. */
export async function putReport(
  store: BundleStore,
  { indexVersion, modelVersion }: Pick<Manifest, 'indexVersion' | 'modelVersion'>,
  parts: ReportParts,
  measuredAt: Date,
): Promise<IndexReport> {
  const report: IndexReport = {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    indexVersion,
    modelVersion,
    measuredAt: measuredAt.toISOString(),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.version}`,
    ...parts,
  };
  const earlier = parsed(await store.read(reportPath(indexVersion)), indexVersion);
  if (failedGates(report).length === 0 || !earlier || failedGates(earlier).length > 0)
    await store.write(reportPath(indexVersion), `${JSON.stringify(report, null, 1)}\n`);
  return report;
}

/** Undefined where the index was not measured, or its report is gone. @throws Error when the file is not its report */
export async function readReport(store: BundleStore, manifest: Manifest): Promise<IndexReport | undefined> {
  const { indexVersion } = manifest;
  const path = reportPath(indexVersion);
  const stored = (await store.read(path)) ?? (await namedReport(store, manifest));
  const report = parsed(stored, indexVersion);
  if (report || !stored) return report;
  throw new Error(
    `${store.name}: ${path}: expected the report of this index, got something else. Build the index again: it is measured anew.`,
  );
}

/** Version 3 of the format named its report in the manifest. */
async function namedReport(store: BundleStore, { files }: Manifest): Promise<Stored | undefined> {
  const { report } = files as { report?: BundleFile };
  return report && readChecked(store, report);
}

function parsed(stored: Stored | undefined, indexVersion: string): IndexReport | undefined {
  const report = stored && (parsedJson(textOf(stored)) as Partial<IndexReport> | undefined);
  const isOurs =
    report?.format === FORMAT &&
    report.formatVersion === FORMAT_VERSION &&
    report.indexVersion === indexVersion &&
    Array.isArray(report.gates);
  return isOurs ? (report as IndexReport) : undefined;
}

export const failedGates = ({ gates }: Pick<IndexReport, 'gates'>): Gate[] => gates.filter(({ passed }) => !passed);

/** One line each. */
export function gateLine({ name, measured, limit, is, unit, passed, why }: Gate): string {
  const value = (number: number): string => `${Number(number.toFixed(4))}${unit ? ` ${unit}` : ''}`;
  return `${passed ? 'ok    ' : 'FAILED'} ${name}: ${value(measured)}, ${is} ${value(limit)}${passed ? '' : ` (${why})`}`;
}

export const reportLines = (report: IndexReport): string[] => [...measuredLines(report), ...report.gates.map(gateLine)];

export function measuredLines(report: IndexReport): string[] {
  const { retrieval, model, sizes, latency } = report;
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const lines = [
    `Index ${report.indexVersion}, model ${report.modelVersion}, measured ${report.measuredAt} on ${report.machine}`,
    ...(report.leftOut ? leftOutLines(report.leftOut) : []),
    `asked: ${report.queries}`,
    `search: ${percent(retrieval.at10)} of the 10 and ${percent(retrieval.at100)} of the 100 most relevant of ${retrieval.tracks} tracks are among ${retrieval.candidates} candidates`,
    `size: ${megabytes(sizes.total)} in ${sizes.files} files, the largest ${megabytes(sizes.largestFile)}, the largest shard ${megabytes(sizes.largestShard)}; a Worker plans ${megabytes(sizes.javascriptBytes)} for buffers and ${megabytes(sizes.webassemblyBytes)} for WebAssembly`,
    timeLine('Node, one thread', latency.node),
    ...(latency.workerd ? [timeLine('workerd', latency.workerd)] : []),
  ];
  if (model) {
    const since = report.modelMeasuredOn ? ` (measured on ${report.modelMeasuredOn})` : '';
    lines.push(
      differenceLine(`byte tokens against float32${since}`, model.tokens),
      differenceLine(`served against the exact model${since}`, model.served),
    );
    if (model.heldOut) {
      const { split, clips, tracks, exact, served } = model.heldOut;
      lines.push(`${clips} clips of ${split} against ${tracks} tracks`, ...metricsTable({ exact, served }));
    }
  }
  return lines;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function timeLine(where: string, { one, five }: { one: Percentiles; five: Percentiles }): string {
  const ms = ({ p50, p95 }: Percentiles): string => `${p50.toFixed(1)} ms (95 %: ${p95.toFixed(1)})`;
  return `${where}, from tokens: 1 moment ${ms(one)}, 5 moments ${ms(five)}`;
}

function differenceLine(what: string, { relevance, moment }: Difference): string {
  const elsewhere =
    moment.elsewhere === undefined ? '' : `, ${percent(moment.elsewhere)} of the moments start elsewhere`;
  return `${what}: relevance by ${relevance.mean.toFixed(5)} (at most ${relevance.largest.toFixed(5)}), a start or end by ${moment.meanSec.toFixed(3)} s (at most ${moment.largestSec.toFixed(2)})${elsewhere}`;
}
