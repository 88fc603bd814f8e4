/**
 * Replaces current.json of a folder as a process of its own: FOLDER WHAT.
 * `count`: adds one to the number in it, again and again, for as long as its input is open; prints how often it won.
 * `SIGKILL`, `SIGSTOP`: writes "claimed"; between its claim and the move it gives itself that signal; prints whether it won.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [folder, what] = process.argv.slice(2);
if (what !== 'count') {
  const { rename } = fs.promises;
  fs.promises.rename = async (from, to) => {
    process.kill(process.pid, what as NodeJS.Signals);
    await new Promise((resolve) => setTimeout(resolve, 20)); // the signal takes a moment
    return rename(from, to);
  };
  syncBuiltinESMExports();
}
const { folderStore } = await import('../../../../offline/indexing/store/folder-store.ts');
const store = folderStore(folder);
if (what === 'count') {
  let isOpen = true;
  process.stdin.on('end', () => {
    isOpen = false;
  });
  process.stdin.resume();
  let won = 0;
  while (isOpen) {
    const { bytes, tag } = (await store.read('current.json'))!;
    const next = Number(new TextDecoder().decode(bytes)) + 1;
    if (await store.replace('current.json', String(next), tag)) won++;
  }
  process.stdout.write(String(won));
} else {
  const tag = (await store.read('current.json'))?.tag;
  process.stdout.write(String(await store.replace('current.json', 'claimed', tag)));
}
