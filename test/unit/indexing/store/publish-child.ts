/** Publishes an index from one folder to another as a process of its own, to be killed: SOURCE TARGET VERSION. */
import { folderStore } from '../../../../offline/indexing/store/folder-store.ts';
import { KEEP, publishIndex } from '../../../../offline/indexing/store/publish.ts';
import { readCurrent } from '../../../../offline/indexing/store/versions.ts';

const [source, target, version] = process.argv.slice(2);
const into = folderStore(target);
const from = await readCurrent(into);
process.stdout.write('began\n');
await publishIndex(folderStore(source), into, version, { from, now: new Date(), keep: KEEP });
