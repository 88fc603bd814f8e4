/** `npm run demo`: everything from nothing to an answer out of the Worker. */
import { defineCommand } from 'citty';
import { demo } from '../demo/demo.ts';
import { fromHere, print, root, threads, withUserErrors } from './command.ts';

export const demoCommand = defineCommand({
  meta: { name: 'demo', description: 'Compose music and clips, train, index, serve, and ask the Worker about clips.' },
  args: {
    music: { type: 'string', description: 'index this folder of music instead of the composed tracks' },
    clip: { type: 'string', description: 'ask about this video file or folder of pictures instead of held-out clips' },
    once: { type: 'boolean', description: 'stop after the answer instead of leaving the service running' },
    seed: { type: 'string', default: 'cuepoint', description: 'the world to compose' },
  },
  run: withUserErrors(async ({ args }) => {
    const worker = await demo({
      root,
      here: fromHere('.'),
      music: args.music && fromHere(args.music),
      clip: args.clip && fromHere(args.clip),
      seed: args.seed,
      threads,
      print,
      now: () => new Date(),
    });
    if (args.once) return worker.stop();
    print(`\nThe service runs at ${worker.url}. Ctrl+C stops it.`);
    const stop = () => void worker.stop();
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    await worker.ended;
  }),
});
