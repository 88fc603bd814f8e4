/** `cuepoint index publish`: an index to where the Worker reads it, and then answers from it. */

import { defineCommand } from 'citty';
import { failedGates, readReport } from '../indexing/report.ts';
import { refuseWithoutRetriever } from '../indexing/retriever-setting.ts';
import { folderStore } from '../indexing/store/folder-store.ts';
import { publishIndex } from '../indexing/store/publish.ts';
import { manifestOf, readCurrent } from '../indexing/store/versions.ts';
import { refuseUnwritable } from '../lib/files.ts';
import { BUNDLE } from '../lib/places.ts';
import type { Progress } from '../lib/progress.ts';
import { fromHere, print, progress, root, withUserErrors } from './command.ts';
import { indexFolder, keepArgs, keepOf } from './index-options.ts';
import { placeArgs, withPlace } from './index-place.ts';

const { in: _, ...bucketArgs } = placeArgs;

export const publishCommand = defineCommand({
  meta: { name: 'publish', description: 'Copy an index to where the Worker reads it, and answer from it there.' },
  args: {
    version: { type: 'positional', required: false, description: 'of the index; the current one unless given' },
    from: { type: 'string', description: `where the index lies; ${BUNDLE} unless given` },
    to: { type: 'enum', options: ['assets', 'r2'], required: true, description: "the Worker's static assets, or R2" },
    ...bucketArgs,
    out: { type: 'string', description: `folder of the static assets; ${BUNDLE} unless given` },
    ...keepArgs,
  },
  run: withUserErrors(async ({ args }) => {
    const source = folderStore(indexFolder(args.from && fromHere(args.from)));
    const folder = indexFolder(args.out);
    if (args.to === 'assets' && source.name === folder)
      throw new Error(
        `publish: expected two folders, got ${folder} twice: \`cuepoint index build\` has put it in place. Give --from FOLDER, or --to r2.`,
      );
    if (args.to === 'assets') await refuseUnwritable(folder);
    const manifest = await manifestOf(source, args.version);
    await refuseWithoutRetriever(manifest, root);
    const report = await readReport(source, manifest);
    if (report && failedGates(report).length)
      throw new Error(
        `index ${manifest.indexVersion}: expected all gates to have passed. \`cuepoint index report ${manifest.indexVersion}\` says which failed.`,
      );
    await withPlace({ ...args, in: args.to, root, folder }, async (target) => {
      await target.sweep();
      const from = await readCurrent(target);
      let bar: Progress | undefined;
      const move = { from, now: new Date(), keep: keepOf(args.keep) };
      const copied = await publishIndex(source, target, manifest.indexVersion, move, (total, bytes) => {
        bar ??= progress('publish', total);
        if (bytes) bar.tick(1);
        else bar.skip(1);
      });
      bar?.done();
      const sent = `${copied.written} of ${copied.files} files, ${(copied.bytes / 1e6).toFixed(1)} MB, were not there`;
      print(
        copied.moved
          ? `${target.name}: answers from ${manifest.indexVersion} (${sent})`
          : `${target.name}: answered from ${manifest.indexVersion} already${copied.written ? `; mended: ${sent}, or damaged` : ', and all of it is there'}`,
      );
    });
  }),
});
