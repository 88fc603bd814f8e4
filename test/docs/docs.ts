/**
 * `npm run docs -- commands [TEXT …]`: run what the documents and `--help` say, or only the lines that contain a text.
 * `npm run docs -- pictures`: draw the documents' pictures anew.
 */
import { runCommands } from './commands.ts';
import { takePictures } from './pictures.ts';

const JOBS: Record<string, () => Promise<void>> = {
  commands: () => runCommands(process.argv.slice(3)),
  pictures: takePictures,
};

const run = JOBS[process.argv[2] ?? ''];
if (run) await run();
else {
  console.error(`docs: expected one of ${Object.keys(JOBS).join(', ')}, got ${process.argv[2] ?? 'nothing'}.`);
  process.exitCode = 1;
}
