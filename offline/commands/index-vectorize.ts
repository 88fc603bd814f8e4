/** `cuepoint index vectorize`: the vectors of an index for Vectorize, and what to run to take them there. */
import { defineCommand } from 'citty';
import { namesIn } from '../../index/search/name-list.ts';
import { allVectors, openRetriever } from '../../index/search/retrieval.ts';
import { storedColumns } from '../indexing/store/catalogue.ts';
import { folderStore } from '../indexing/store/folder-store.ts';
import { readWhole } from '../indexing/store/read-checked.ts';
import { manifestOf } from '../indexing/store/versions.ts';
import { createCommands, upsertCommands, writeVectorizeFiles } from '../indexing/vectorize-files.ts';
import { fromHere, print, WRITES, withUserErrors } from './command.ts';
import { indexArgs, indexFolder } from './index-options.ts';

export const vectorizeCommand = defineCommand({
  meta: { name: 'vectorize', description: 'Write the vectors of an index as Vectorize takes them.' },
  args: {
    version: { type: 'positional', required: false, description: 'of the index; the current one unless given' },
    name: { type: 'string', default: 'cuepoint', description: 'of the Vectorize index, as in wrangler.toml' },
    fields: { type: 'string', default: '', description: 'what Vectorize shall filter by, such as bpm,licence' },
    to: { type: 'string', valueHint: WRITES.folder, required: true, description: 'folder for the files' },
    ...indexArgs,
  },
  run: withUserErrors(async ({ args }) => {
    const store = folderStore(indexFolder(args.out));
    const manifest = await manifestOf(store, args.version);
    const bytes = await readWhole(store, manifest.files.vectors);
    const retriever = openRetriever(manifest.retrieval.kind, bytes.buffer);
    const width = retriever.dim;
    const fields = namesIn(args.fields);
    const columns = await storedColumns(store, manifest, fields);
    const paths = await writeVectorizeFiles({
      vectors: allVectors(retriever),
      width,
      version: manifest.indexVersion,
      columns,
      fields,
      folder: fromHere(args.to),
    });
    print('Once, for a new Vectorize index:');
    for (const command of createCommands(args.name, width, columns, fields)) print(`  npx ${command}`);
    print('For this version, before it is published:');
    for (const command of upsertCommands(args.name, paths)) print(`  npx ${command}`);
    print(
      `Then, in wrangler.toml: the [[vectorize]] block, and under [vars] RETRIEVER = "vectorize"${fields.length ? ` and VECTORIZE_FIELDS = "${fields.join(',')}"` : ''}.`,
    );
  }),
});
