/** `cuepoint smoke URL`: whether a service that runs keeps what it promises. */
import { defineCommand } from 'citty';
import { readFrames } from '../service-client/clip.ts';
import { openService } from '../service-client/service.ts';
import { runSmoke } from '../service-client/smoke/smoke.ts';
import { lineOf, summaryOf } from '../service-client/smoke/tell.ts';
import { fromHere, print, toldPlainly } from './command.ts';

export const smokeCommand = defineCommand({
  meta: { name: 'smoke', description: 'Ask a running service all that an app would, and check the answers.' },
  args: {
    url: { type: 'positional', required: true, description: 'where it is, such as http://localhost:8787' },
    key: { type: 'string', description: 'an API key with the scope "ground"; CUEPOINT_KEY does as well' },
    clip: { type: 'string', description: 'a video or a folder of pictures to ask about; drawn ones unless given' },
  },
  run: toldPlainly(async ({ args: { url, key, clip } }) => {
    const isTerminal = Boolean(process.stdout.isTTY);
    const path = clip && fromHere(clip);
    const results = await runSmoke({
      service: openService(url, key ?? process.env.CUEPOINT_KEY),
      readFrames: path ? (maxFrames) => readFrames(path, maxFrames) : undefined,
      told: (result) => print(lineOf(result, isTerminal)),
    });
    print(summaryOf(results, isTerminal));
    if (results.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1;
  }),
});
