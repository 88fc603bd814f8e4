/** The `cuepoint` command: `npm run cuepoint -- …`, `npm run demo`. Each command reads its arguments and calls one function. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { defineCommand, runMain } from 'citty';
import { demo } from './demo/demo.ts';

const root = resolve(import.meta.dirname, '..');
const threads = Math.max(1, availableParallelism());
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const demoCommand = defineCommand({
  meta: { name: 'demo', description: 'Compose music and clips, train, index, serve, and ask the Worker about a clip.' },
  args: {
    music: { type: 'string', description: 'index this folder of music instead of the composed tracks' },
    clip: { type: 'string', description: 'ask about this video file or folder of pictures instead of a held-out clip' },
    once: { type: 'boolean', description: 'stop after the answer instead of leaving the service running' },
    seed: { type: 'string', default: 'cuepoint', description: 'the world to compose' },
  },
  async run({ args }) {
    const { music, clip, once, seed } = args;
    const worker = await demo({ root, music, clip, seed, threads, print, now: () => new Date() });
    if (once) return worker.stop();
    print(`\nThe service runs at ${worker.url}. Ctrl+C stops it.`);
    const stop = () => void worker.stop();
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    await worker.ended;
  },
});

const main = defineCommand({
  meta: { name: 'cuepoint', description: 'Find the moment of your own music that should play under a clip.' },
  subCommands: { demo: demoCommand },
});

await runMain(main);
