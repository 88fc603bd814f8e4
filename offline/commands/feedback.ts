/** `cuepoint feedback export`: what users did with the answers, as rows that `cuepoint train` and `index build --log` read. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { readWholeCatalogue } from '../../index/format/whole-catalogue.ts';
import { linesOfBinding } from '../cues/feedback/binding.ts';
import { countReasons, feedbackRows } from '../cues/feedback/rows.ts';
import { linesOfPath } from '../cues/feedback/sources.ts';
import { formatAnnotations } from '../data/annotations.ts';
import { catalogueTracks } from '../indexing/store/catalogue.ts';
import { folderStore } from '../indexing/store/folder-store.ts';
import { currentManifest } from '../indexing/store/versions.ts';
import { notFound, writeFileAtomic } from '../lib/files.ts';
import { fromHere, print, root, WRITES, withUserErrors } from './command.ts';

const exportFeedback = defineCommand({
  meta: { name: 'export', description: "Write feedback as training rows in MGSV-EC's columns." },
  args: {
    from: {
      type: 'string',
      description: "a folder of .jsonl from R2, one such file, or the answer of Analytics Engine's SQL API (.json)",
    },
    bucket: {
      type: 'boolean',
      description:
        'read the R2 bucket FEEDBACK_BUCKET of wrangler.toml: the local one, or the real one where it says remote = true',
    },
    config: { type: 'string', description: 'another file than wrangler.toml, for --bucket' },
    catalogue: {
      type: 'string',
      description:
        "the folder of the index, for events that do not give the track's length; or the catalogue's file of an older one",
    },
    out: { type: 'string', valueHint: WRITES.file, required: true, description: 'the CSV to write' },
    rejected: {
      type: 'string',
      valueHint: WRITES.file,
      description: 'lines that make no row, with reasons; beside the CSV unless given',
    },
  },
  run: withUserErrors(async ({ args }) => {
    if (Boolean(args.from) === Boolean(args.bucket))
      throw new Error(`feedback export: expected either --from or --bucket, got ${args.from ? 'both' : 'neither'}.`);
    const trackMsOf = await lengths(args.catalogue && fromHere(args.catalogue));
    const config = args.config ? fromHere(args.config) : join(root, 'wrangler.toml');
    const lines = args.from ? linesOfPath(fromHere(args.from)) : linesOfBinding(config, 'feedback/');
    const { rows, rejected } = await feedbackRows(lines, trackMsOf);

    const out = fromHere(args.out);
    const rejectedFile = args.rejected ? fromHere(args.rejected) : `${out.replace(/\.csv$/, '')}.rejected.jsonl`;
    await writeFileAtomic(out, formatAnnotations(rows));
    await writeFileAtomic(rejectedFile, rejected.map((one) => `${JSON.stringify(one)}\n`).join(''));
    print(`${rows.length} rows in ${out}`);
    print(`${rejected.length} lines rejected, in ${rejectedFile}`);
    for (const [reason, count] of countReasons(rejected)) print(`  ${count} × ${reason}`);
  }),
});

async function lengths(path: string | undefined): Promise<(trackId: string) => number | undefined> {
  if (!path) return () => undefined;
  const found = await stat(path).catch(notFound(path, 'an index', 'It is a folder such as .cuepoint/bundle.'));
  const durations = new Map<string, number>();
  const store = folderStore(path);
  const tracks = found.isDirectory()
    ? catalogueTracks(store, (await currentManifest(store)).manifest)
    : readWholeCatalogue(await readFile(path, 'utf8'));
  for await (const { id, durationMs } of tracks) durations.set(id, durationMs);
  return (trackId) => durations.get(trackId);
}

export const feedbackCommand = defineCommand({
  meta: { name: 'feedback', description: 'Make use of what users did with the answers.' },
  subCommands: { export: exportFeedback },
});
