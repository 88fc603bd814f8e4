/** The `cuepoint` command: `npm run cuepoint -- …`, `npm run demo`. Each command reads its arguments and calls one function. */

import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { defineCommand, runMain } from 'citty';
import { indexMusic } from './build/index-music.ts';
import { demo } from './demo/demo.ts';
import { createProgress } from './progress.ts';
import { loadCheckpoint } from './train/checkpoint.ts';

const root = resolve(import.meta.dirname, '..');
const threads = Math.max(1, availableParallelism());
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** A sentence for what the user can mend; the stack only for what is our bug. */
function toldPlainly<A>(run: (context: A) => Promise<void>): (context: A) => Promise<void> {
  return async (context) => {
    try {
      await run(context);
    } catch (error) {
      const ours = !(error instanceof Error) || error instanceof TypeError || error.message.startsWith('internal:');
      process.stderr.write(`\n${ours ? ((error as Error).stack ?? error) : (error as Error).message}\n`);
      process.exitCode = 1;
    }
  };
}

const demoCommand = defineCommand({
  meta: { name: 'demo', description: 'Compose music and clips, train, index, serve, and ask the Worker about a clip.' },
  args: {
    music: { type: 'string', description: 'index this folder of music instead of the composed tracks' },
    clip: { type: 'string', description: 'ask about this video file or folder of pictures instead of a held-out clip' },
    once: { type: 'boolean', description: 'stop after the answer instead of leaving the service running' },
    seed: { type: 'string', default: 'cuepoint', description: 'the world to compose' },
  },
  run: toldPlainly(async ({ args }) => {
    const { music, clip, once, seed } = args;
    const worker = await demo({ root, music, clip, seed, threads, print, now: () => new Date() });
    if (once) return worker.stop();
    print(`\nThe service runs at ${worker.url}. Ctrl+C stops it.`);
    const stop = () => void worker.stop();
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    await worker.ended;
  }),
});

const indexCommand = defineCommand({
  meta: { name: 'index', description: 'Encode a folder of music and write index/bundle.' },
  args: {
    music: { type: 'string', required: true, description: 'folder of music, read with its sub-folders' },
    checkpoint: { type: 'string', description: "a trained model; the demo's unless given" },
  },
  run: toldPlainly(async ({ args }) => {
    const path = args.checkpoint ?? join(root, '.cuepoint/demo/model/last.safetensors');
    if (!existsSync(path))
      throw new Error(
        `${path}: expected a trained model, found none. Run \`npm run demo\` once, or give --checkpoint FILE.`,
      );
    await indexMusic({
      music: args.music,
      checkpoint: await loadCheckpoint(path),
      folder: join(root, 'index/bundle'),
      cache: join(root, '.cuepoint/cache'),
      builtAt: new Date(),
      threads,
      progress: (label, total) => createProgress({ label, total }),
      print,
    });
  }),
});

const main = defineCommand({
  meta: { name: 'cuepoint', description: 'Find the moment of your own music that should play under a clip.' },
  subCommands: { demo: demoCommand, index: indexCommand },
});

await runMain(main);
