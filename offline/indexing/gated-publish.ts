/**
 * The end of every build, addition and removal: measure, write the report and the manifest, and answer from the index if all gates
 * are passed. An index that is not good enough stays in the store, to be looked at; the pointer stays where it is.
 */
import { needsRetriever } from '../../functions/grounding/budgets.ts';
import type { Manifest } from '../../index/format/manifest.ts';
import { POINTER_PATH } from '../../index/format/pointer.ts';
import { type LeftOut, leftOutLines } from './left-out.ts';
import { type MeasureOptions, measureIndex } from './measure.ts';
import { failedGates, gateLine, type IndexReport, measuredLines, putReport, readReport } from './report.ts';
import { retrieverLine } from './retriever-setting.ts';
import { movePointer, putManifest } from './store/publish.ts';
import type { BundleStore } from './store/store.ts';
import type { Current } from './store/versions.ts';

export interface GatedPublishOptions extends MeasureOptions {
  /** The pointer when the work began. */
  from: Current;
  /** Indexes to keep, the current one included. */
  keep: number;
  /** What was not indexed, and by which rule; of a build that looked at music. */
  leftOut?: LeftOut;
  now: () => Date;
  print: (line: string) => void;
}

export interface GatedPublish {
  manifest: Manifest;
  report?: IndexReport;
}

/**
 * @param written the manifest of an index whose objects are there
 * @throws Error naming the gates that failed; OvertakenError when another one moved the pointer meanwhile
 */
export async function publishIfGatesPass(
  store: BundleStore,
  written: Manifest,
  options: GatedPublishOptions,
): Promise<GatedPublish> {
  const { from, keep, now, print } = options;
  const { indexVersion } = written;
  if (from.pointer?.indexVersion === indexVersion) {
    const report = await readReport(store, written).catch(() => undefined); // one that is damaged is made again
    if (report) {
      await putManifest(store, written, now());
      const mended = await movePointer(store, indexVersion, { from, now: now(), keep });
      if (options.leftOut) for (const line of leftOutLines(options.leftOut)) print(line);
      print(
        `\nIndex ${indexVersion}: nothing has changed${mended ? `; ${POINTER_PATH} named it wrongly, and was mended` : ''}`,
      );
      return { manifest: written, report };
    }
  }
  const before = from.pointer?.indexVersion;
  const measured = { ...(await measureIndex(store, written, { ...options, before })), leftOut: options.leftOut };
  const report = await putReport(store, written, measured, now());
  const manifest = await putManifest(store, written, now());
  for (const line of measuredLines(report)) print(line);
  const failed = failedGates(report);
  if (needsRetriever(manifest)) print(retrieverLine(manifest));
  if (failed.length)
    throw new Error(
      `index ${indexVersion}: expected all gates to pass, ${failed.length} failed:\n${failed.map((gate) => `  ${gateLine(gate)}`).join('\n')}\nIts files are in ${store.name}; \`cuepoint index report ${indexVersion}\` prints this again. ${from.pointer ? `Answers go on coming from ${from.pointer.indexVersion}.` : 'Nothing is answered from yet.'}`,
    );
  print(`all ${report.gates.length} gates passed`);
  await movePointer(store, indexVersion, { from, now: now(), keep });
  const { counts, modelVersion, precision } = manifest;
  print(
    `\nIndex ${indexVersion}: ${counts.tracks - counts.removed} tracks, ${counts.segments} segments, model ${modelVersion} (${precision})`,
  );
  return { manifest, report };
}
