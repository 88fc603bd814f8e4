/** `cuepoint index remove`: tracks out of the index, without a model and without building it again. */
import { defineCommand } from 'citty';
import { publishIfGatesPass } from '../indexing/gated-publish.ts';
import { removeFromIndex } from '../indexing/remove.ts';
import { readReport } from '../indexing/report.ts';
import { folderStore } from '../indexing/store/folder-store.ts';
import { currentManifest } from '../indexing/store/versions.ts';
import { refuseUnwritable } from '../lib/files.ts';
import { print, progress, threads, withUserErrors } from './command.ts';
import { allOf, indexArgs, indexFolder, keepArgs, keepOf } from './index-options.ts';

export const removeCommand = defineCommand({
  meta: { name: 'remove', description: 'Take tracks out of the index; the rest stays as it is.' },
  args: {
    track: { type: 'string', description: 'id of a track; may be given more than once' },
    file: { type: 'string', description: 'its file, as the catalogue names it; may be given more than once' },
    ...indexArgs,
    ...keepArgs,
  },
  run: withUserErrors(async ({ args, rawArgs }) => {
    const [tracks, files] = [allOf('--track', rawArgs), allOf('--file', rawArgs)];
    if (!tracks.length && !files.length) throw new Error('expected --track ID or --file FILE, got neither.');
    await refuseUnwritable(indexFolder(args.out));
    const store = folderStore(indexFolder(args.out));
    await store.sweep();
    const { current, manifest } = await currentManifest(store);
    const before = await readReport(store, manifest);
    const now = () => new Date();
    const { manifest: written, removed } = await removeFromIndex(store, manifest, { tracks, files });
    if (!before?.model)
      print(
        `note: there is no report of ${manifest.indexVersion} that says what its model is worth: those gates are not looked at.`,
      );
    for (const { id, title } of removed) print(`removed: ${id} (${title})`);
    const on = before?.modelMeasuredOn ?? manifest.indexVersion;
    const earlier = before?.model && { model: before.model, on };
    await publishIfGatesPass(store, written, {
      from: current,
      keep: keepOf(args.keep),
      earlier,
      now,
      threads,
      progress,
      print,
    });
  }),
});
