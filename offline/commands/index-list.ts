/** `cuepoint index list`: the indexes that are kept, and which of them is answered from. */
import { defineCommand } from 'citty';
import { failedGates, readReport } from '../indexing/report.ts';
import type { BundleStore } from '../indexing/store/store.ts';
import { filesNeeded, listVersions, readManifest, type Version } from '../indexing/store/versions.ts';
import { print, root, toldPlainly } from './command.ts';
import { indexArgs, indexFolder } from './index-options.ts';
import { placeArgs, withPlace } from './index-place.ts';

export const listCommand = defineCommand({
  meta: { name: 'list', description: 'List the indexes that are kept.' },
  args: { ...placeArgs, ...indexArgs },
  run: toldPlainly(({ args }) =>
    withPlace({ ...args, root, folder: indexFolder(args.out) }, async (store) => {
      const versions = await listVersions(store);
      if (!versions.length) print(`${store.name}: no index. Build one by \`cuepoint index build\`.`);
      for (const version of versions)
        print(await lineOf(store, version).catch((error: Error) => `${version.indexVersion}  ${error.message}`));
    }),
  ),
});

async function lineOf(
  store: BundleStore,
  { indexVersion, isCurrent, isPrevious, writtenAt }: Version,
): Promise<string> {
  const manifest = await readManifest(store, indexVersion);
  const { counts, modelVersion } = manifest;
  const bytes = (await filesNeeded(store, manifest)).reduce((sum, file) => sum + file.bytes, 0);
  const report = await readReport(store, manifest);
  const failed = report ? failedGates(report).length : 0;
  const notes = [
    isCurrent ? 'current' : '',
    isPrevious ? 'previous' : '',
    failed ? `${failed} gate${failed > 1 ? 's' : ''} failed` : '',
    report ? '' : 'not measured',
  ].filter(Boolean);
  const tracks = `${counts.tracks - counts.removed} tracks`;
  const measuredAt = report?.measuredAt ?? new Date(writtenAt).toISOString();
  return `${indexVersion}  ${measuredAt}  ${tracks.padStart(12)}  ${(bytes / 1e6).toFixed(1).padStart(8)} MB  model ${modelVersion}${notes.length ? `  ${notes.join(', ')}` : ''}`;
}
