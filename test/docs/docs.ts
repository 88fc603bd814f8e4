/** `npm run docs -- commands`: run what the documents say. `npm run docs -- pictures`: draw their pictures anew. */
import { runCommands } from './commands.ts';
import { takePictures } from './pictures.ts';

const JOBS: Record<string, () => Promise<void>> = { commands: runCommands, pictures: takePictures };

const run = JOBS[process.argv[2] ?? ''];
if (run) await run();
else {
  console.error(`docs: expected one of ${Object.keys(JOBS).join(', ')}, got ${process.argv[2] ?? 'nothing'}.`);
  process.exitCode = 1;
}
